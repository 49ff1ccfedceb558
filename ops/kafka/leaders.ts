import { byTopic, type TopicPartition } from "./partitions";
import type { Request } from "./protocol";
import { Refusals } from "./refusal";

const preferred = 0;

/** The request to make the first replica the leader; to the controller. One that leads already is no error. */
export function electPreferred(partitions: readonly TopicPartition[] | "all", timeoutMs: number): Request<void> {
  return {
    apiKey: 43,
    apiVersion: 1,
    flexible: false,
    write: (writer) => {
      writer.int8(preferred);
      writer.structures(partitions === "all" ? null : byTopic(partitions), ([topic, its]) => {
        writer.text(topic);
        writer.int32s(its.map(({ partition }) => partition));
      });
      writer.int32(timeoutMs);
    },
    read: (reader) => {
      const refusals = new Refusals("ELECTION_NOT_NEEDED");
      reader.int32(); // throttle time
      refusals.add(reader.int16(), "the election");
      refusals.addPartitions(reader);
      refusals.raise();
    },
  };
}
