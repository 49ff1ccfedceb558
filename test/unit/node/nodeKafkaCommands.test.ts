import assert from "node:assert/strict";
import { NodeSandbox, needsRoot } from "./nodeSandbox";

/** The ops host's tools, an archive of Kafka in the bucket, and a java that shows its class and its words. */
const world = String.raw`
mkdir -p /opt/kafka-ops "$SANDBOX/tree/libs"; rm -f "$SANDBOX/calls"
cp "$NODE_FOLDER/ops/kafka-commands" "$NODE_FOLDER/ops/kafka-commands.log4j.properties" /opt/kafka-ops
cp "$NODE_FOLDER/bootstrap.sh" /opt/kafka-ops/fetch-archive
mount -t tmpfs names /usr/local/bin
touch "$SANDBOX/tree/libs/kafka.jar"; tar -cf "$SANDBOX/kafka.tar" -C "$SANDBOX/tree" .
cat >/opt/kafka-ops/kafka-commands.env <<END
BOOTSTRAP_SERVERS=10.0.0.1:9092,10.0.0.2:9092
ZOOKEEPER_CONNECT=10.0.0.9:2181
KAFKA_ARCHIVE_KEY=artifacts/kafka.tar
KAFKA_ARCHIVE_SHA512=$(sha512sum <"$SANDBOX/kafka.tar" | cut -d ' ' -f 1)
END
stub aws <<'END'
echo "$*" >>"$SANDBOX/calls"
[[ "$*" == "s3api get-object --bucket the-bucket --key artifacts/kafka.tar "* ]] || exit 252
cp "$SANDBOX/kafka.tar" "$7"
END
stub java <<'END'
while [[ $1 == -* ]]; do [[ $1 != -cp ]] || shift; shift; done
echo "java $*"
END
install_all() { /opt/kafka-ops/kafka-commands install; }
`;

describe("Kafka's own commands on the ops host", function () {
  before(needsRoot);

  let sandbox: NodeSandbox;
  beforeEach(() => {
    sandbox = new NodeSandbox({ NODE_ROLE: "ops" });
  });
  afterEach(() => sandbox.remove());

  it("have their names, with and without .sh, and are fetched once", () => {
    const { status, output } = sandbox.run(`${world}
      install_all; install_all; call_count; ls /opt/kafka/libs; PATH=/usr/local/bin:$PATH
      kafka-topics --list; kafka-topics.sh --list; kafka-commands | tr '\\n' ' '`);
    assert.equal(status, 0, output);
    assert.match(
      output,
      /^1\nkafka.jar\n(java org.apache.kafka.tools.TopicCommand .* --list\n){2}kafka-acls .* kafka-topics /m,
    );
  });

  it("install Java, where there is none", () => {
    const { status, output } = sandbox.run(`${world}
      rm "$upper/bin/java"; stub dnf <<<'echo "dnf $*"'
      PATH="$upper/bin:/usr/local/bin:$(mkdir /opt/few; for one in env bash ln tar mv rm mkdir cp wc sync sha512sum; do
        ln -s "$(command -v $one)" /opt/few/; done; echo /opt/few)" install_all`);
    assert.equal(status, 0, output);
    assert.match(output, /^dnf install -y java-17-amazon-corretto-headless$/m);
  });

  it("are told where the cluster is, unless they are told another place", () => {
    const cases: readonly (readonly [string, string])[] = [
      ["kafka-topics --list", "TopicCommand --bootstrap-server 10.0.0.1:9092,10.0.0.2:9092 --list"],
      ["kafka-topics --bootstrap-server other:1 --list", "TopicCommand --bootstrap-server other:1 --list"],
      ["kafka-configs --zookeeper=z:1 --describe", "ConfigCommand --zookeeper=z:1 --describe"],
      ["kafka-console-producer --broker-list b:1", "ConsoleProducer --broker-list b:1"],
      ["kafka-transactions list", "TransactionsCommand --bootstrap-server 10.0.0.1:9092,10.0.0.2:9092 list"],
      ["kafka-cluster cluster-id", "ClusterTool cluster-id --bootstrap-server 10.0.0.1:9092,10.0.0.2:9092"],
      ["zookeeper-shell", "ZooKeeperMainWithTlsSupportForKafka -server 10.0.0.9:2181"],
      ["zookeeper-shell ls /brokers", "ZooKeeperMainWithTlsSupportForKafka -server 10.0.0.9:2181 ls /brokers"],
      ["zookeeper-shell z:2181/x ls /", "ZooKeeperMainWithTlsSupportForKafka -server z:2181/x ls /"],
      [
        "kafka-producer-perf-test --producer-props acks=1 --topic a",
        "ProducerPerformance --producer-props bootstrap.servers=10.0.0.1:9092,10.0.0.2:9092 acks=1 --topic a",
      ],
      [
        "kafka-producer-perf-test --topic a",
        "ProducerPerformance --topic a --producer-props bootstrap.servers=10.0.0.1:9092,10.0.0.2:9092",
      ],
      [
        "kafka-producer-perf-test --producer-props bootstrap.servers=b:1",
        "ProducerPerformance --producer-props bootstrap.servers=b:1",
      ],
      ["kafka-run-class kafka.tools.DumpLogSegments --files x", "DumpLogSegments --files x"],
      ["kafka-consumer-groups --group 'a b' --describe", "10.0.0.2:9092 --group a b --describe"],
    ];
    const { status, output } = sandbox.run(`${world} install_all; PATH=/usr/local/bin:$PATH
      ${cases.map(([words]) => words).join("\n")}`);
    assert.equal(status, 0, output);
    const lines = output.split("\n").filter((line) => line.startsWith("java "));
    for (const [index, [words, expected]] of cases.entries()) {
      assert.ok(lines[index]?.endsWith(expected), `${words}: ${lines[index]}`);
    }
  });

  it("take little memory, and go before what watches the cluster; who needs more says so as to Kafka's own", () => {
    const { status, output } = sandbox.run(`${world} install_all
      stub java <<<'echo "score $(cat /proc/self/oom_score_adj): $1 $2"'; PATH=/usr/local/bin:$PATH
      kafka-topics; KAFKA_HEAP_OPTS="-Xmx512m -Xms32m" kafka-topics`);
    assert.equal(status, 0, output);
    assert.match(output, /^score 500: -Xms16m -Xmx256m\nscore 500: -Xmx512m -Xms32m$/m);
  });

  it("wait until they are fetched, and say so; a wrong archive is not taken", () => {
    const { status, output } = sandbox.run(`${world} install_all; rm -rf /opt/kafka
      PATH=/usr/local/bin:$PATH; { sleep 2; install_all; } & kafka-topics --list; wait
      echo damaged >>"$SANDBOX/kafka.tar"; rm -rf /opt/kafka; install_all || echo refused
      sed -i 's/SECONDS + 300/SECONDS + 2/' /opt/kafka-ops/kafka-commands; kafka-topics --list || echo "ended $?"`);
    assert.equal(status, 0, output);
    assert.match(output, /^kafka-topics: waiting for Kafka's jars and Java.*\njava .*--list$/m);
    assert.match(output, /is not the archive with SHA-512[^]*^refused$/m);
    assert.match(
      output,
      /^kafka-topics: Kafka's jars and Java are not here yet; journalctl -u kafka-commands says why\nended 1$/m,
    );
  });
});
