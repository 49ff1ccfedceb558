import assert from "node:assert/strict";
import { join } from "node:path";
import { NodeSandbox, needsRoot } from "./nodeSandbox";

const script = (name: string) => join(__dirname, "../../../trials/drills/node", `${name}.sh`);

/** The node's units are installed; systemctl only says what it is asked. */
const installed = String.raw`
mkdir -p /etc/systemd/system
cp /opt/kafka-node/systemd/*.service /etc/systemd/system
printf '%s\n' dataDir=/var/lib/zookeeper/data tickTime=2000 clientPort=2181 clientPortAddress=10.20.0.101 \
  server.1=10.20.0.101:2888:3888 server.2=10.20.16.102:2888:3888 >/etc/kafka-node/zoo.cfg
stub systemctl <<<'echo "systemctl $*"'
`;

describe("stock settings on a node", () => {
  let node: NodeSandbox;
  before(needsRoot);
  beforeEach(() => {
    const addresses = { NODE_ADDRESS: "10.20.32.13" };
    node = new NodeSandbox({ ...addresses, ZOOKEEPER_CONNECT: "10.20.0.101:2181,10.20.16.102:2181" });
  });
  afterEach(() => node.remove());

  it("starts the broker as our unit does, with the shipped properties and without the expel", () => {
    const { status, output } = node.run(`${installed}
      bash ${script("stock-kafka")} apply
      cat /run/systemd/system/kafka.service.d/drill-stock.conf /run/drill/stock.properties`);
    assert.equal(status, 0, output);
    assert.match(
      output,
      /^ExecStopPost=\nExecStart=\nExecStart=.*java .* kafka\.Kafka \/run\/drill\/stock\.properties$/m,
    );
    assert.match(output, /^listeners=PLAINTEXT:\/\/10\.20\.32\.13:9092,INTERNAL:\/\/10\.20\.32\.13:9091$/m);
    assert.doesNotMatch(output, /session\.timeout|min\.insync|replica\.lag/);
  });

  it("starts ZooKeeper as our unit does, with the shipped times and our ensemble", () => {
    const { status, output } = node.run(`${installed}
      bash ${script("stock-zookeeper")} apply
      cat /run/systemd/system/zookeeper.service.d/drill-stock.conf /run/drill/stock.cfg`);
    assert.equal(status, 0, output);
    assert.match(output, /^ExecStart=.*autocreate=true org\.apache.*QuorumPeerMain \/run\/drill\/stock\.cfg$/m);
    assert.match(output, /^server\.2=/m);
    assert.doesNotMatch(output, /tickTime/);
  });

  it("changes and restarts nothing the second time, and leaves nothing behind", () => {
    for (const name of ["stock-kafka", "stock-zookeeper", "stock-watcher"]) {
      const { status, output } = node.run(`${installed}
        bash ${script(name)} apply >/dev/null
        bash ${script(name)} check
        bash ${script(name)} revert >/dev/null
        bash ${script(name)} check
        echo "left: $(find /run/systemd/system -name drill-stock.conf)"
        [[ ${name} == stock-watcher ]] || bash ${script(name)} revert`);
      assert.equal(status, 0, output);
      assert.equal(output, "yes\nno\nleft: \n", name);
    }
  });

  it("refuses a unit that it does not know", () => {
    const { status, output } = node.run(`${installed}
      sed -i 's#server.properties#other.properties#' /etc/systemd/system/kafka.service
      bash ${script("stock-kafka")} apply`);
    assert.equal(status, 1);
    assert.match(output, /starts the broker in a way that is not known here/);
    assert.doesNotMatch(output, /systemctl/);
  });
});
