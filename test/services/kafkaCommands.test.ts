import assert from "node:assert/strict";
import { kafkaJars, startKafka, type KafkaProcess } from "./kafka";
import { NodeSandbox, needsRoot } from "../unit/node/nodeSandbox";

describe("Kafka's own commands on the ops host, on a real Kafka", function () {
  this.timeout(900_000);
  before(needsRoot);

  let kafka: KafkaProcess;
  let sandbox: NodeSandbox;
  before(async () => {
    kafka = await startKafka({ clicks: 3 });
    sandbox = new NodeSandbox({ NODE_ROLE: "ops" });
  });
  after(async () => {
    sandbox?.remove();
    await kafka?.stop();
  });

  it("all work, without being told where it is", async () => {
    const libraries = await kafkaJars("3.9.2");
    const { status, output } = sandbox.run(
      `mkdir -p /opt/kafka-ops /opt/kafka; cp "$NODE_FOLDER"/ops/kafka-commands* /opt/kafka-ops
      mount -t tmpfs names /usr/local/bin; PATH=/usr/local/bin:$PATH
      ln -s ${libraries} /opt/kafka/libs; echo x >/opt/kafka/.sha512
      printf '%s\\n' BOOTSTRAP_SERVERS=${kafka.bootstrapServers} ZOOKEEPER_CONNECT=127.0.0.1:1 KAFKA_ARCHIVE_KEY=k \
        KAFKA_ARCHIVE_SHA512=x >/opt/kafka-ops/kafka-commands.env
      echo true >/opt/kafka-ops/fetch-archive; chmod +x /opt/kafka-ops/fetch-archive; /opt/kafka-ops/kafka-commands install
      show() { echo "== $1"; timeout 120 "$@" || echo "$1 ended with $?"; }
      seq 5 | show kafka-console-producer --topic clicks
      show kafka-console-consumer --topic clicks --group g --from-beginning --max-messages 5 --timeout-ms 60000
      show kafka-topics --describe --topic clicks
      show kafka-consumer-groups --describe --group g
      show kafka-configs --alter --entity-type topics --entity-name clicks --add-config retention.ms=7200000
      show kafka-configs --describe --entity-type topics --entity-name clicks
      show kafka-log-dirs --describe --topic-list clicks
      show kafka-broker-api-versions
      show kafka-get-offsets --topic clicks
      show kafka-cluster cluster-id
      show kafka-transactions list
      show kafka-leader-election --election-type preferred --all-topic-partitions
      show kafka-reassign-partitions --list
      show kafka-acls --list
      show kafka-producer-perf-test --topic clicks --num-records 10 --record-size 10 --throughput -1
      show kafka-consumer-perf-test --topic clicks --messages 10 --timeout 60000
      echo '{"partitions": [{"topic": "clicks", "partition": 0, "offset": 0}], "version": 1}' >/run/offsets.json
      show kafka-delete-records --offset-json-file /run/offsets.json
      show kafka-streams-application-reset --application-id none --input-topics clicks
      show kafka-run-class kafka.tools.DumpLogSegments --help
      timeout 5 zookeeper-shell ls / || true`,
      840,
    );
    assert.equal(status, 0, output);
    const parts = new Map(
      output.split(/^== /m).map((part) => [part.slice(0, part.indexOf("\n")), part.slice(part.indexOf("\n") + 1)]),
    );
    const expected: Readonly<Record<string, RegExp>> = {
      "kafka-console-producer": /^$/,
      "kafka-console-consumer": /^(\d\n){5}Processed a total of 5 messages/m,
      "kafka-topics": /PartitionCount: 3\b/,
      "kafka-consumer-groups": /^g +clicks +\d +\d +\d +0 /m,
      "kafka-configs": /retention\.ms=7200000/,
      "kafka-log-dirs": /"topic":"clicks"|clicks-\d/,
      "kafka-broker-api-versions": /Produce\(0\)/,
      "kafka-get-offsets": /^clicks:2:\d+$/m,
      "kafka-cluster": /^Cluster ID: /m,
      "kafka-transactions": /^TransactionalId/m,
      // There is none to be had.
      "kafka-leader-election": /^$/,
      "kafka-reassign-partitions": /No partition reassignments found/,
      // This one has none.
      "kafka-acls": /No Authorizer is configured/,
      "kafka-producer-perf-test": /^10 records sent/m,
      "kafka-consumer-perf-test": /^\d{4}-\d\d-\d\d .*, 15, /m,
      "kafka-delete-records": /low_watermark: 0/,
      "kafka-streams-application-reset": /clicks/,
      "kafka-run-class": /DumpLogSegments|parses? a log file/i,
    };
    assert.deepEqual(
      Object.entries(expected).flatMap(([name, pattern]) =>
        pattern.test(parts.get(name) ?? "") ? [] : [`${name}: ${parts.get(name)}`],
      ),
      [],
    );
    assert.match(output, /Connecting to 127\.0\.0\.1:1$/m);
    // Not a word about logging that nobody has set up.
    assert.doesNotMatch(output, /log4j/i);
  });
});
