#!/usr/bin/env bash
# delete-topics [NAME]: deletes this topic, or all those of drills and benchmarks that were killed; there may be none.
# On any broker.
set -euo pipefail

topics=${1:-'(drill-[0-9a-f]+(-data|-added)?|bench-[0-9a-f]+-[0-9]+)'}
address=$(sed -n 's|^listeners=.*://\(.*\)$|\1|p' /etc/kafka-node/server.properties)
java -cp '/opt/kafka/libs/*' -XX:TieredStopAtLevel=1 -XX:+UseSerialGC org.apache.kafka.tools.TopicCommand \
  --bootstrap-server "$address" --delete --if-exists --topic "$topics" 2>/dev/null
