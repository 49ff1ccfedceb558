#!/usr/bin/env bash
# This ZooKeeper node with the settings that Kafka and ZooKeeper ship: stock-zookeeper apply | revert | check. The
# ensemble, its addresses and the heap stay ours. As stock-kafka.
set -euo pipefail

readonly ours=/etc/kafka-node/zoo.cfg theirs=/run/drill/stock.cfg
readonly drop_in=/run/systemd/system/zookeeper.service.d/drill-stock.conf

check() {
  if [[ -f $drop_in ]]; then echo yes; else echo no; fi
}

# Kafka's config/zookeeper.properties (tickTime is left at ZooKeeper's 3 s), initLimit and syncLimit of ZooKeeper's
# conf/zoo_sample.cfg, as an ensemble needs them. The gates' words are let through: they change nothing.
configuration() {
  cat <<'END'
clientPort=2181
maxClientCnxns=0
admin.enableServer=false
initLimit=10
syncLimit=5
4lw.commands.whitelist=srvr,ruok,mntr
END
  grep -E '^(dataDir|clientPortAddress|server\.[0-9]+)=' "$ours"
}

apply() {
  local start main=org.apache.zookeeper.server.quorum.QuorumPeerMain
  # An empty database may vote, as it may by default.
  start=$(sed -n "s#^\(ExecStart=.*\) $main $ours\$#\1 -Dzookeeper.db.autocreate=true $main $theirs#p" \
    /etc/systemd/system/zookeeper.service)
  if [[ -z $start ]]; then
    echo "zookeeper.service starts the server in a way that is not known here" >&2
    exit 1
  fi
  mkdir -p "${theirs%/*}" "${drop_in%/*}"
  configuration >"$theirs"
  printf '[Service]\nExecStart=\n%s\n' "$start" >"$drop_in"
  systemctl daemon-reload
  systemctl restart zookeeper.service
}

revert() {
  rm -f "$drop_in"
  systemctl daemon-reload
  systemctl restart zookeeper.service
}

case $1 in
check) check ;;
apply) if [[ $(check) == no ]]; then apply; fi ;;
revert) if [[ $(check) == yes ]]; then revert; fi ;;
esac
