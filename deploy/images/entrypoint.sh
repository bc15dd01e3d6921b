#!/bin/sh
# Secrets arrive as files: NATS_PASSWORD_FILE=/run/secrets/x becomes NATS_PASSWORD, for the process alone. Only these:
# other programs have files of their own (SSL_CERT_FILE).
set -eu
for name in \
  NATS_PASSWORD NATS_MEMBERS_PASSWORD NATS_ACTIVITIES_PASSWORD NATS_REQUESTS_PASSWORD NATS_REPORTING_PASSWORD \
  NATS_BOOTSTRAP_PASSWORD MONGODB_URI MONGO_ROOT_URI MONGO_MEMBERS_PASSWORD MONGO_ACTIVITIES_PASSWORD \
  MONGO_REQUESTS_PASSWORD MONGO_REPORTING_PASSWORD YIZHAN_ADMIN_PASSWORD YIZHAN_DEMO_PASSWORD OPEN311_API_KEY \
  LOGISTICS_WEBHOOK_SECRET REPAIR_SECRET REPAIR_API_KEY; do
  eval "file=\${${name}_FILE:-}"
  [ -n "$file" ] || continue
  value=$(cat "$file")
  export "$name=$value"
  unset "${name}_FILE"
done
exec "$@"
