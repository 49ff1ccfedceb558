/** What an update may not do unless it is named explicitly, and what never. Pure. */
import { opsNode } from "../planning/cluster/names";
import { UsageError } from "../cli/userError";
import { resourceLabel, resourceType } from "./engineProgress";
import type { PlannedStep } from "./plannedSteps";

/** The losses by type of resource. The ops host may lose what it has: it keeps nothing but the metrics of some days. */
const losses: Readonly<Record<string, string>> = {
  "aws:ebs/volume:Volume": "all that is on it would be lost to the cluster",
  "aws:ec2/networkInterface:NetworkInterface":
    "its node's instance would be ended, and with another address nobody finds it",
  "aws:autoscaling/group:Group":
    "its node's instance would be ended without a controlled shutdown, whatever the state of the other nodes",
  "aws:s3/bucket:Bucket": "nodes boot from what is in it, and ZooKeeper's right to vote is recorded there",
  "aws:route53/zone:Zone": "clients know the brokers by its names",
};
const replaceableOnOpsHost = [
  "aws:ec2/networkInterface:NetworkInterface",
  "aws:autoscaling/group:Group",
  "aws:ebs/volume:Volume",
];

/** Reads `--remove kafka-7,kafka-6`. Throws a UsageError for what is no broker's name. */
export function parseRemove(text: string): string[] {
  return text.split(",").map((word) => {
    const name = word.trim();
    if (/^kafka-[1-9]\d*$/.test(name)) return name;
    throw new UsageError(
      /^zookeeper-\d+$/.test(name)
        ? `--remove ${name}: the members of a ZooKeeper ensemble are fixed; only brokers can be removed`
        : `--remove ${text}: names of brokers are wanted, e.g. --remove kafka-7,kafka-6`,
    );
  });
}

/**
 * The reasons for which this update may not run, each with what would happen, what that costs and what to do; none when
 * all is well.
 *
 * @param named brokers that may go with all that they have (`--remove`)
 * @param emptied the node whose volume may be replaced, and with it its group (`--replace-volume`)
 */
export function refusals(
  steps: readonly PlannedStep[],
  named: readonly string[],
  stack: string,
  emptied?: string,
): string[] {
  const { going, staying } = nodesOf(steps);
  const unnamed = going.filter((node) => !named.includes(node));
  return [
    ...named.filter((node) => staying.includes(node)).map(stays),
    ...(unnamed.some(isBroker) ? [unwanted(unnamed.filter(isBroker), going.filter(isBroker), stack)] : []),
    ...unnamed.filter((node) => !isBroker(node)).map(unwantedMember),
    ...steps
      .filter((step) => isDangerous(step) && !going.includes(step.node ?? "") && !isEmptying(step, emptied))
      .map(danger),
  ];
}

/** Brokers that the update would delete, the first one first. */
export function leavingBrokers(steps: readonly PlannedStep[]): string[] {
  return nodesOf(steps).going.filter(isBroker);
}

/** The resources that Pulumi has to be allowed to delete before the named nodes can go. */
export function protectedParts(steps: readonly PlannedStep[], named: readonly string[]): PlannedStep[] {
  return steps.filter((step) => step.protected && step.change === "deleted" && named.includes(step.node ?? ""));
}

/**
 * The nodes that would be deleted, and those that the settings name: their parts are all among the steps, changed or
 * not.
 */
function nodesOf(steps: readonly PlannedStep[]): { readonly going: string[]; readonly staying: string[] } {
  const staying = new Set<string>();
  const touched = new Set<string>();
  for (const { node, change } of steps) {
    if (node === undefined || node === opsNode) continue;
    if (change === "deleted") touched.add(node);
    else staying.add(node);
  }
  return { going: [...touched].filter((node) => !staying.has(node)).sort(byNumber), staying: [...staying] };
}

const emptying = ["aws:ebs/volume:Volume", "aws:autoscaling/group:Group"];

/** Whether the step belongs to the replacement of this node's volume. */
function isEmptying({ urn, node, change }: PlannedStep, emptied: string | undefined): boolean {
  return emptied !== undefined && node === emptied && change === "replaced" && emptying.includes(resourceType(urn));
}

function isDangerous({ urn, node, deletes, protected: isProtected }: PlannedStep): boolean {
  if (!deletes) return false;
  const type = resourceType(urn);
  return isProtected || (type in losses && !(node === opsNode && replaceableOnOpsHost.includes(type)));
}

function danger({ urn, change, because }: PlannedStep): string {
  const reason = because.length > 0 ? ` by a change of ${because.join(", ")}` : "";
  const loss = losses[resourceType(urn)] ?? "it is protected";
  return (
    `${resourceLabel(urn)} would be ${change}${reason}: ${loss}; no update does that: take back the change ` +
    "that causes it"
  );
}

/**
 * The refusal of brokers that would go and may not.
 * @param going all brokers that would go, those that are named too
 */
function unwanted(brokers: readonly string[], going: readonly string[], stack: string): string {
  return (
    `${brokers.join(", ")} would be deleted for good: if that is meant, \`npm run deploy -- --stack ${stack} ` +
    `--remove ${going.toReversed().join(",")}\` does it, after their copies of partitions have been moved to the ` +
    `brokers that stay; if not, set brokerCount back to ${numberOf(going.at(-1))}`
  );
}

function unwantedMember(node: string): string {
  return (
    `${node} would be deleted with its volume: the members of a ZooKeeper ensemble are fixed; set ` +
    "zookeeperCount back"
  );
}

function stays(node: string): string {
  return (
    `--remove ${node}: it would stay, as brokerCount includes it; set brokerCount to ${numberOf(node) - 1} or ` +
    "less, or don't name it"
  );
}

const isBroker = (node: string) => node.startsWith("kafka-");
const numberOf = (node = "") => Number(node.slice(node.lastIndexOf("-") + 1));
const byNumber = (a: string, b: string) => numberOf(a) - numberOf(b);
