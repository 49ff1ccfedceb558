#!/usr/bin/env bash
# This broker dies, and what its disk had of its small files and of the newest events is torn, as by a power loss.
# Prints the instant.
set -euo pipefail

cd /var/lib/kafka/data
pid=$(systemctl show --property=MainPID --value kafka.service)
if ((pid == 0)); then
  echo "kafka.service is not running" >&2
  exit 1
fi
date +%s%3N
kill -KILL "$pid"
for file in meta.properties recovery-point-offset-checkpoint log-start-offset-checkpoint \
  replication-offset-checkpoint drill-*/leader-epoch-checkpoint drill-*/partition.metadata; do
  truncate --size=$(($(stat -c %s "$file") / 2)) "$file"
done
# Of each partition the second half of the newest segment is no event any more.
for folder in drill-*/; do
  newest=$(find "$folder" -name '*.log' | sort | tail -n 1)
  size=$(stat -c %s "$newest")
  dd if=/dev/urandom of="$newest" bs=1 seek=$((size / 2)) count=64 conv=notrunc status=none
done
