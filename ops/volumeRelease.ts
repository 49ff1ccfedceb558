/** Whether a node may lose what is on its data volume, and the end of its service before that. */
import { describeMissing, examples } from "./gateVerdict";
import { partitionName } from "./kafka/partitions";
import type { RollObservation, RollRules } from "./roll/nextAction";
import type { RollWorld } from "./roll/run";

/**
 * The reasons for which this node may not lose its volume: all that is on it has to be on others, in sync, who are all
 * well; so never two nodes at once. Pure.
 */
export function releaseRefusals(
  node: string,
  view: RollObservation,
  { pool, minimumRunning }: Pick<RollRules, "pool" | "minimumRunning">,
): string[] {
  const id = view.nodes.find(({ name }) => name === node)?.id;
  const others = view.nodes.filter(({ name }) => name !== node);
  const out = others.filter(({ problem, groupBusy }) => problem !== undefined || groupBusy !== undefined);
  const short = view.partitions
    .filter(({ replicas }) => id !== undefined && replicas.includes(id))
    .filter(({ isr, minInsyncReplicas }) => isr.filter((one) => one !== id).length < Math.max(1, minInsyncReplicas));
  const refusals = [
    out.length > 0 &&
      `${out.map(({ name, problem, groupBusy }) => `${name} is out (${problem ?? `its group ${groupBusy}`})`).join(", ")}`,
    pool === "kafka" &&
      others.length < minimumRunning &&
      `only ${others.length} other brokers are left, and brokerMinimumRunning is ${minimumRunning}`,
    view.zookeeperMissing.length > 0 && `ZooKeeper is not whole: ${describeMissing(view.zookeeperMissing, 3)}`,
    view.moving.length > 0 && `${view.moving.length} partitions are being moved (${examples(view.moving)})`,
    pool === "kafka" && view.partitions.length === 0 && "the brokers do not tell of any partition",
    short.length > 0 &&
      `${short.length} partitions have fewer than min.insync.replicas copies in sync on other brokers: ` +
        `${examples(short.map(({ topic, partition }) => partitionName(topic, partition)))}; wait until they have, or ` +
        "give their topics more copies",
  ];
  return refusals.filter((one) => one !== false);
}

/**
 * Says whether the node may lose its volume, and if it may and is to, stops its service, so that its leaders move in an
 * orderly way. Gives whether it may. Rejects when the cluster can't be asked, or the service does not stop.
 */
export async function releaseVolume(
  node: string,
  world: Pick<RollWorld, "observe" | "stopService">,
  options: Pick<RollRules, "pool" | "minimumRunning"> & {
    readonly stop: boolean;
    readonly report: (line: string) => void;
    readonly complain: (line: string) => void;
  },
): Promise<boolean> {
  const { stop, report, complain } = options;
  const view = await world.observe();
  const refusals = releaseRefusals(node, view, options);
  if (refusals.length > 0) {
    complain(`${node} may not lose what is on its volume:\n${refusals.map((one) => `  ${one}`).join("\n")}`);
    return false;
  }
  report(`${node}: all that is on its volume is in sync on others, which are well`);
  const inService = view.nodes.some(({ name, problem }) => name === node && problem === undefined);
  if (stop && inService) {
    await world.stopService(node);
    report(`${node}: its service is stopped`);
  }
  return true;
}
