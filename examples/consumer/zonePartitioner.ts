import { Partitioners, type ICustomPartitioner, type PartitionMetadata, type PartitionerArgs } from "kafkajs";

/** What the partitioner is to know. */
export interface ZonePartitionerOptions {
  /** The zone of this machine (zone.ts); undefined: any partition will do. */
  readonly zone: string | undefined;
  /** The stack's output `brokers`. */
  readonly brokers: readonly { readonly id: number; readonly zone: string }[];
  /** Bytes of events after which another partition is taken. Default 64 KiB: larger batches get little smaller. */
  readonly stickyBytes?: number;
}

/**
 * A partitioner for kafkajs (`kafka.producer({createPartitioner: zonePartitioner({…})})`) by which events without a key
 * go to partitions that are led in this machine's zone, and so to no other zone but as copies. Where none is led there,
 * as while its brokers are away, all partitions with a leader are as good. It stays with a partition until that has
 * enough for a batch that compresses well; kafkajs would deal the events of one `send` out to all. Events with a key
 * or a partition go where they always go.
 */
export function zonePartitioner({ zone, brokers, stickyBytes = 65_536 }: ZonePartitionerOptions): ICustomPartitioner {
  const zoneOf = new Map(brokers.map((broker) => [broker.id, broker.zone]));
  return () => {
    const byKey = Partitioners.DefaultPartitioner();
    const current = new Map<string, { readonly partition: number; left: number }>();
    return (args: PartitionerArgs): number => {
      const { topic, message, partitionMetadata } = args;
      if (hasKey(message.key) || message.partition !== undefined) return byKey(args);
      const usable = preferred(partitionMetadata, ({ leader }) => zone !== undefined && zoneOf.get(leader) === zone);
      let chosen = current.get(topic);
      if (chosen === undefined || chosen.left <= 0 || !usable.includes(chosen.partition)) {
        const others = usable.filter((partition) => partition !== chosen?.partition);
        const from = others.length > 0 ? others : usable;
        chosen = { partition: from[Math.floor(Math.random() * from.length)] ?? 0, left: stickyBytes };
        current.set(topic, chosen);
      }
      chosen.left -= message.value?.length ?? 0;
      return chosen.partition;
    };
  };
}

/** The partitions with a leader that is near; if there are none those with any, and if none has one all. */
function preferred(partitions: readonly PartitionMetadata[], isNear: (one: PartitionMetadata) => boolean): number[] {
  const led = partitions.filter(({ leader }) => leader >= 0);
  const near = led.filter(isNear);
  const chosen = near.length > 0 ? near : led.length > 0 ? led : partitions;
  return chosen.map(({ partitionId }) => partitionId);
}

function hasKey(key: PartitionerArgs["message"]["key"]): boolean {
  return key !== undefined && key !== null;
}
