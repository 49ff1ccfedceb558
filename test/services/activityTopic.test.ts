import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";

import { activityScene, asked, storedEvent, type ActivityScene } from "./activityScene";

const events = (count: number) => Array.from({ length: count }, () => storedEvent());

describe("the store, with a topic", function () {
  this.timeout(240_000);
  let anew: ActivityScene;
  let gap: ActivityScene;

  before(async () => {
    [anew, gap] = await Promise.all([activityScene("anew", 1), activityScene("gap", 2)]);
  });
  after(() => Promise.all([anew?.end(), gap?.end()]));

  /** Makes the topic anew, shorter than what was stored of it: once while the store runs, once while it does not. */
  const makeAnew = async () => {
    const running = anew.store({ GROUP: "running" });
    await anew.sendEvents(events(100), { partition: 0 });
    await anew.until("they are stored", async () => (await anew.count("activity")) === 100);
    const late = anew.store({ GROUP: "late" });
    const offset = "SELECT next FROM consumed_offsets WHERE group_id = 'late' AND next = 100";
    await anew.until("the other group has them too", async () => (await anew.ask(offset)).length === 1);
    assert.equal(await late.end("SIGTERM"), 0, late.log());
    const { topic, kafka } = anew;
    await kafka.admin(async (admin) => {
      await admin.deleteTopics({ topics: [topic] });
      await anew.until("it is gone", async () => !(await admin.listTopics()).includes(topic));
    });
    await kafka.makeTopics({ [topic]: 1 });
    await anew.sendEvents(events(50), { partition: 0 });
    return [running, anew.store({ GROUP: "late" })] as const;
  };

  it("of which retention has removed what was not read, says which offsets those were, and goes on", async () => {
    const ended = makeAnew();
    ended.catch(() => undefined);
    const { kafka, topic } = gap;
    const send = async (partition: number) => gap.sendEvents(events(100), { partition });
    const remove = (offset: string) =>
      kafka.admin(async (admin) => {
        // Without it kafkajs does not know whom to ask.
        await admin.fetchTopicOffsets(topic);
        await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset }] });
      });
    const store = gap.store();
    await Promise.all([send(0), send(1)]);
    await gap.until("they are stored", async () => (await gap.count("activity")) === 200);
    assert.equal(await store.end("SIGTERM"), 0, store.log());
    // While no store runs.
    await Promise.all([send(0), send(1)]);
    await remove("150");
    const next = gap.store();
    await gap.until("the others are stored", async () => (await gap.count("activity")) === 350);
    assert.match(next.log(), /partition 0: Kafka's retention removed the offsets 100 to 149 unread/);
    // While one runs, and is slow.
    next.child.kill("SIGSTOP");
    await delay(1500);
    await send(0);
    await remove("280");
    next.child.kill("SIGCONT");
    await gap.until("the last ones are stored", async () => (await gap.count("activity")) === 370);
    assert.match(next.log(), /partition 0: Kafka's retention removed the offsets 200 to 279 unread/);
    assert.match(await asked(next, "/metrics"), /^store_gone_total 130$/m);
    await ended;
  });

  it("that was made anew ends with an error that names the remedy, by which nothing is lost", async () => {
    const ended = anew.stores.filter(({ child }) => child.exitCode === null);
    assert.equal(ended.length, 2);
    const remedy = /ends at offset 50, but is stored up to 100: .*DELETE FROM consumed_offsets WHERE topic = 'anew'/;
    for (const store of ended) {
      assert.equal(await store.ended(), 1);
      assert.match(store.log(), remedy);
    }
    assert.equal(await anew.count("activity"), 100);
    await anew.ask("DELETE FROM consumed_offsets WHERE topic = 'anew'");
    anew.store({ GROUP: "late" });
    await anew.until("the new ones are stored", async () => (await anew.count("activity")) === 150);
  });
});
