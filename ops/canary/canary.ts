/**
 * The canary: an application of the cluster that writes an event a second to every partition of its topic, of which
 * each broker leads one, and reads it. How long that takes and for how long it does not go is what clients feel of the
 * cluster, measured for ever (docs/operations.md, "Canary"). Beside it looks at all consumer groups.
 */
import { setTimeout as pause } from "node:timers/promises";
import type { ClusterDescription, ClusterNode } from "../../planning/cluster/clusterDescription";
import { fileChanges } from "../fileChanges";
import type { BrokerAddress } from "../kafka/metadata";
import { clusterAdmin, kafkaAddress } from "../kafkaClient";
import { groupRegistry } from "../groups/groupMetrics";
import { groupSources, GroupLookout, type GroupSources } from "../groups/lookout";
import { MetricsFile } from "../metrics";
import type { TopicAdmin } from "../topics";
import { CanaryBook, tickMs } from "./book";
import { waitingRegistry } from "./canaryMetrics";
import { CanaryClients } from "./clients";
import { Exchange } from "./exchange";
import { answers } from "./probe";
import { keepCanaryTopic, type CanaryPartition } from "./topic";
import { withoutRepeats } from "./withoutRepeats";

const writeMs = 2000;
const probeMs = 5000;
const groupsMs = 15_000;
/** The time in ms between two looks at the topic, when it is there and while it is not. */
const topicMs = { kept: 60_000, missing: 5000 } as const;
/** The time in ms for the reader to leave its group. */
const leaveMs = 3000;
/** The time in ms for each question of the topic. */
const adminMs = 10_000;

/** What the canary works with. */
export interface CanaryWorld {
  readonly admin: TopicAdmin;
  readonly address: (node: ClusterNode) => BrokerAddress;
  readonly groups: GroupSources;
  readonly files: { readonly canary: MetricsFile; readonly groups: MetricsFile };
  readonly say: (line: string) => void;
  /** The reason to end, if there is one. */
  readonly ended: () => string | undefined;
}

/** The world on the ops host. The canary ends when one of the files has changed or the process is told to. */
export function canaryWorld(cluster: ClusterDescription, files: readonly string[]): CanaryWorld {
  const changed = fileChanges(files);
  let signal: string | undefined;
  for (const name of ["SIGTERM", "SIGINT"] as const) process.on(name, () => (signal = name));
  return {
    admin: clusterAdmin(cluster, adminMs),
    address: kafkaAddress,
    groups: groupSources(cluster),
    files: { canary: new MetricsFile("canary"), groups: new MetricsFile("groups") },
    say: withoutRepeats((line) => console.log(line)),
    ended: () => {
      const file = changed();
      return signal ?? (file && `${file} has changed`);
    },
  };
}

/**
 * Runs the canary. Returns when it is told to end, or when its topic has other partitions or they have other preferred
 * leaders: whoever keeps it running (systemd) then starts it anew.
 */
export async function runCanary(cluster: ClusterDescription, world: CanaryWorld): Promise<void> {
  await new Canary(cluster, world).run();
}

class Canary {
  private readonly answering = new Map<string, boolean>();
  private problem = "";
  private groupsProblem = "";
  private endReason: string | undefined;

  constructor(
    private readonly cluster: ClusterDescription,
    private readonly world: CanaryWorld,
  ) {}

  async run(): Promise<void> {
    const { cluster, world } = this;
    const lookout = new GroupLookout(world.groups);
    const beside = [this.every(probeMs, () => this.probeAll()), this.every(groupsMs, () => this.lookAtGroups(lookout))];
    const partitions = await this.topic();
    if (partitions.length > 0) {
      const book = new CanaryBook(cluster.brokers, partitions, world.say);
      const exchange = new Exchange(new CanaryClients(cluster.brokers.map(world.address), world.say), book);
      exchange.start(partitions.map(({ partition }) => partition));
      world.say(`${cluster.clusterName}: writing and reading ${partitions.length} partitions, one event a second each`);
      const ticker = setInterval(() => book.tick(), tickMs);
      await Promise.all([
        this.every(writeMs, () => world.files.canary.write(...book.registries(this.answering))),
        this.every(topicMs.kept, () => this.keepTopic(partitions)),
      ]);
      clearInterval(ticker);
      await Promise.race([exchange.stop(), pause(leaveMs)]);
    }
    await Promise.all(beside);
    world.say(`${this.ended()}: ends`);
  }

  /** Waits for the topic. Gives its partitions; none when the canary is to end. */
  private async topic(): Promise<readonly CanaryPartition[]> {
    const { cluster, world } = this;
    let partitions: readonly CanaryPartition[] = [];
    await this.every(
      topicMs.missing,
      async () => {
        partitions = await this.askTopic();
        if (partitions.length === 0) await world.files.canary.write(waitingRegistry(cluster.brokers, this.answering));
      },
      () => partitions.length > 0,
    );
    return partitions;
  }

  private async keepTopic(partitions: readonly CanaryPartition[]): Promise<void> {
    const now = await this.askTopic();
    // A topic that nobody sees for the moment is no other one.
    if (now.length === 0 || JSON.stringify(now) === JSON.stringify(partitions)) return;
    this.endReason = "the topic has other partitions or leaders";
  }

  /** The topic's partitions, as far as they are known. Says once what keeps it from being as it is to be. */
  private async askTopic(): Promise<readonly CanaryPartition[]> {
    const { cluster, world } = this;
    const { partitions, problem = "" } = await keepCanaryTopic(cluster, world.admin, world.say);
    if (problem !== "" && problem !== this.problem) world.say(`its topic is left as it is: ${problem}`);
    this.problem = problem;
    return partitions;
  }

  private async probeAll(): Promise<void> {
    const { cluster, world } = this;
    const asked = cluster.brokers.map(async (node) =>
      this.answering.set(node.name, await answers(world.address(node))),
    );
    await Promise.all(asked);
  }

  /** How far the consumer groups are behind: here, so that the guardian never waits for it. */
  private async lookAtGroups(lookout: GroupLookout): Promise<void> {
    const { world } = this;
    try {
      await world.files.groups.write(groupRegistry(await lookout.look(), Date.now()));
      this.groupsProblem = "";
    } catch (error) {
      const problem = `the groups can't be looked at: ${(error as Error).message}`;
      if (problem !== this.groupsProblem) world.say(problem);
      this.groupsProblem = problem;
    }
  }

  /** Does something over and over, until the canary is to end or it is enough. */
  private async every(ms: number, work: () => Promise<void>, enough = () => false): Promise<void> {
    while (this.ended() === undefined) {
      const next = performance.now() + ms;
      await work();
      if (enough()) return;
      while (performance.now() < next && this.ended() === undefined)
        await pause(Math.min(500, next - performance.now()));
    }
  }

  private ended(): string | undefined {
    return this.endReason ?? this.world.ended();
  }
}
