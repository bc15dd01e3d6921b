#!/bin/sh
# Secrets arrive as files: NATS_PASSWORD_FILE=/run/secrets/x becomes NATS_PASSWORD, for the process alone.
set -eu
for name in $(env | sed -n 's/^\([A-Z0-9_]*\)_FILE=.*/\1/p'); do
  eval "file=\$${name}_FILE"
  value=$(cat "$file")
  export "$name=$value"
  unset "${name}_FILE"
done
exec "$@"
