#!/usr/bin/env bash
# A fault that lasts: hold begin FAULT SECONDS, hold end FAULT. Before it begins, a unit is started that ends it by
# itself after so many seconds, in case the drill that made it is no more. FAULT: freeze, disk-hang, disk-full (what
# comes free is taken too), disks-full (it is not), zookeeper-stop or kafka-stop. Ending is safe at any time. `begin`
# prints the instant.
set -euo pipefail

action=$1 fault=$2
readonly data=/var/lib/kafka filler=/var/lib/kafka/drill-filler frozen=/run/drill/frozen
# As masked: a unit of /etc can't be masked at run time.
readonly never_starts=/run/systemd/system/kafka.service.d/drill-stop.conf

# Takes all the room that there is. Nothing is written, so the disk below stays as it is.
fill() {
  local free size
  free=$(df --block-size=1 --output=avail "$data" | tail -n 1)
  while ((free >= 4096)); do
    size=$(stat --format=%s "$filler")
    fallocate --offset "$size" --length "$free" "$filler" 2>/dev/null || free=$((free / 2))
  done
}

begin() {
  case $fault in
  freeze)
    systemctl show --property=MainPID --value kafka.service >"$frozen"
    kill -STOP "$(<"$frozen")"
    ;;
  disk-hang) fsfreeze --freeze "$data" ;;
  disk-full | disks-full)
    touch "$filler"
    fill
    ;;
  zookeeper-stop) systemctl stop zookeeper.service ;;
  kafka-stop)
    install -D -m 0644 /dev/stdin "$never_starts" <<<$'[Unit]\nConditionPathExists=/run/drill/never'
    systemctl daemon-reload
    systemctl stop kafka.service
    ;;
  esac
}

end() {
  case $fault in
  freeze) if [[ -s $frozen ]]; then kill -CONT "$(<"$frozen")" 2>/dev/null || true; fi ;;
  # On a machine that has replaced the first one in the meantime, too: the filesystem is the same.
  disk-hang) fsfreeze --unfreeze "$data" 2>/dev/null || true ;;
  disk-full | disks-full) rm -f "$filler" ;;
  zookeeper-stop) systemctl start zookeeper.service ;;
  kafka-stop)
    rm -f "$never_starts"
    systemctl daemon-reload
    systemctl start --no-block kafka.service
    ;;
  esac
}

case $action in
begin)
  seconds=$3
  systemctl stop drill-hold.service 2>/dev/null || true
  systemd-run --quiet --collect --unit=drill-hold --property=RuntimeMaxSec="$seconds" \
    --property=ExecStopPost="/bin/bash $0 end-now $fault" /bin/bash "$0" keep "$fault"
  date +%s%3N
  begin
  ;;
keep)
  while sleep 0.5; do
    if [[ $fault == disk-full && -e $filler ]]; then fill; fi
  done
  ;;
end)
  systemctl stop drill-hold.service 2>/dev/null || true
  end
  ;;
end-now) end ;;
esac
