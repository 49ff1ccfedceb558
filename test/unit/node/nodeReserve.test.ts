import assert from "node:assert/strict";
import { NodeSandbox, needsRoot } from "./nodeSandbox";

/** A broker's volume that has been in use. */
const inUse = String.raw`
reserve=/var/lib/kafka/.kafka-on-ec2-reserve data=/var/lib/kafka/data
free() { df --block-size=1M --output=avail /var/lib/kafka | tail -n 1; }
# leaves MEBIBYTES: takes all the room but so much.
leaves() { fallocate --length $(($(free) - $1))M "$data/filler"; }
# As systemd has it: as the user kafka, who may not make or remove what is beside the data.
starts() { setpriv --reuid=kafka --regid=kafka --clear-groups /opt/kafka-node/bin/prepare-kafka; }
plug; mount-data-volume; grow-data-volume
chmod 755 /var/lib/kafka
printf 'version=0\nbroker.id=3\ncluster.id=knldwlvmQImt2odlrc-s5w\n' >"$data/meta.properties"; mkdir "$data/orders-0"
`;

describe("the reserve of a broker's data volume", function () {
  before(needsRoot);

  let sandbox: NodeSandbox;
  beforeEach(() => {
    sandbox = new NodeSandbox({}, 640);
  });
  afterEach(() => sandbox.remove());

  function succeeds(scenario: string): string {
    const { status, output } = sandbox.run(inUse + scenario);
    assert.equal(status, 0, output);
    return output;
  }

  it("holds room back, and is made once", () => {
    const output = succeeds(`
      grow-data-volume
      [[ $(stat -c %U:%s "$reserve") == kafka:$((128 << 20)) ]]
      (($(stat -c '%b*%B' "$reserve") >= 128 << 20))`);
    assert.equal(output.match(/128 MiB of \/var\/lib\/kafka are held back/g)?.length, 1);
  });

  it("is given up when the volume is full, so that Kafka starts; and made again when there is room", () => {
    const output = succeeds(`
      leaves 20; starts; [[ -e $reserve && ! -s $reserve ]]; (($(free) > 128))
      grow-data-volume; [[ ! -s $reserve ]]
      truncate --size=0 "$data/filler"; grow-data-volume; [[ -s $reserve ]]`);
    assert.match(output, /IS FULL: its reserve is given up/);
  });

  it("stays while there is enough beside it", () => {
    succeeds(`leaves 80; starts; [[ -s $reserve ]]`);
  });

  it("is not made where the volume would be nearly full by it", () => {
    succeeds(`truncate --size=0 "$reserve"; leaves 150; grow-data-volume; [[ ! -s $reserve ]]`);
  });

  it("that is used up has Kafka wait until there is room", () => {
    const output = succeeds(`
      truncate --size=0 "$reserve"; leaves 20
      (sleep 1; echo room; rm "$data/filler") & starts; echo started`);
    assert.match(output, /^waiting, as \/var\/lib\/kafka is full .*brokerVolumeGiB\nroom\n(.*\n)*started$/m);
  });

  it("is none of ZooKeeper's", () => {
    const zookeeper = new NodeSandbox({ NODE_ROLE: "zookeeper", NODE_NAME: "zookeeper-1" });
    const { status, output } = zookeeper.run("plug; mount-data-volume; grow-data-volume; ls -A /var/lib/zookeeper");
    zookeeper.remove();
    assert.equal(status, 0, output);
    assert.doesNotMatch(output, /reserve/);
  });
});
