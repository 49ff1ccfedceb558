import assert from "node:assert/strict";
import { courseOf, stretchOf, timed } from "../../../trials/drills/course";
import type { LoadReport } from "../../../trials/drills/loadReport";
import { clientReport, entry, faultAt, loadReport } from "./drillFixtures";

/** The longest gap is of partition 3, from 20 ms before the fault until 1,480 ms after it. */
const load = loadReport({ clients: [clientReport("kafkajs", 900), clientReport("java", 1500)] });
const fetcher = (broker: number) => `INFO [ReplicaFetcherManager on broker ${broker}]`;
const state = (partition: string) =>
  `${partition} -> InitialFetchState(Some(Z9h),BrokerEndPoint(id=1, host=10.0.0.1:9091),2,5)`;
const told = (lines: readonly (readonly [seconds: number, node: string, message: string])[], of: LoadReport = load) =>
  timed(
    courseOf(
      of,
      lines.map(([seconds, node, message]) => entry(node, faultAt + seconds * 1000, message)),
      "drill-0a",
    ),
  ).map(({ seconds, text }) => `${seconds.toFixed(2)} ${text}`);

describe("the course of a drill", () => {
  it("goes from the fault by death, expulsion, election and leaders to the first acknowledgement", () => {
    const course = told([
      [0.05, "kafka-2", "kafka.service: Main process exited, code=killed, status=9/KILL"],
      [0.14, "kafka-2", "Kafka died (signal, killed KILL): broker 2: deleted /brokers/ids/2 and /controller (66 ms)"],
      [0.2, "kafka-4", "INFO [Controller id=4] 4 successfully elected as the controller. Epoch incremented to 2 (x)"],
      [0.4, "kafka-4", "INFO [Controller id=4] Currently active brokers in the cluster: Set(1, 3, 4, 5) (x)"],
      [0.7, "kafka-1", `${fetcher(1)} Removed fetcher for partitions HashSet(other-3, drill-0a-3, drill-0a-1) (x)`],
      [0.8, "kafka-4", "INFO [Controller id=4] Ready to serve as the new controller with epoch 2 (x)"],
      [0.81, "kafka-5", `${fetcher(5)} Removed fetcher for partitions Set(drill-0a-3) (x)`],
      [0.82, "kafka-5", `${fetcher(5)} Added fetcher to broker 1 for partitions HashMap(${state("drill-0a-3")}) (x)`],
      [1.1, "kafka-1", "INFO [Partition drill-0a-3 broker=1] Shrinking ISR from 1,2,5 to 1,5. Leader: (x)"],
    ]);
    assert.deepEqual(course, [
      "-0.02 java last acknowledgement of partition 3",
      "0.00 fault",
      "0.05 kafka-2 Kafka ends: code=killed, status=9/KILL",
      "0.14 kafka-2 expel-broker takes it out",
      "0.20 kafka-4 is the controller",
      "0.40 kafka-4 has read what the cluster has",
      "0.70 kafka-1 leads partitions 1, 3",
      "0.80 kafka-4 has elected all leaders",
      "0.82 kafka-5 follows kafka-1 in partition 3",
      "1.10 kafka-1 changes the ISR of partition 3 from 1,2,5 to 1,5",
      "1.48 java first acknowledgement of partition 3",
    ]);
  });

  it("knows what the watchers of the nodes do, and ZooKeeper", () => {
    const course = told([
      [0.3, "kafka-1", "EXPELLED broker 3, which answers nobody: deleted /brokers/ids/3"],
      [0.4, "kafka-5", "FENCED: no write on the data disk has ended for 3.0 s; Kafka's processes: 12; back when …"],
      [0.5, "kafka-5", "killed Kafka, deleted /brokers/ids/5"],
      [0.6, "zookeeper-2", "INFO LEADING - LEADER ELECTION TOOK - 23 MS [QuorumPeer] (Leader)"],
      [
        0.7,
        "kafka-1",
        "INFO [Controller id=1] Newly added brokers: , deleted brokers: 3,5, bounced brokers: , all live …",
      ],
      [
        0.8,
        "kafka-1",
        "INFO [Controller id=1] Newly added brokers: , deleted brokers: , bounced brokers: , all live …",
      ],
    ]);
    assert.deepEqual(course.slice(2, -1), [
      "0.30 kafka-1 self-fence takes kafka-3 out, which answers nobody",
      "0.40 kafka-5 self-fence fences it: no write on the data disk has ended for 3.0 s",
      "0.50 kafka-5 self-fence has killed Kafka, and deleted /brokers/ids/5",
      "0.60 zookeeper-2 leads ZooKeeper",
      "0.70 kafka-1 as controller sees kafka-3, kafka-5 gone",
    ]);
  });

  it("takes no broker that stops for one that leads", () => {
    const removed = `${fetcher(2)} Removed fetcher for partitions Set(drill-0a-3) (x)`;
    const stop = "INFO [KafkaServer id=2] Starting controlled shutdown (kafka.server.KafkaServer)";
    assert.deepEqual(told([[0.2, "kafka-2", removed]]).slice(2, -1), ["0.20 kafka-2 leads partition 3"]);
    assert.deepEqual(
      told([
        [-3, "kafka-2", stop],
        [0.2, "kafka-2", removed],
      ]).slice(2, -1),
      [],
    );
  });

  it("is of the gap alone where the fault came long before, or after", () => {
    const late = { ...load, faultAt: faultAt - 60_000 };
    assert.deepEqual(stretchOf(late), { from: faultAt - 5020, to: faultAt + 1980 });
    assert.deepEqual(told([[0.1, "kafka-1", " [KafkaServer id=1] started (x)"]], late), [
      "0.00 java last acknowledgement of partition 3",
      "0.12 kafka-1 Kafka has started",
      "1.50 java first acknowledgement of partition 3",
    ]);
  });

  it("is not told of minutes, nor where nothing was written", () => {
    assert.equal(stretchOf(loadReport({ clients: [clientReport("java", 61_000)] })), undefined);
    assert.equal(stretchOf(loadReport({ clients: [] })), undefined);
    assert.deepEqual(told([], loadReport({ clients: [] })), []);
  });
});
