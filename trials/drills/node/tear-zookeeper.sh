#!/usr/bin/env bash
# This ZooKeeper node loses a part of what it has stored, as by a disk that has lied, and its process dies. Prints the
# instant.
set -euo pipefail

cd /var/lib/zookeeper/data/version-2
tear() { truncate --size=$(($(stat -c %s "$1") * 6 / 10)) "$1"; }
pid=$(systemctl show --property=MainPID --value zookeeper.service)
if ((pid == 0)); then
  echo "zookeeper.service is not running" >&2
  exit 1
fi
newest=$(find . -name 'log.*' -printf '%T@ %p\n' | sort -n | tail -n 1 | cut -d' ' -f2)
for snapshot in snapshot.*; do tear "$snapshot"; done
tear "$newest"
date +%s%3N
kill -KILL "$pid"
