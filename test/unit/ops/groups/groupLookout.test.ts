import assert from "node:assert/strict";
import type { ConfigValue } from "../../../../ops/kafka/admin";
import type { CommittedOffset } from "../../../../ops/kafka/groups";
import type { OffsetQuestion } from "../../../../ops/kafka/offsets";
import { groupRegistry } from "../../../../ops/groups/groupMetrics";
import { GroupLookout, type GroupSources } from "../../../../ops/groups/lookout";

const hour = 3_600_000;
const events = "events";

const promised = async <T>(give: () => T): Promise<T> => Promise.resolve().then(give);

/** A cluster of two brokers, each leader of one partition, to which an event comes each second. */
class FakeGroups implements GroupSources {
  now = 1000 * hour;
  readonly begun = this.now - 100 * hour;
  /** What each broker's groups have committed. */
  readonly groupsOf = new Map<number, Map<string, CommittedOffset[]>>([
    [1, new Map()],
    [2, new Map()],
  ]);
  readonly away = new Set<number>();
  questions: OffsetQuestion[] = [];
  retention: Record<string, string> = { "cleanup.policy": "delete", "retention.ms": String(168 * hour) };
  configsAsked = 0;

  private reached(broker: number): void {
    if (this.away.has(broker)) throw new Error("connection refused");
  }
  private known(broker: number) {
    this.reached(broker);
    return this.groupsOf.get(broker) ?? new Map<string, CommittedOffset[]>();
  }
  view = () =>
    Promise.resolve({
      brokers: [1, 2].map((id) => ({ id, host: "", port: 0 })),
      controllerId: 1,
      topics: [
        {
          name: events,
          partitions: [0, 1].map((partition) => ({ partition, leader: partition + 1, replicas: [1, 2], isr: [1, 2] })),
        },
      ],
    });
  groups = (broker: number) =>
    promised(() => [...this.known(broker).keys()].map((name) => ({ name, state: "Stable" })));
  committed = (broker: number) => promised(() => this.known(broker));
  offsets = (broker: number, questions: readonly OffsetQuestion[]) =>
    promised(() => {
      this.reached(broker);
      assert.equal(new Set(questions.map(({ partition }) => partition)).size, questions.length);
      this.questions.push(...questions);
      const end = Math.floor((this.now - this.begun) / 1000);
      return questions
        .filter(({ partition }) => partition + 1 === broker)
        .map(({ topic, partition, since }) => {
          const at = since === "end" ? Infinity : since === "beginning" ? 0 : (since - this.begun) / 1000;
          const offset = Math.max(0, Math.min(end, Math.ceil(at)));
          return typeof since === "number" && offset === end ? { topic, partition } : { topic, partition, offset };
        });
    });
  logDirs = (broker: number) =>
    promised(() => {
      this.reached(broker);
      return [];
    });
  configs = (_: unknown, names: readonly string[]) =>
    promised(() => {
      this.configsAsked++;
      const values = Object.entries(this.retention).map(([key, value]): [string, ConfigValue] => [
        key,
        { value, source: "topic" },
      ]);
      return new Map(names.map((name) => [name, Object.fromEntries(values)]));
    });

  /** A group that has read all but the events of so many seconds, of each partition. */
  behind(seconds: number): CommittedOffset[] {
    const offset = Math.floor((this.now - this.begun) / 1000) - seconds;
    return [0, 1].map((partition) => ({ topic: events, partition, offset }));
  }
}

