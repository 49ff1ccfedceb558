#!/usr/bin/env bash
# The broker's next restart after a failure waits so many seconds: delay-restart SECONDS.
set -euo pipefail

drop_ins=/run/systemd/system/kafka.service.d
mkdir -p "$drop_ins"
printf '[Service]\nRestartSec=%s\n' "$1" >"$drop_ins/drill-restart.conf"
systemctl daemon-reload
