#!/usr/bin/env bash
# Kills the guardian, and a gate in the middle of its work; the guardian must come back and the next gate must pass.
# Prints the instant, and how many ms the guardian was away (or "no guardian").
set -euo pipefail

readonly guardian=kafka-guardian.service folder=/opt/kafka-ops

process() {
  systemctl show --property=MainPID --value "$guardian"
}

run_gate() {
  exec setpriv --reuid=ec2-user --regid=ec2-user --init-groups node-22 "$folder/kafka-ops.js" \
    gate kafka --timeout 120 --cluster "$folder/cluster.json"
}

date +%s%3N
old=$(process)
started=$(date +%s%3N)
if ((old > 0)); then kill -KILL "$old"; fi

(run_gate) >/dev/null &
gate=$!
sleep 0.2
kill -KILL "$gate" 2>/dev/null || true
wait "$gate" 2>/dev/null || true

if ((old > 0)); then
  until new=$(process) && ((new > 0 && new != old)); do
    if (($(date +%s%3N) - started > 30000)); then
      echo "the guardian is not back after 30 s" >&2
      exit 1
    fi
    sleep 0.1
  done
  echo $(($(date +%s%3N) - started))
else
  echo "no guardian"
fi
if ! said=$(run_gate 2>&1); then
  printf 'the gate after the one that was killed does not pass:\n%s\n' "$said" >&2
  exit 1
fi
