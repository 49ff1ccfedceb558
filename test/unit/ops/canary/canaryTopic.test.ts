import assert from "node:assert/strict";
import fc from "fast-check";
import { canaryTopicOf, keepCanaryTopic } from "../../../../ops/canary/topic";
import { describeCluster, type ClusterDescription } from "../../../../planning/cluster/clusterDescription";
import { canaryTopic } from "../../../../planning/cluster/names";
import { planMoves } from "../../../../planning/placement/replicaMoves";
import { wantedCopies } from "../../../../ops/balance/placementNow";
import { planTopicChanges } from "../../../../ops/topicChanges";
import { sampleSettings } from "../../settings/sampleSettings";
import { FakeKafka } from "../fakeKafkaAdmin";

const cluster = describeCluster(sampleSettings(), "bucket");

const known = new Map<string, ClusterDescription>();
/** The cluster with so many brokers, in three zones. */
function grown(brokerCount: number, replicationFactor: number): ClusterDescription {
  const key = `${brokerCount} ${replicationFactor}`;
  const description = known.get(key) ?? describeCluster(sampleSettings({ brokerCount, replicationFactor }), "bucket");
  known.set(key, description);
  return description;
}

const leadersOf = (replicas: readonly (readonly number[])[]) =>
  replicas.map(([leader = -1]) => leader).sort((a, b) => a - b);
const ids = ({ brokers }: ClusterDescription) => brokers.map(({ id }) => id);

describe("the canary's topic", () => {
  const clusters = fc
    .tuple(fc.integer({ min: 3, max: 9 }), fc.integer({ min: 3, max: 5 }))
    .filter(([brokers, copies]) => copies <= brokers);

  it("has a partition led by each broker, with as many copies as the others", () => {
    fc.assert(
      fc.property(clusters, ([brokers, copies]) => {
        const description = grown(brokers, copies);
        const { partitions, replicaAssignment } = canaryTopicOf(description, 0);
        assert.equal(partitions, brokers);
        assert.deepEqual(leadersOf(replicaAssignment), ids(description));
        assert.ok(replicaAssignment.every((replicas) => new Set(replicas).size === copies));
      }),
    );
  });

  it("stands where copies are to be: beside the topics of the settings nothing has to move", () => {
    fc.assert(
      fc.property(clusters, ([brokers, copies]) => {
        const description = grown(brokers, copies);
        const all = [...description.topics, canaryTopicOf(description, 0)];
        const { moves } = planMoves({
          partitions: all.flatMap(({ name, replicaAssignment }) =>
            replicaAssignment.map((replicas, partition) => ({ topic: name, partition, replicas, bytes: 1000 })),
          ),
          brokers: description.brokers,
          minInsyncReplicas: description.minInsyncReplicas,
          copies: (topic) => wantedCopies(description, topic),
        });
        assert.deepEqual(moves, []);
      }),
    );
  });

  it("has one led by each of more brokers, once copies have moved onto them", () => {
    const moved = (description: ClusterDescription, replicas: readonly (readonly number[])[]) => {
      const { moves } = planMoves({
        partitions: replicas.map((ids, partition) => ({ topic: canaryTopic, partition, replicas: ids, bytes: 1000 })),
        brokers: description.brokers,
        minInsyncReplicas: description.minInsyncReplicas,
        copies: (topic) => wantedCopies(description, topic),
      });
      return replicas.map((ids, partition) => moves.find((move) => move.partition === partition)?.to ?? ids);
    };
    fc.assert(
      fc.property(clusters, fc.integer({ min: 1, max: 3 }), fc.boolean(), ([brokers, copies], more, movedBefore) => {
        const [before, after] = [grown(brokers, copies), grown(brokers + more, copies)];
        const first = canaryTopicOf(before, 0).replicaAssignment;
        const replicas = movedBefore ? moved(after, first) : first;
        const wanted = canaryTopicOf(after, replicas.length);
        const { addPartitions } = planTopicChanges({ ...after, topics: [wanted] }, [
          { name: canaryTopic, replicas, config: wanted.config },
        ]);
        const all = [...replicas, ...addPartitions.flatMap(({ assignments }) => assignments)];
        assert.deepEqual(leadersOf(moved(after, all)), ids(after));
      }),
    );
  });

  it("keeps its partitions when there are fewer brokers", () => {
    assert.equal(canaryTopicOf(grown(3, 3), 5).partitions, 5);
  });

  it("is made as safe as the topics of the settings when these get more copies", () => {
    assert.equal(wantedCopies({ ...cluster, replicationFactor: 5 }, canaryTopic), 5);
  });

  it("is left as it is while a broker is not registered, and its partitions are told all the same", async () => {
    const partitions = ids(cluster).map((id, partition) => ({ topic: canaryTopic, partition, replicas: [id, 1] }));
    const kafka = new FakeKafka({ brokers: [1, 2, 3, 4], partitions });
    assert.deepEqual(await keepCanaryTopic(cluster, kafka, () => assert.fail()), {
      partitions: partitions.map(({ partition, replicas }) => ({ partition, broker: replicas[0] })),
      problem: "kafka-5 not registered",
    });
  });

  it("is told, with the reason, where Kafka refuses to change it or does not answer", async () => {
    const partitions = [{ topic: canaryTopic, partition: 0, replicas: [1, 2] }];
    const kafka = new FakeKafka({ brokers: ids(cluster), partitions });
    kafka.configs = () => Promise.reject(new Error("ZooKeeper has no quorum"));
    assert.deepEqual(await keepCanaryTopic(cluster, kafka, () => undefined), {
      partitions: [{ partition: 0, broker: 1 }],
      problem: "ZooKeeper has no quorum",
    });
    kafka.metadata = () => Promise.reject(new Error("no broker answers"));
    assert.deepEqual(await keepCanaryTopic(cluster, kafka, () => undefined), {
      partitions: [],
      problem: "no broker answers",
    });
  });
});
