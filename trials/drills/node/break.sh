#!/usr/bin/env bash
# Kills a service, and lets it not start again on this machine: break UNIT [AT]. AT: the instant, in ms since 1970
# (default: at once). Prints the instant.
set -euo pipefail

unit=$1 at=${2:-0}
drop_ins=/run/systemd/system/$unit.d
mkdir -p "$drop_ins"
printf '[Service]\nExecStartPre=/bin/false\n' >"$drop_ins/drill-broken.conf"
systemctl daemon-reload
pid=$(systemctl show --property=MainPID --value "$unit")
wait=$((at - $(date +%s%3N)))
if ((wait > 0)); then
  sleep "$((wait / 1000)).$(printf %03d $((wait % 1000)))"
fi
date +%s%3N
kill -KILL "$pid"
