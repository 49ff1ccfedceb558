#!/usr/bin/env bash
# Takes away whatever a drill that was cut off has left on this node, except the stock settings. Safe at any time.
set -euo pipefail

# Ends what it holds.
systemctl stop drill-hold.service 2>/dev/null || true
# That unit has gone with its machine, when the machine was replaced; what it did to the disk has not.
rm -f /var/lib/kafka/drill-filler
fsfreeze --unfreeze /var/lib/kafka 2>/dev/null || true

# A filesystem that the kernel has given up for good is whole again once it is mounted anew, which Kafka's start does.
if mountpoint --quiet /var/lib/kafka && ! ls /var/lib/kafka >/dev/null 2>&1; then
  systemctl stop kafka.service
  umount /var/lib/kafka
fi

readonly drop_ins=/run/systemd/system/kafka.service.d
if [[ -f $drop_ins/drill-restart.conf ]]; then
  rm "$drop_ins/drill-restart.conf"
  systemctl daemon-reload
fi
if [[ -f $drop_ins/drill-clock.conf ]]; then
  rm "$drop_ins/drill-clock.conf"
  systemctl daemon-reload
  systemctl restart kafka.service
fi

if [[ -f $drop_ins/drill-broken.conf ]]; then
  rm "$drop_ins/drill-broken.conf"
  systemctl daemon-reload
fi

for unit in kafka.service zookeeper.service; do
  if [[ -f /etc/systemd/system/$unit ]]; then systemctl start --no-block "$unit"; fi
done
