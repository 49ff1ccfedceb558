import { setTimeout } from "node:timers/promises";
import * as pulumi from "@pulumi/pulumi";
import type { OwnVolume } from "../planning/checks/volumeChoice";
import { componentTypes, initializedMarkerKey, tagKeys } from "../planning/cluster/names";

/** The part of a cluster that the stack's state has before anything is changed. */
export interface DeployedCluster {
  /** The cluster that its data volumes belong to; undefined while it has none. */
  readonly clusterName?: string;
  /** Its private DNS zone; undefined while it has none. */
  readonly domain?: string;
  /** Node name -> its data volume. */
  readonly volumes: Readonly<Record<string, OwnVolume>>;
  /** The size of the volume for metrics; undefined without one. */
  readonly monitoringVolumeGiB?: number;
  /** Whether the ZooKeeper ensemble has been started once; still so when all but the volumes has been destroyed. */
  readonly ensembleStarted: boolean;
}

interface StateResource {
  readonly type: string;
  readonly outputs: Readonly<Record<string, unknown>>;
}

/**
 * Asks the engine, which reads the state as the last update has left it; in a preview too.
 * @param name the name of the `KafkaCluster` in its program, which may have several
 */
export async function deployedCluster(name: string): Promise<DeployedCluster> {
  const stackName = `${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`;
  const answer: unknown = await whole(() =>
    pulumi.runtime.invoke("pulumi:pulumi:readStackResourceOutputs", { stackName }),
  );
  const resources = Object.entries((answer as { outputs: Record<string, StateResource> }).outputs)
    .filter(([urn]) => isPartOf(name, urn))
    .map(([, resource]) => resource);
  const outputsOf = (type: string) =>
    resources.filter((resource) => resource.type === type).map(({ outputs }) => outputs);

  const isForMetrics = ({ tags }: StateResource["outputs"]) =>
    (tags as Readonly<Record<string, string>>)[tagKeys.volume] === "monitoring";
  const volumes = outputsOf("aws:ebs/volume:Volume");
  const owned = volumes.filter((volume) => !isForMetrics(volume)).map(volumeOf);
  const hasMarker = resources.some(({ outputs }) => outputs.key === initializedMarkerKey);
  // A component's outputs are recorded when all of them are known: this one's, when its gate has passed.
  const wasReady = outputsOf(componentTypes.zooKeeperEnsemble).some(({ ready = "" }) => ready !== "");
  return {
    clusterName: owned[0]?.clusterName,
    domain: outputsOf("aws:route53/zone:Zone")[0]?.name as string | undefined,
    volumes: Object.fromEntries(owned.map(({ node, volume }) => [node, volume])),
    monitoringVolumeGiB: volumes.find(isForMetrics)?.size as number | undefined,
    ensembleStarted: hasMarker || wasReady,
  };
}

const tries = 40;
const pauseMs = 250;

/**
 * Reads the state until it is read whole. While an update makes its first resources the engine writes the state, and
 * with a state in files what is read may end in the middle.
 */
async function whole<State>(read: () => Promise<State>): Promise<State> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await read();
    } catch (error) {
      if (attempt === tries || !/failed to load checkpoint/.test(String(error))) throw error;
      await setTimeout(pauseMs);
    }
  }
}

/** Whether a resource is made by the cluster of this name: all of its parts have names that begin with its own. */
function isPartOf(name: string, urn: string): boolean {
  const [, types = "", ...rest] = urn.split("::").slice(1);
  return types.split("$").includes(componentTypes.kafkaCluster) && rest.join("::").startsWith(`${name}-`);
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
