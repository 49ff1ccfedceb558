#!/usr/bin/env bash
# The journal of this machine, its newest 20,000 lines at most: logs SINCE (seconds since 1970). Changes nothing.
set -euo pipefail

journalctl --no-pager --no-hostname --output=short-iso-precise --since="@$1" --lines=20000
