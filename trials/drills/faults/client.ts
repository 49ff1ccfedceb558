/** A client does harm, or something odd: on a host of its own, in the network of any other client. */
import { bundle } from "../../../artifacts/bundle";
import type { StackOutputs } from "../../../planning/cluster/outputs";
import { ClientHosts } from "../../clientHost/clientHost";
import {
  begunLine,
  type ClientFaultParameters,
  type Harm,
  type OldEventsResult,
} from "../../jobs/clientFault/parameters";
import type { Outcome } from "../../jobs/clientFault/perform";
import type { Word } from "../../jobs/drill/parameters";
import { within } from "../../jobs/drill/within";
import { java, node } from "../../jobs/jobUserData";
import type { Machines } from "../machines";
import type { Injected } from "./scene";

/** What a client's fault is made with. */
export interface ClientScene {
  readonly outputs: StackOutputs;
  readonly machines: Machines;
  /** Subnets for the client host: it runs in the first one that has room. */
  readonly subnetIds: readonly string[];
  readonly topic: string;
  readonly partitions: number;
  /** Names of the nodes that another fault of this run hits, also of one that is yet to be made. */
  readonly hit: readonly string[];
  readonly report: (line: string) => void;
  readonly signal: AbortSignal;
}

const job = "drill-client";
/** The client host, as `Machines` names it. */
export const clientNode = `client-${job}`;

const bootSeconds = 180;
/** Seconds that a client may go on after it was told to end. */
export const endSeconds = 60;

/** A client that is at work. */
interface Client {
  /** When it began, ms since 1970. */
  readonly at: number;
  /** Tells it something while it works. */
  readonly tell: (word: Word) => Promise<void>;
  /** Has it end, and gives its result. */
  readonly end: () => Promise<unknown>;
  readonly result: Promise<unknown>;
}

/**
 * Starts a client, and returns when it has begun.
 * @param seconds that it may take in all
 * @param onLine told each line of its log
 */
export async function startClient(
  { outputs, machines, subnetIds, topic, report, signal }: ClientScene,
  parameters: ClientFaultParameters,
  seconds: number,
  onLine: (line: string, client: Pick<Client, "tell">) => void = () => undefined,
): Promise<Client> {
  // Only those that make topics are administrators; harm is to be done with what any client may.
  const doesHarm = parameters.kind === "bad-client" || parameters.kind === "vast-event";
  const admit = doesHarm ? undefined : (address: string) => machines.admit(address);
  const needsJava = parameters.kind === "slow-consumer";
  const hosts = new ClientHosts({ ...outputs, admit });
  const controlKey = `jobs/${topic}-client.json`;
  const tell = (word: Word) => hosts.put(controlKey, JSON.stringify(word));
  let begun: (at: number) => void = () => undefined;
  const begins = new Promise<number>((resolve) => (begun = resolve));
  const result = hosts.run({
    name: job,
    bundle: await bundle("trials/jobs/clientFaultJob", { minify: true }),
    parameters,
    archiveKey: needsJava ? await hosts.findObject("artifacts/kafka-") : undefined,
    controlKey,
    subnetIds,
    needs: needsJava ? [node, java] : [node],
    jobSeconds: seconds,
    deadlineSeconds: seconds + bootSeconds,
    report: (line) => {
      const at = Number(new RegExp(`\\| ${begunLine} (\\d+)$`).exec(line)?.[1]);
      if (at > 0) begun(at);
      report(`  ${line}`);
      onLine(line, { tell });
    },
    signal,
  });
  // Looked at by whoever waits next.
  result.catch(() => undefined);
  const never = result.then((): never => {
    throw new Error("the client ended before it had begun");
  });
  const at = await Promise.race([begins, never]);
  const end = async () => {
    await tell({ stop: true });
    return within(endSeconds * 1000, result);
  };
  return { at, tell, end, result };
}

/** What every client is told. */
export const parametersOf = ({ outputs, topic, partitions }: ClientScene) => ({
  brokers: outputs.brokers.map(({ id, address }) => ({ id, address })),
  clientProperties: outputs.clientProperties,
  topic,
  partitions,
});

/** The processes of all brokers, by node. */
async function processes(machines: Machines): Promise<Map<string, string>> {
  const all = machines.cluster.brokers.map(
    async ({ name }) => [name, (await machines.runOnNode(name, "process")).trim()] as const,
  );
  return new Map(await Promise.all(all));
}

/** A fault that a client makes by itself, for so many seconds. */
export type ClientFault = (scene: ClientScene, seconds: number) => Promise<Injected>;

/**
 * A client sends what does harm. The fault's end rejects when a broker has ended meanwhile, and names it.
 * @param what it sends, in words
 */
export function harmfulClient(kind: Harm, what: string): ClientFault {
  return async (scene, seconds) => {
    const { machines, hit, report } = scene;
    const before = await processes(machines);
    const client = await startClient(scene, { kind, seconds, ...parametersOf(scene) }, seconds + endSeconds);
    let isOver = false;
    return {
      what: `a client sends ${what} to ${before.size} brokers`,
      nodes: [],
      at: client.at,
      undo: async () => {
        if (isOver) return;
        isOver = true;
        const outcomes = (await client.end()) as readonly Outcome[] | undefined;
        for (const { name, opened, closed, refused, received } of outcomes ?? []) {
          const megabytes = (received / 1e6).toFixed(1);
          report(`${name}: ${opened} connections, ${closed} closed, ${refused} refused, ${megabytes} MB came back`);
        }
        const after = await processes(machines);
        const others = [...before].filter(([name]) => !hit.includes(name));
        const ended = others.filter(([name, process]) => after.get(name) !== process).map(([name]) => name);
        if (ended.length > 0) throw new Error(`ended by what a client sent: ${ended.join(", ")}`);
      },
    };
  };
}

/** Events come with times of long ago, and of the future. Its end rejects when one was deleted early, or never. */
export async function oldEvents(scene: ClientScene, seconds: number): Promise<Injected> {
  const { machines, report } = scene;
  const { replicationFactor, brokers } = machines.cluster;
  const replicas = brokers.slice(0, replicationFactor).map(({ id }) => id);
  const client = await startClient(
    scene,
    { kind: "old-events", replicas, ...parametersOf(scene) },
    seconds + endSeconds,
  );
  let isOver = false;
  return {
    what: "events of nine days ago and of next year, into a topic of a week and into one of 30 s",
    nodes: [],
    at: client.at,
    undo: async () => {
      if (isOver) return;
      isOver = true;
      const { written, kept, leftAfterRetention } = (await client.result) as OldEventsResult;
      const all = Object.values(written).reduce((sum, count) => sum + count, 0);
      report(`of ${all} events ${kept} are kept for a week, and ${leftAfterRetention} of as many beyond their 30 s`);
      if (kept !== all) throw new Error(`${all - kept} of ${all} acknowledged events are gone that should be kept`);
      if (leftAfterRetention > 0) throw new Error(`${leftAfterRetention} of ${all} events are kept for ever`);
    },
  };
}
