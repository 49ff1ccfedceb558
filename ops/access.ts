/** Who may do what with the brokers, by the address from which he connects (docs/security.md). */
import { networkInterfaces } from "node:os";
import type { ClusterDescription } from "../planning/cluster/clusterDescription";
import { asFound, type Acl, type FoundAcl } from "./kafka/acls";
import type { KafkaAdmin } from "./kafka/admin";
import { KafkaRefusal, type ErrorName } from "./kafka/refusal";

const clusterResource = { resource: "cluster", name: "kafka-cluster" } as const;
const anyTopic = { resource: "topic", name: "*" } as const;
const anyGroup = { resource: "group", name: "*" } as const;
const anyTransaction = { resource: "transactional id", name: "*" } as const;

/**
 * The rights that a cluster is to have. From the cluster's own addresses everything; from any other what producers and
 * consumers do, and looking; nothing that makes, changes or deletes topics, groups or settings, and nothing that only
 * brokers say to one another. Pure.
 * @param own addresses from which everything is allowed; `*` for any
 */
export function wantedRights(own: readonly string[]): Acl[] {
  const allow = (on: Pick<Acl, "resource" | "name">, host: string, operations: readonly Acl["operation"][]): Acl[] =>
    operations.map((operation) => ({ ...on, host, operation, permission: "allow" }));
  return [
    ...own.flatMap((host) =>
      [clusterResource, anyTopic, anyGroup, anyTransaction].flatMap((on) => allow(on, host, ["all"])),
    ),
    ...allow(clusterResource, "*", ["describe", "describe configs", "idempotent write"]),
    ...allow(anyTopic, "*", ["read", "write", "describe", "describe configs"]),
    ...allow(anyGroup, "*", ["read", "describe"]),
    ...allow(anyTransaction, "*", ["write", "describe"]),
    // Kafka lets a client that calls itself an administrator write into its own topics: places of groups, transactions.
    ...["__consumer_offsets", "__transaction_state"].map((name): Acl => ({
      resource: "topic",
      name,
      host: "*",
      operation: "write",
      permission: "deny",
    })),
  ];
}

/** The denial by which the guardian stops all writing while disks are nearly full: it counts more than any right. */
const noWriting = asFound({ ...anyTopic, host: "*", operation: "write", permission: "deny" });

/** Whether an entry is the one by which all writing is stopped. */
export const stopsWriting = (acl: FoundAcl): boolean => key(acl) === key(noWriting);

const key = (acl: FoundAcl): string =>
  [acl.resource, acl.pattern, acl.name, acl.principal, acl.host, acl.operation, acl.permission].join(" ");

/** The entries that are missing, and those that the settings don't have. Pure. */
export function rightsDrift(wanted: readonly Acl[], found: readonly FoundAcl[]) {
  const entries = wanted.map(asFound);
  const [has, wants] = [found, entries].map((some) => new Set(some.map(key)));
  return {
    missing: entries.filter((acl) => !has?.has(key(acl))),
    foreign: found.filter((acl) => !wants?.has(key(acl))),
  };
}

/** The addresses from which everything is allowed: brokers, there or to come, this machine, and the administrators'. */
export function ownAddresses(
  { brokerAddresses, adminAddresses }: Pick<ClusterDescription, "brokerAddresses" | "adminAddresses">,
  machine: readonly string[] = machineAddresses(),
): string[] {
  return [...new Set([...brokerAddresses, ...machine, ...adminAddresses])];
}

/** This machine's IPv4 addresses. */
function machineAddresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((some) => some ?? []);
  return all.filter(({ family, internal }) => family === "IPv4" && !internal).map(({ address }) => address);
}

/** The part of the admin client that rights need. */
export type RightsAdmin = Pick<KafkaAdmin, "rights" | "giveRights" | "takeRights">;

/**
 * Makes the cluster's rights those that are wanted.
 * @param keepForeign whether entries that the settings don't have stay
 */
async function ensureRights(
  wanted: readonly Acl[],
  admin: RightsAdmin,
  keepForeign = false,
): Promise<{ readonly given: number; readonly taken: number }> {
  const { missing, foreign } = rightsDrift(wanted, await admin.rights());
  // Given before taken: whoever may give rights has to keep his own.
  if (missing.length > 0) await admin.giveRights(missing);
  const taken = keepForeign ? [] : foreign;
  if (taken.length > 0) await admin.takeRights(taken);
  return { given: missing.length, taken: taken.length };
}

/** The ways to the brokers by which rights can be given. */
export interface RightsWays {
  readonly direct: RightsAdmin;
  /** Does the work from a broker's own machine, which may do everything whatever this one's address is. */
  readonly throughBroker: <T>(work: (admin: RightsAdmin) => Promise<T>) => Promise<T>;
}

/**
 * Makes the cluster's rights those that are wanted, from a broker's machine where this one has no right to: its address
 * is then another one than when rights were given last. Does nothing while the brokers know no rights. Gives what was
 * done, in words; empty for nothing.
 */
export async function keepRights(wanted: readonly Acl[], ways: RightsWays, keepForeign = false): Promise<string> {
  try {
    const { given, taken } = await eitherWay(ways, (admin) => ensureRights(wanted, admin, keepForeign));
    return given + taken === 0 ? "" : `${given} rights given, ${taken} taken away`;
  } catch (error) {
    if (isRefusal(error, "SECURITY_DISABLED")) return "";
    throw error;
  }
}

/**
 * Stops all writing by clients, whatever their rights, or lets them write again; places of groups are kept in any case.
 * Gives whether it was otherwise before. Rejects when Kafka does not answer or knows no rights.
 */
export function stopWriting(stop: boolean, ways: RightsWays): Promise<boolean> {
  return eitherWay(ways, async (admin) => {
    if ((await admin.rights()).some(stopsWriting) === stop) return false;
    await (stop ? admin.giveRights([noWriting]) : admin.takeRights([noWriting]));
    return true;
  });
}

function eitherWay<T>(ways: RightsWays, work: (admin: RightsAdmin) => Promise<T>): Promise<T> {
  return work(ways.direct).catch((error: unknown) => {
    if (isRefusal(error, "CLUSTER_AUTHORIZATION_FAILED")) return ways.throughBroker(work);
    throw error;
  });
}

const isRefusal = (error: unknown, name: ErrorName): boolean =>
  error instanceof KafkaRefusal && error.refusals.every((one) => one.error === name);
