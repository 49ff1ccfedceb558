#!/usr/bin/env bash
# The ops host without the guardian: stock-watcher apply | revert | check. As stock-kafka.
set -euo pipefail

readonly drop_in=/run/systemd/system/kafka-guardian.service.d/drill-stock.conf

case $1 in
check) if [[ -f $drop_in ]]; then echo yes; else echo no; fi ;;
apply)
  mkdir -p "${drop_in%/*}"
  printf '[Unit]\nConditionPathExists=!%s\n' "$drop_in" >"$drop_in"
  systemctl daemon-reload
  systemctl stop kafka-guardian.service 2>/dev/null || true
  ;;
revert)
  rm -f "$drop_in"
  systemctl daemon-reload
  if [[ -f /etc/systemd/system/kafka-guardian.service ]]; then systemctl start kafka-guardian.service; fi
  ;;
esac
