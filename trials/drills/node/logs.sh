#!/usr/bin/env bash
# The last of what the programs on this machine said: logs SINCE (seconds since 1970). Changes nothing.
set -euo pipefail

units=(kafka zookeeper self-fence kafka-guardian kafka-balance fetch-artifacts attach-data-volume mount-data-volume)
journalctl --no-pager --no-hostname --output=short-iso-precise --since="@$1" --lines=20000 \
  "${units[@]/#/--unit=}" + SYSLOG_IDENTIFIER=expel-broker
