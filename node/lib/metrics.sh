# shellcheck shell=bash
# Sourced after common.sh: what the node's shell programs tell Prometheus, as lib/metrics.py does. Nothing here fails.

readonly metrics=/run/kafka-node/metrics

# publish PROGRAM: what it tells, by standard input, whole or not at all. Another user may write into the folder too,
# so the draft has a name that nobody can know.
publish() {
  local draft text
  text=$(cat)
  if ! { draft=$(mktemp "$metrics/$1.XXXXXX") && echo "$text" >"$draft" && chmod 0644 "$draft" &&
    mv "$draft" "$metrics/$1.prom"; }; then
    log "Prometheus is not told: $1"
  fi
}

# count_start: one more try to start the service since the machine's start.
count_start() {
  local starts=0
  { read -r _ starts <"$metrics/service-starts.prom"; } 2>/dev/null || true
  publish service-starts <<<"kafka_node_service_starts_total $((starts + 1))"
}
