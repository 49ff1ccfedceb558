#!/usr/bin/env bash
# The data volume of this node is lost for good: what is on it can't be read, also by another machine. Prints the
# instant.
set -euo pipefail

# shellcheck source=/dev/null
. /etc/kafka-node/node.env
device=$(readlink -f "/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_${VOLUME_ID/-/}")
date +%s%3N
xfs_io -x -c shutdown "/var/lib/$NODE_ROLE"
dd if=/dev/urandom of="$device" bs=1M count=16 conv=notrunc,fsync status=none
