#!/usr/bin/env bash
# Kills a service's process without a word: kill UNIT [AT]. AT: the instant, in ms since 1970 (default: at once).
# Prints the instant.
set -euo pipefail

unit=$1 at=${2:-0}
pid=$(systemctl show --property=MainPID --value "$unit")
if ((pid == 0)); then
  echo "$unit is not running" >&2
  exit 1
fi
wait=$((at - $(date +%s%3N)))
if ((wait > 0)); then
  sleep "$((wait / 1000)).$(printf %03d $((wait % 1000)))"
fi
date +%s%3N
kill -KILL "$pid"
