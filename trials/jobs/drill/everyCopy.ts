/** What is read of every copy at the end of a drill: the topic's, and the consumer group's committed offsets'. */
import type { CopiesReport } from "../../drills/loadReport";
import type { Clients } from "./clients";
import { compareCopies, type Stretch } from "./copies";
import type { Load } from "./load";
import { readBackMs, type DrillParameters } from "./parameters";

const offsetsTopic = "__consumer_offsets";

/** The partition of the committed offsets that is a group's: Java's hash of its name. */
export function groupPartition(groupId: string, partitions: number): number {
  let hash = 0;
  for (let index = 0; index < groupId.length; index++) hash = (Math.imul(hash, 31) + groupId.charCodeAt(index)) | 0;
  return (hash & 0x7fffffff) % partitions;
}

/** A consumer group, and the ends of the partitions of the committed offsets before its first commit. */
export interface GroupPosition {
  readonly groupId: string;
  readonly ends: ReadonlyMap<number, number>;
}

type Admin = ReturnType<ReturnType<Clients["managing"]>["admin"]>;

async function withAdmin<T>(clients: Clients, work: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = clients.managing().admin();
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
}

const endsOf = async (admin: Admin, topic: string): Promise<ReadonlyMap<number, number>> =>
  new Map((await admin.fetchTopicOffsets(topic)).map(({ partition, high }) => [partition, Number(high)]));

/** The place after which the group's commits will stand; Kafka makes that topic with its first group. */
export async function groupPosition(clients: Clients, groupId: string): Promise<GroupPosition> {
  const ends = await withAdmin(clients, (admin) => endsOf(admin, offsetsTopic)).catch(() => new Map<number, number>());
  return { groupId, ends };
}

/** The committed offsets that are not there any more, one sentence each. */
export function committedFaults(
  committed: ReadonlyMap<number, number>,
  found: readonly { readonly partition: number; readonly offset: number }[],
): string[] {
  return [...committed].flatMap(([partition, offset]) => {
    const now = found.find((one) => one.partition === partition)?.offset ?? -1;
    return now >= offset ? [] : [`the group had committed offset ${offset} of partition ${partition}, and has ${now}`];
  });
}

/** Reads each copy of the drill's topic, and of the commits of its consumer group since it began. */
export function everyCopy(
  clients: Clients,
  { topic, brokers }: DrillParameters,
  load: Load,
  group: GroupPosition,
): Promise<CopiesReport> {
  console.log("reading every copy");
  return withAdmin(clients, async (admin) => {
    const topicEnds = await endsOf(admin, topic);
    const groupEnds = await endsOf(admin, offsetsTopic);
    const partition = groupPartition(group.groupId, groupEnds.size);
    const stretches: Stretch[] = [
      ...[...topicEnds].map(([number, end]) => ({ topic, partition: number, from: 0, end })),
      {
        topic: offsetsTopic,
        partition,
        from: group.ends.get(partition) ?? 0,
        end: groupEnds.get(partition) ?? 0,
      },
    ];
    const events = load.written.reduce((sum, { acknowledged }) => sum + acknowledged, 0);
    const { read, faults } = await compareCopies(stretches, brokers, readBackMs(events));
    const [found] = await admin.fetchOffsets({ groupId: group.groupId, topics: [topic] });
    const now = (found?.partitions ?? []).map(({ partition, offset }) => ({ partition, offset: Number(offset) }));
    return { read, faults: [...faults, ...committedFaults(load.readers.committed, now)] };
  });
}
