import type { ClientBase } from "pg";

/** Whose offsets these are. */
export interface Group {
  readonly group: string;
  readonly topic: string;
}

/**
 * Where partitions go on. Their rows are locked until the transaction ends: a process that has lost them without
 * knowing is waited for.
 */
export async function lockOffsets(
  client: ClientBase,
  { group, topic }: Group,
  partitions: readonly number[],
): Promise<Map<number, number>> {
  const { rows } = await client.query<{ partition: number; next: string }>(
    "SELECT partition, next FROM consumed_offsets " +
      "WHERE group_id = $1 AND topic = $2 AND partition = ANY($3) ORDER BY partition FOR UPDATE",
    [group, topic, partitions],
  );
  return new Map(rows.map(({ partition, next }) => [partition, Number(next)]));
}

/** Where partitions go on; one that is new begins at 0. */
export async function readOffsets(
  client: ClientBase,
  group: Group,
  partitions: readonly number[],
): Promise<ReadonlyMap<number, number>> {
  await client.query(
    "INSERT INTO consumed_offsets (group_id, topic, partition, next) " +
      "SELECT $1, $2, partition, 0 FROM unnest($3::integer[]) AS new (partition) ON CONFLICT DO NOTHING",
    [group.group, group.topic, partitions],
  );
  return lockOffsets(client, group, partitions);
}

/** Moves partitions on, within the transaction that has locked them. */
export async function moveOffsets(client: ClientBase, { group, topic }: Group, next: ReadonlyMap<number, number>) {
  await client.query(
    "UPDATE consumed_offsets AS known SET next = new.next, changed = now() " +
      "FROM unnest($3::integer[], $4::bigint[]) AS new (partition, next) " +
      "WHERE group_id = $1 AND topic = $2 AND known.partition = new.partition",
    [group, topic, [...next.keys()], [...next.values()]],
  );
}
