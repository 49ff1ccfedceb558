#!/usr/bin/env bash
# Prints the process of Kafka on this broker, and how often its service has been started by itself: another one later
# says that it has ended.
set -euo pipefail

systemctl show --property=MainPID,NRestarts --value kafka.service | paste -sd ' '
