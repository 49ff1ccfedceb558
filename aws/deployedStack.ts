import * as pulumi from "@pulumi/pulumi";
import type { OwnVolume } from "../planning/checks/volumeChoice";
import { initializedMarkerKey, tagKeys } from "../planning/cluster/names";

/** What this stack's state has of the cluster before anything is changed. */
export interface DeployedStack {
  /** The cluster that its data volumes belong to; undefined while it has none. */
  readonly clusterName?: string;
  /** Its private DNS zone; undefined while it has none. */
  readonly domain?: string;
  /** Node name -> its data volume. */
  readonly volumes: Readonly<Record<string, OwnVolume>>;
  /** Whether the ZooKeeper ensemble has been started once; still so when all but the volumes has been destroyed. */
  readonly ensembleStarted: boolean;
}

interface StateResource {
  readonly type: string;
  readonly outputs: Readonly<Record<string, unknown>>;
}

/** Asks the engine, which reads the state as the last update has left it; in a preview too. */
export async function deployedStack(): Promise<DeployedStack> {
  const stackName = `${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`;
  const answer: unknown = await pulumi.runtime.invoke("pulumi:pulumi:readStackResourceOutputs", { stackName });
  const resources = Object.values((answer as { outputs: Record<string, StateResource> }).outputs);
  const outputsOf = (type: string) =>
    resources.filter((resource) => resource.type === type).map(({ outputs }) => outputs);

  const owned = outputsOf("aws:ebs/volume:Volume").map(volumeOf);
  const [stack, zone] = [outputsOf("pulumi:pulumi:Stack")[0], outputsOf("aws:route53/zone:Zone")[0]];
  const hasMarker = resources.some(({ outputs }) => outputs.key === initializedMarkerKey);
  // Outputs alone say nothing: a failed update writes them too, where they do not depend on what has failed. With no bucket
  // all but the volumes has been destroyed since.
  const wasDestroyed = stack?.bootstrapServers !== undefined && outputsOf("aws:s3/bucket:Bucket").length === 0;
  return {
    clusterName: owned[0]?.clusterName,
    domain: zone?.name as string | undefined,
    volumes: Object.fromEntries(owned.map(({ node, volume }) => [node, volume])),
    ensembleStarted: hasMarker || wasDestroyed,
  };
}

function volumeOf(outputs: StateResource["outputs"]) {
  const { arn, size, availabilityZone, tags } = outputs as {
    readonly arn: string;
    readonly size: number;
    readonly availabilityZone: string;
    readonly tags: Readonly<Record<string, string>>;
  };
  return {
    node: tags[tagKeys.node] ?? "",
    clusterName: tags[tagKeys.cluster],
    volume: { id: arn.slice(arn.lastIndexOf("/") + 1), sizeGiB: size, zone: availabilityZone },
  };
}
