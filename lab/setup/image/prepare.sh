#!/usr/bin/env bash
# Run with the root folder of the new tree before its packages are installed.
set -euo pipefail
root=$1

# No database that every machine would have.
mkdir -p "$root/etc/postgresql-common"
echo 'create_main_cluster = false' >"$root/etc/postgresql-common/createcluster.conf"
