import assert from "node:assert/strict";
import { rightsWays } from "../../../ops/brokerTunnel";
import { describeCluster } from "../../../planning/cluster/clusterDescription";
import { sampleSettings } from "../settings/sampleSettings";
import { FakeBrokers } from "./fakeBrokers";
import { FakeCommands } from "./fakeCommand";

const cluster = describeCluster(sampleSettings(), "bucket");
/** One right: every client may write every topic. */
const oneRight = "000000000000ffff000000010200012a0300000001000e557365723a414e4f4e594d4f555300012a0403";

describe("the way to a broker through its own machine", () => {
  let brokers: FakeBrokers;
  let commands: FakeCommands;
  beforeEach(async () => {
    brokers = await FakeBrokers.start(...cluster.brokers.map(({ id }) => id));
    brokers.answer = () => oneRight;
    commands = new FakeCommands();
  });
  afterEach(() => {
    commands.remove();
    brokers.stop();
  });

  const ways = () => rightsWays(cluster, 3000, ({ id }) => brokers.address(id));

  it("is a connection of SSH's to a broker that is registered, which ends with the work", async () => {
    const gone = [1, 2];
    brokers.view = () => ({
      brokers: cluster.brokers.filter(({ id }) => !gone.includes(id)).map(({ id }) => brokers.address(id)),
      controllerId: 3,
      topics: [],
    });
    const { port } = brokers.address(3);
    // Does as ssh -L does.
    const forward =
      `const n=require("net"),w=process.argv,[,p]=w[w.indexOf("-L")+1].split(":");` +
      `n.createServer(s=>{const b=n.connect(${port},"127.0.0.1");s.pipe(b).pipe(s);s.on("error",()=>0);` +
      `b.on("error",()=>0)}).listen(+p,"127.0.0.1")`;
    commands.put("ssh", `exec ${process.execPath} -e '${forward}' -- "$@"`);
    const rights = await ways().throughBroker((admin) => admin.rights());
    assert.deepEqual(
      rights.map(({ name, host, operation }) => [name, host, operation]),
      [["*", "*", 4]],
    );
    assert.deepEqual(brokers.asked, ["3: 29"]);
    const [words = []] = commands.calls("ssh");
    assert.match(words[words.indexOf("-L") + 1] ?? "", /^127\.0\.0\.1:\d+:10\.20\.32\.13:9092$/);
    assert.equal(words.at(-1), "ec2-user@10.20.32.13");
  });

  it("says so when SSH does not open it", async () => {
    commands.put("ssh", "exit 255");
    await assert.rejects(
      ways().throughBroker((admin) => admin.rights()),
      /^Error: SSH to a broker's machine is not open within 10 s$/,
    );
  }).timeout(30_000);
});
