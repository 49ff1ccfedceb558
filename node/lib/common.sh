# shellcheck shell=bash
# Sourced by the programs in bin: the node's settings, and how to log, fail and wait.
set -euo pipefail

# shellcheck source=/dev/null
. /etc/kafka-node/node.env

log() {
  printf '%s\n' "$*" >&2
}

die() {
  log "error: $*"
  exit 1
}

# retry SECONDS COMMAND...: runs the command until it succeeds, at most this long, and says so every few seconds.
retry() {
  local seconds=$1
  shift
  local deadline=$((SECONDS + seconds))
  until "$@"; do
    if ((SECONDS >= deadline)); then
      log "gave up after $seconds s: $*"
      return 1
    fi
    log "trying again for $((deadline - SECONDS)) s: $*"
    sleep 3
  done
}
