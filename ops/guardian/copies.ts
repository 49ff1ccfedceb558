import type { ClusterDescription } from "../../planning/cluster/clusterDescription";
import { allPartitions, copySizes, labelOf, type CopySizes } from "../balance/placementNow";
import { removeThrottles, throttledThings } from "../balance/throttles";
import { processRuns } from "../commandLine";
import { onNode } from "../evidence";
import { examples } from "../gateVerdict";
import { insyncPartitions } from "../insync";
import type { KafkaAdmin } from "../kafka/admin";
import { clusterAdmin } from "../kafkaClient";
import type { ClusterView } from "../kafkaGate";
import { allWarm } from "./leadership";
import type { Memory } from "./memory";
import { noted } from "./nextActions";

const everyMs = 60_000;
/** The time in ms of each call: it must not hold up the observation of the nodes. */
const deadlineMs = 5000;
/** The time in ms after which a copy that gets no nearer to being in sync is stuck. */
const stuckMs = 10 * 60_000;
/** The time in ms after which a broker may be restarted for its copies again. */
const restartAgainMs = 6 * 60 * 60_000;

/** A copy that is not in sync, though its broker is in service. */
interface Behind {
  readonly broker: string;
  readonly label: string;
  /** The bytes that it lacked when it was nearest, and when that was. */
  readonly lacking: number;
  readonly since: number;
  /** Its bytes then. */
  readonly bytes: number;
  /** Whether it has grown since. */
  readonly grows: boolean;
}

/** The parts of the admin client by which copies are watched. */
export type CopiesAdmin = Pick<KafkaAdmin, "metadata" | "configs" | "setConfigs" | "reassignments" | "logDirs">;

/**
 * Looks once a minute for what keeps copies out of sync though every broker is in service: throttles that a killed
 * `balance` has left, which are removed, and copies that get no nearer. Where these are one broker's alone and the
 * others can do without it, its service is restarted: that begins all its copying anew.
 */
export class Copies {
  private lookedAt = -Infinity;
  private throttled = false;
  private behind: ReadonlyMap<string, Behind> = new Map();

  constructor(
    private readonly cluster: Pick<ClusterDescription, "brokers" | "zookeeper" | "minimumRunning">,
    private readonly restart: (node: string) => Promise<void>,
    private readonly admin: CopiesAdmin = clusterAdmin(cluster, deadlineMs),
    private readonly balanceRuns = () => processRuns("balance", "run"),
  ) {}

  /**
   * Looks, says what is new, and mends it. Gives the memory with it. Rejects when Kafka does not answer or refuses, or
   * a broker can't be restarted.
   */
  async mend(memory: Memory, dryRun: boolean, now: number, say: (line: string) => void): Promise<Memory> {
    if (now - this.lookedAt < everyMs) return memory;
    this.lookedAt = now;
    const [view, moving] = await Promise.all([this.admin.metadata(), this.admin.reassignments()]);
    const names = await throttledThings(this.admin);
    const concerns: string[] = [];
    let left = false;
    if (names.length > 0 && !this.balanceRuns()) {
      left = moving.length === 0;
      concerns.push(
        left
          ? `throttles are set on ${examples(names)}, and nothing moves: they hold back copies that have to catch up`
          : `${moving.length} partitions are being moved, throttled, and nobody watches: run npm run ops -- balance`,
      );
    }
    this.behind = this.lookAtCopies(memory, now, view, await this.sizes(memory, view), new Set(moving.map(labelOf)));
    const stuck = [...this.behind.values()].filter(({ since }) => now - since >= stuckMs);
    const brokers = [...new Set(stuck.map(({ broker }) => broker))].sort();
    for (const broker of brokers) {
      const own = stuck.filter((one) => one.broker === broker);
      concerns.push(
        `${broker}: its copies of ${examples(own.map(({ label }) => label))} have not come nearer to being in sync ` +
          `for ${stuckMs / 60_000} minutes${own.some(({ grows }) => grows) ? ", though they grow" : ""}`,
      );
    }
    for (const concern of concerns) if (!memory.concerns.includes(concern)) say(concern);
    const seen = { ...memory, concerns };
    const waited = this.throttled;
    this.throttled = left;
    // One more look: whoever moves copies by hand sets throttles first.
    if (left && waited) return this.unthrottle(seen, names, dryRun, now, say);
    const [broker] = brokers;
    const one = stuck.every(({ grows }) => !grows) && brokers.length === 1 ? broker : undefined;
    if (one === undefined || moving.length > 0 || names.length > 0) return seen;
    return (await this.canSpare(one, seen, view, now)) ? this.restarted(seen, one, dryRun, now, say) : seen;
  }

