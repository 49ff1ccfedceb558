#!/usr/bin/env bash
# Starts this broker with the lab's clock library, so that its clock, and no other, can be moved: "clock" does it, with
# a controlled restart; "clock check" prints yes or no.
set -euo pipefail

readonly library=/usr/local/share/lab/clock.conf drop_in=/run/systemd/system/kafka.service.d/drill-clock.conf
if [[ ${1-} == check ]]; then
  if [[ -f $drop_in ]]; then echo yes; else echo no; fi
  exit
fi
if [[ ! -f $library ]]; then
  echo "this machine's image has no $library" >&2
  exit 1
fi
install -D -m 0644 "$library" "$drop_in"
systemctl daemon-reload
systemctl restart kafka.service
