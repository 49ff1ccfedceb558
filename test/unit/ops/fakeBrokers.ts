/** Brokers on loopback that answer what a test wants them to, byte by byte. */
import { once } from "node:events";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import type { BrokerAddress } from "../../../ops/kafka/admin";
import { Reader, Writer } from "../../../ops/kafka/protocol";
import type { ClusterView } from "../../../ops/kafkaGate";

/** The answer's bytes after the correlation id, in hex; or the connection ends or stays without one. */
export type Answer = string | { readonly noAnswer: "closes" | "silent" };

const metadataKey = 3;

export class FakeBrokers {
  controllerId = 1;
  topics: ClusterView["topics"] = [];
  /** What a broker says of the cluster. */
  view: (broker: number) => ClusterView = () => ({
    brokers: [...this.servers.keys()].map((id) => this.address(id)),
    controllerId: this.controllerId,
    topics: this.topics,
  });
  /** @param times that this was asked before, of whomever */
  answer: (apiKey: number, times: number, broker: number) => Answer = () => ({ noAnswer: "closes" });
  /** Who was asked what, apart from metadata: `2: 46`. */
  readonly asked: string[] = [];
  private readonly servers = new Map<number, Server>();
  private readonly sockets = new Set<Socket>();

  static async start(...ids: readonly number[]): Promise<FakeBrokers> {
    const brokers = new FakeBrokers();
    for (const id of ids) {
      const server = createServer((socket) => brokers.serve(socket, id));
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
      brokers.servers.set(id, server);
    }
    return brokers;
  }

  address(id: number): BrokerAddress {
    return { id, host: "127.0.0.1", port: (this.servers.get(id)?.address() as AddressInfo).port };
  }

  stop(): void {
    for (const socket of this.sockets) socket.destroy();
    for (const server of this.servers.values()) server.close();
  }

  private serve(socket: Socket, id: number): void {
    this.sockets.add(socket);
    socket.on("error", () => undefined);
    socket.once("data", (request: Buffer) => {
      const apiKey = new Reader(request.subarray(4)).int16();
      const times = this.asked.filter((one) => one.endsWith(` ${apiKey}`)).length;
      if (apiKey !== metadataKey) this.asked.push(`${id}: ${apiKey}`);
      const answer = apiKey === metadataKey ? metadataAnswer(this.view(id)) : this.answer(apiKey, times, id);
      if (typeof answer !== "string") return answer.noAnswer === "closes" ? void socket.end() : undefined;
      const bytes = Buffer.from(`00000001${answer}`, "hex");
      const size = new Writer();
      size.int32(bytes.length);
      socket.end(Buffer.concat([size.bytes, bytes]));
    });
  }
}

/** As Kafka does: an error code at a partition without a leader. */
function metadataAnswer({ brokers, controllerId, topics }: ClusterView): string {
  const leaderNotAvailable = 5;
  const writer = new Writer();
  writer.structures(brokers, ({ id, host, port }) => {
    writer.int32(id);
    writer.text(host);
    writer.int32(port);
    writer.text(null); // rack
  });
  writer.int32(controllerId);
  writer.structures(topics, ({ name, partitions }) => {
    writer.int16(0);
    writer.text(name);
    writer.boolean(false);
    writer.structures(partitions, ({ partition, leader, replicas, isr }) => {
      writer.int16(leader < 0 ? leaderNotAvailable : 0);
      writer.int32(partition);
      writer.int32(leader);
      writer.int32s(replicas);
      writer.int32s(isr);
    });
  });
  return writer.bytes.toString("hex");
}
