#!/usr/bin/env bash
# This ZooKeeper node comes back with an empty disk: empty-zookeeper AT. AT: when it starts, in ms since 1970.
set -euo pipefail

systemctl stop zookeeper.service
find /var/lib/zookeeper/data -mindepth 1 -delete
wait=$(($1 - $(date +%s%3N)))
if ((wait > 0)); then
  sleep "$((wait / 1000)).$(printf %03d $((wait % 1000)))"
fi
date +%s%3N
systemctl start zookeeper.service
