#!/usr/bin/env bash
# What drills, updates and repairs have left on this machine though all is well, one line each. Changes nothing.
set -euo pipefail

systemctl --failed --plain --no-legend | awk '{ print "failed unit " $1 }'
if systemctl --quiet is-active drill-hold.service; then echo "drill-hold.service runs"; fi
if systemctl --quiet is-active kafka-balance.service; then echo "kafka-balance.service runs"; fi
find /run/systemd/system -path '*.service.d/drill-*.conf'
for file in /run/kafka-fence/fenced /var/lib/kafka/drill-filler; do
  if [[ -e $file ]]; then echo "$file"; fi
done

# Java programs besides the service's own, and kafka-ops besides its services.
services=(kafka zookeeper kafka-guardian kafka-canary kafka-page)
own=" $(systemctl show --property=MainPID --value "${services[@]/%/.service}" | paste -sd ' ') "
for pid in $(pgrep --full '^java |^node-22 .*kafka-ops\.js' || true); do
  if [[ $own != *" $pid "* ]] && command=$(tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null); then
    echo "process ${command:0:120}"
  fi
done
