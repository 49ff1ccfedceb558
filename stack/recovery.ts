import { UserError } from "../cli/userError";
import { interruptedBy, withCreated, type Checkpoint, type RecordedResource } from "./checkpoint";
import { resourceLabel } from "./engineProgress";

/** The record of a stack: `pulumi stack export` as it is, with ciphertext for secrets. */
export interface StackRecord {
  readonly version: number;
  readonly deployment?: Checkpoint;
}

/** The parts of Pulumi and AWS that recovery needs; tests have others. */
export interface RecoveryWorld {
  readonly record: () => Promise<StackRecord>;
  readonly writeRecord: (record: StackRecord) => Promise<void>;
  /** Reads the properties of these resources from the provider into the record. */
  readonly refresh: (urns: readonly string[]) => Promise<void>;
  /** Ids of all that look like each resource; undefined where it makes no difference whether it was made. */
  readonly find: (
    resources: readonly RecordedResource[],
    provider: { readonly region?: string; readonly profile?: string },
  ) => Promise<readonly (readonly string[] | undefined)[]>;
  readonly pause: (ms: number) => Promise<void>;
  readonly report: (line: string) => void;
}

/**
 * The time in ms for which the record must have been still before anything is called absent. What AWS is told may show
 * up in its lists a while later (EC2 guide, "Eventual consistency"), and a call that was on its way when its caller was
 * killed takes its time.
 */
const settlesMs = 15_000;

/**
 * Puts the record of a stack right after an update that was killed: what it was making when it died is looked for in
 * AWS and, where it is there, taken into the record; what it was changing or deleting is read anew. Nothing is made or
 * deleted.
 */
export async function recoverInterrupted(world: RecoveryWorld): Promise<void> {
  const record = await world.record();
  const { deployment } = record;
  if (deployment === undefined) return;
  const { creations, unread } = interruptedBy(deployment);
  if ((deployment.pending_operations ?? []).length === 0 && unread.length === 0) return;

  world.report(
    `an earlier update was cut off: finding out what came of ${creations.length + unread.length} operations`,
  );
  const created = await findSettled(world, deployment, creations);
  for (const { resource, id } of created) world.report(`${resourceLabel(resource.urn)} was made: ${id}`);
  await world.writeRecord({ ...record, deployment: withCreated(deployment, created) });
  const urns = [...created.map(({ resource }) => resource.urn), ...unread];
  if (urns.length > 0) await world.refresh(urns);
}

async function findSettled(
  { find, pause }: RecoveryWorld,
  checkpoint: Checkpoint,
  wanted: readonly RecordedResource[],
): Promise<{ readonly resource: RecordedResource; readonly id: string }[]> {
  const provider = providerOf(checkpoint);
  // A role and its instance profile have the same id.
  const key = (type: string, id = "") => `${type} ${id}`;
  const recorded = new Set(checkpoint.resources?.map(({ type, id }) => key(type, id)));
  const findMade = async () => {
    const ids = await find(wanted, provider);
    return wanted.flatMap((resource, index) => {
      const found = ids[index]?.filter((id) => !recorded.has(key(resource.type, id)));
      return found === undefined ? [] : [{ resource, ids: found }];
    });
  };
  let found = await findMade();
  const unsettledMs = Date.parse(checkpoint.manifest.time) + settlesMs - Date.now();
  if (unsettledMs > 0 && found.some(({ ids }) => ids.length === 0)) {
    await pause(Math.min(unsettledMs, settlesMs));
    found = await findMade();
  }
  const doubtful = found.filter(({ ids }) => ids.length > 1);
  if (doubtful.length > 0) {
    const what = doubtful.map(({ resource, ids }) => `${resourceLabel(resource.urn)}, and there are ${ids.join(", ")}`);
    throw new UserError(
      `an earlier update was cut off while it made ${what.join("; ")}: delete in AWS those that nobody needs, or ` +
        "take their tags off, and run this again",
    );
  }
  return found.flatMap(({ resource, ids: [id] }) => (id === undefined ? [] : [{ resource, id }]));
}

/** The region and the identity with which the program's own provider works, as the record has it. */
function providerOf({ resources = [] }: Checkpoint): { readonly region?: string; readonly profile?: string } {
  const inputs = resources.find(({ type }) => type === "pulumi:providers:aws")?.inputs ?? {};
  const given = (name: string) => (typeof inputs[name] === "string" ? { [name]: inputs[name] } : {});
  return { ...given("region"), ...given("profile") };
}
