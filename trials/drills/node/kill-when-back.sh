#!/usr/bin/env bash
# Kills this broker in the moment in which another one, which is about to be killed, is back: kill-when-back HOST PORT
# SECONDS. A broker opens its port right after it has registered; what it has missed it reads after that. Prints the
# instant.
set -euo pipefail

host=$1 port=$2 deadline=$((SECONDS + $3))
pid=$(systemctl show --property=MainPID --value kafka.service)

is_open() {
  (: <"/dev/tcp/$host/$port") 2>/dev/null
}

await() {
  until "$@"; do
    if ((SECONDS > deadline)); then
      echo "waited in vain for $host:$port: $*" >&2
      exit 1
    fi
    sleep 0.05
  done
}

is_closed() {
  ! is_open
}

await is_closed
await is_open
date +%s%3N
kill -KILL "$pid"
