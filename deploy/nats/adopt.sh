#!/bin/sh
# Earlier releases kept the record in the account of everybody ($G): it goes into an account of its own. Named is the
# broker's store; no broker may run on it.
set -eu
everybodys="$1/jetstream/\$G/streams" own="$1/jetstream/record/streams"
[ -d "$everybodys/YIZHAN" ] || [ -d "$everybodys/YIZHAN-COPY" ] || exit 0
mkdir -p "$own"
if ! rmdir "$own" 2>/dev/null; then
  echo "Two releases kept a record in $1: this one in $own, an earlier one in $everybodys. Move the one that you do not want out of the way, then start again." >&2
  exit 1
fi
mv "$everybodys" "$own"
echo "The record of an earlier release has an account of its own now."
