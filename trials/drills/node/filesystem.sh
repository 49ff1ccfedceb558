#!/usr/bin/env bash
# Prints the size of this node's data filesystem in bytes.
set -euo pipefail

for folder in /var/lib/kafka /var/lib/zookeeper; do
  if mountpoint --quiet "$folder"; then df --block-size=1 --output=size "$folder" | tail -n 1; fi
done
