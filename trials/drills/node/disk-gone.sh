#!/usr/bin/env bash
# The data disk is gone: from now on the kernel answers everything on it with an I/O error. Prints the instant.
set -euo pipefail

date +%s%3N
xfs_io -x -c shutdown /var/lib/kafka