describe("the look at consumer groups", () => {
  let cluster: FakeGroups;
  let lookout: GroupLookout;
  beforeEach(() => {
    cluster = new FakeGroups();
    lookout = new GroupLookout(cluster, () => cluster.now);
  });

  const about = (value: number | undefined, wanted: number, tolerance: number) =>
    assert.ok(value !== undefined && Math.abs(value - wanted) <= tolerance, `${value}, and not ${wanted}`);

  it("tells how far each is behind, in events and in time, and how long they are safe", async () => {
    cluster.groupsOf.get(1)?.set("near", cluster.behind(0));
    cluster.groupsOf.get(2)?.set("far", cluster.behind(50 * 3600));
    const { lags, states } = await lookout.look();
    assert.deepEqual(
      [...states],
      [
        ["near", "Stable"],
        ["far", "Stable"],
      ],
    );
    const [near, far] = lags;
    assert.deepEqual([near?.group, near?.messages, near?.seconds, near?.secondsUntilDeleted], ["near", 0, 0, Infinity]);
    assert.deepEqual([far?.group, far?.topic, far?.messages], ["far", events, 2 * 50 * 3600]);
    about(far?.seconds, 50 * 3600, 1000);
    about(far?.secondsUntilDeleted, (168 - 50) * 3600, 1000);
  });

  it("asks for old times once, and never for those that it has seen pass", async () => {
    const far = cluster.behind(50 * 3600);
    cluster.groupsOf
      .get(1)
      ?.set("far", far)
      .set("farther", cluster.behind(90 * 3600));
    await lookout.look();
    const byTime = () => cluster.questions.filter(({ since }) => typeof since === "number").length;
    assert.ok(byTime() > 0);
    cluster.questions = [];
    cluster.groupsOf.get(2)?.set("behind", cluster.behind(0));
    for (let look = 0; look < 20; look++) {
      cluster.now += 15_000;
      const { lags } = await lookout.look();
      about(lags.find(({ group }) => group === "behind")?.seconds, (look + 1) * 15, 1);
    }
    assert.equal(byTime(), 0);
    assert.equal(cluster.configsAsked, 2, "what topics keep is asked for each five minutes");
  });

  it("keeps to what it knows while a broker is away, and forgets a group that is gone", async () => {
    cluster.groupsOf.get(1)?.set("one", cluster.behind(60));
    cluster.groupsOf.get(2)?.set("two", cluster.behind(60));
    await lookout.look();
    cluster.away.add(2);
    cluster.groupsOf.get(1)?.clear();
    cluster.now += 15_000;
    const { lags } = await lookout.look();
    assert.deepEqual(
      lags.map(({ group, messages }) => [group, messages]),
      [
        ["one", 60 + 15 + 60],
        ["two", 60 + 15 + 60],
      ],
    );
    cluster.away.clear();
    assert.deepEqual([...(await lookout.look()).states.keys()], ["two"]);
  });

  it("says nothing of retention that nobody tells, nor where a topic keeps the latest of each key", async () => {
    cluster.groupsOf.get(1)?.set("far", cluster.behind(50 * 3600));
    const { configs } = cluster;
    cluster.configs = () => Promise.reject(new Error("ZooKeeper has no quorum"));
    assert.equal((await lookout.look()).lags[0]?.secondsUntilDeleted, Infinity);
    cluster.configs = configs;
    assert.ok(((await lookout.look()).lags[0]?.secondsUntilDeleted ?? Infinity) < 168 * 3600);
    cluster.retention = { "cleanup.policy": "compact", "retention.ms": "1000" };
    cluster.now += hour;
    assert.equal((await lookout.look()).lags[0]?.secondsUntilDeleted, Infinity);
  });

  it("fails when no broker answers", async () => {
    cluster.view = () => Promise.reject(new Error("no broker answers"));
    await assert.rejects(lookout.look(), /no broker answers/);
  });

  it("tells Prometheus of the most urgent ones, where there are more than it takes", async () => {
    const lag = { topic: events, seconds: 0, deletedUnread: 0 };
    const lags = Array.from({ length: 400 }, (_, index) => ({
      ...lag,
      group: `g${index}`,
      messages: index,
      secondsUntilDeleted: index === 3 ? 60 : Infinity,
    }));
    const states = new Map(lags.map(({ group }) => [group, "Empty"]));
    const text = await groupRegistry({ lags, states }, 5000).metrics();
    const told = [...text.matchAll(/^kafka_group_lag_messages\{group="g(\d+)",topic="events"\} (\d+)$/gm)];
    assert.deepEqual(
      told.slice(0, 2).map(([, group]) => group),
      ["3", "399"],
    );
    assert.equal(told.length, 300);
    assert.match(text, /^kafka_group_left_out 100$/m);
    assert.match(text, /^kafka_group_seconds_until_deleted\{group="g3",topic="events"\} 60$/m);
    assert.match(text, /^kafka_group_seconds_until_deleted\{group="g399",topic="events"\} \+Inf$/m);
    assert.match(text, /^kafka_group_look_timestamp_seconds 5$/m);
  });
});
