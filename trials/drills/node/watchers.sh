#!/usr/bin/env bash
# What watches on this node, and what it did: watchers SINCE UNIT … Lines with tabs between the fields:
#   machine  START                             of its first process
#   service  UNIT  PID  START                  Kafka or ZooKeeper; PID 0 when it does not run
#   watcher  UNIT  PID  CPU-MS  RSS-KIB        all processes of the unit; CPU since each began
#   line     UNIT  TEXT                        the unit's last 100 lines since SINCE (seconds since 1970)
#   gc       COUNT  SUM-MS  MAX-MS             pauses of the JVM since SINCE
set -euo pipefail

since=$1
shift
tick_ms=$((1000 / $(getconf CLK_TCK)))

# The fields of /proc/PID/stat after the name, which may have spaces: state is the first.
stat_fields() {
  local text
  text=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
  echo "${text##*) }"
}

started() {
  local fields
  read -ra fields < <(stat_fields "$1") || true
  echo "${fields[19]:-0}"
}

main_pid() {
  systemctl show --property=MainPID --value "$1"
}

# Main process, and all that came from it.
processes() {
  local pid=$1 child
  echo "$pid"
  while read -r child; do processes "$child"; done < <(pgrep -P "$pid")
}

printf 'machine\t%s\n' "$(started 1)"
for unit in kafka.service zookeeper.service; do
  if [[ -f /etc/systemd/system/$unit ]]; then
    pid=$(main_pid "$unit")
    printf 'service\t%s\t%s\t%s\n' "$unit" "$pid" "$(if ((pid > 0)); then started "$pid"; else echo 0; fi)"
  fi
done

for unit in "$@"; do
  pid=$(main_pid "$unit")
  cpu=0 rss=0
  if ((pid > 0)); then
    for one in $(processes "$pid"); do
      read -ra fields < <(stat_fields "$one") || continue
      # Its own time, and that of the children that have ended.
      cpu=$((cpu + (fields[11] + fields[12] + fields[13] + fields[14]) * tick_ms))
      kib=$(awk '/^VmRSS:/ { print $2 }' "/proc/$one/status" 2>/dev/null || true)
      rss=$((rss + ${kib:-0}))
    done
  fi
  printf 'watcher\t%s\t%s\t%s\t%s\n' "$unit" "$pid" "$cpu" "$rss"
  journalctl --quiet --no-pager --output=cat --since="@$since" "_SYSTEMD_UNIT=$unit" | tail -n 100 | cut -c 1-300 |
    while IFS= read -r text; do printf 'line\t%s\t%s\n' "$unit" "$text"; done
done

# [2026-11-24T01:20:30.123+0000][12.345s] GC(7) Pause Young (Normal) (G1 Evacuation Pause) 40M->12M(512M) 3.210ms
cat /var/log/kafka/gc.log* 2>/dev/null | grep 'Pause' |
  awk -v since="$(date --utc --date="@$since" +%Y-%m-%dT%H:%M:%S)" '
    substr($0, 2, 19) >= since { ms = $NF; sub(/ms$/, "", ms); count++; sum += ms; if (ms + 0 > max) max = ms + 0 }
    END { printf "gc\t%d\t%.1f\t%.1f\n", count, sum, max }' || true
