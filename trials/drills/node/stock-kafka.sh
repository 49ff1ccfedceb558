#!/usr/bin/env bash
# This broker with the settings that Kafka ships: stock-kafka apply | revert | check. Addresses, heap and the broker's
# id stay ours; expel-broker and self-fence are off. "apply" and "revert" restart the broker if there is something to
# do. "check" prints yes or no. All of it is below /run, so that a new machine has nothing of it.
set -euo pipefail

readonly folder=/run/drill drop_in=/run/systemd/system/kafka.service.d/drill-stock.conf
readonly fence=/run/systemd/system/self-fence.service.d/drill-stock.conf

check() {
  if [[ -f $drop_in ]]; then echo yes; else echo no; fi
}

# config/server.properties of Kafka 3.9, without comments; what it does not name has Kafka's default: session timeout 18
# s, replica.lag.time.max.ms 30 s, min.insync.replicas 1, three tries of a controlled shutdown.
properties() {
  # shellcheck source=/dev/null
  . /etc/kafka-node/node.env
  cat <<END
broker.id=$NODE_ID
listeners=PLAINTEXT://$NODE_ADDRESS:9092,INTERNAL://$NODE_ADDRESS:9091
advertised.listeners=PLAINTEXT://$NODE_ADDRESS:9092,INTERNAL://$NODE_ADDRESS:9091
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,INTERNAL:PLAINTEXT
inter.broker.listener.name=INTERNAL
log.dirs=/var/lib/kafka/data
zookeeper.connect=$ZOOKEEPER_CONNECT
num.network.threads=3
num.io.threads=8
socket.send.buffer.bytes=102400
socket.receive.buffer.bytes=102400
socket.request.max.bytes=104857600
num.partitions=1
num.recovery.threads.per.data.dir=1
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
log.retention.hours=168
log.retention.check.interval.ms=300000
zookeeper.connection.timeout.ms=18000
group.initial.rebalance.delay.ms=0
END
}

apply() {
  local start
  start=$(sed -n "s#^\(ExecStart=.*\) /etc/kafka-node/server.properties\$#\1 $folder/stock.properties#p" \
    /etc/systemd/system/kafka.service)
  if [[ -z $start ]]; then
    echo "kafka.service starts the broker in a way that is not known here" >&2
    exit 1
  fi
  mkdir -p "$folder" "${drop_in%/*}" "${fence%/*}"
  properties >"$folder/stock.properties"
  printf '[Unit]\nConditionPathExists=!%s\n' "$drop_in" >"$fence"
  printf '[Service]\nExecStopPost=\nExecStart=\n%s\n' "$start" >"$drop_in"
  systemctl daemon-reload
  systemctl stop self-fence.service 2>/dev/null || true
  systemctl restart kafka.service
}

revert() {
  rm -f "$drop_in" "$fence"
  systemctl daemon-reload
  if [[ -f /etc/systemd/system/self-fence.service ]]; then systemctl start --no-block self-fence.service; fi
  systemctl restart kafka.service
}

case $1 in
check) check ;;
apply) if [[ $(check) == no ]]; then apply; fi ;;
revert) if [[ $(check) == yes ]]; then revert; fi ;;
esac