  /** The sizes of all copies, where one is not in sync. */
  private async sizes(memory: Memory, view: ClusterView): Promise<CopySizes> {
    const lacking = allPartitions(view).some(({ replicas, isr }) => isr.length < replicas.length);
    return lacking ? copySizes(await this.admin.logDirs()) : new Map();
  }

  private lookAtCopies(
    memory: Memory,
    now: number,
    view: ClusterView,
    sizes: CopySizes,
    moving: ReadonlySet<string>,
  ): Map<string, Behind> {
    const serving = new Map(
      this.cluster.brokers.flatMap(({ id, name }) =>
        memory.nodes[name]?.wellSince === undefined ? [] : [[id, name] as const],
      ),
    );
    const found = allPartitions(view).flatMap((one) => {
      const label = labelOf(one);
      if (one.leader < 0 || moving.has(label)) return [];
      return one.replicas.flatMap((id) => {
        const broker = serving.get(id);
        if (broker === undefined || one.isr.includes(id)) return [];
        const bytes = sizes.get(label)?.get(id) ?? 0;
        const lacking = (sizes.get(label)?.get(one.leader) ?? 0) - bytes;
        const before = this.behind.get(`${label} ${broker}`);
        const nearer = before === undefined || lacking < before.lacking;
        const fresh = { broker, label, lacking, since: now, bytes, grows: false };
        return [nearer ? fresh : { ...before, grows: bytes > before.bytes }];
      });
    });
    return new Map(found.map((one) => [`${one.label} ${one.broker}`, one]));
  }

  private async unthrottle(
    memory: Memory,
    names: readonly string[],
    dryRun: boolean,
    now: number,
    say: (line: string) => void,
  ): Promise<Memory> {
    if (!dryRun) await removeThrottles(this.admin);
    const text = `${dryRun ? "would remove" : "removed"} the throttles of ${examples(names)}: no balance runs`;
    if (memory.decisions.at(-1)?.text === text) return memory;
    say(text);
    return noted({ ...memory, concerns: dryRun ? memory.concerns : [] }, "cluster", text, now);
  }

  /** Whether the broker can be taken away for a moment: all are well, and the others have enough copies in sync. */
  private async canSpare(name: string, memory: Memory, view: ClusterView, now: number): Promise<boolean> {
    const { brokers, minimumRunning } = this.cluster;
    const id = brokers.find((broker) => broker.name === name)?.id;
    const { restartedAt = -Infinity } = memory.nodes[name] ?? {};
    if (now - restartedAt < restartAgainMs || brokers.length <= minimumRunning) return false;
    if (!allWarm(memory, Object.keys(memory.nodes), now)) return false;
    const partitions = await insyncPartitions(this.admin, view);
    return partitions.every(
      ({ replicas, isr, minInsyncReplicas }) =>
        id === undefined || !replicas.includes(id) || isr.filter((one) => one !== id).length >= minInsyncReplicas,
    );
  }

  private async restarted(
    memory: Memory,
    node: string,
    dryRun: boolean,
    now: number,
    say: (line: string) => void,
  ): Promise<Memory> {
    const text = `${dryRun ? "would restart" : "restarts"} its service, so that it begins to copy anew`;
    say(`${node}: ${text}`);
    if (!dryRun) await this.restart(node);
    const known = memory.nodes[node];
    const nodes = known === undefined ? memory.nodes : { ...memory.nodes, [node]: { ...known, restartedAt: now } };
    return noted({ ...memory, nodes }, node, text, now);
  }
}

/** Restarts a broker's service in an orderly way, by SSH. Rejects with the node's words. */
export function restartBroker(cluster: ClusterDescription): (node: string) => Promise<void> {
  return async (node) => {
    const host = cluster.brokers.find(({ name }) => name === node)?.privateIp ?? "";
    const script = "sudo -n systemctl restart --no-block kafka.service && echo restarts";
    const output = await onNode(cluster, host, script, deadlineMs / 1000);
    if (!/^restarts$/m.test(output)) throw new Error(`${node} could not be restarted: ${output}`);
  };
}
