#!/usr/bin/env bash
# Deletes this broker's registration in ZooKeeper, while it runs. Prints the instant.
set -euo pipefail

set -a
# shellcheck source=/dev/null
. /etc/kafka-node/node.env
set +a
date +%s%3N
python3 -IS - <<'END'
import os
import sys

sys.path.insert(0, "/opt/kafka-node/lib")
from zookeeper import ZooKeeper, parse_servers

zookeeper = ZooKeeper(parse_servers(os.environ["ZOOKEEPER_CONNECT"]))
zookeeper.connect()
zookeeper.delete("/brokers/ids/" + os.environ["NODE_ID"])
zookeeper.close()
END
