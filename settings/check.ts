import type { z } from "zod";
import type { Fault } from "./faults";
import { defaults } from "./defaults";
import { ruleFaults } from "./rules/rules";
import { unknownKeyFault } from "./unknownKeys";
import { fields, settingKeys, topicKeys, type SettingKey, type Values } from "./schema";
import type { Settings, SettingsContext } from "./settings";

/** Every fault of a raw configuration, or the settings when there is none. */
export function checkSettings(
  raw: Record<string, unknown>,
  context: SettingsContext,
): { settings?: Settings; faults: Fault[] } {
  const faults: Fault[] = Object.keys(raw)
    .filter((key) => !(key in fields))
    .map((key) => unknownKeyFault(key, settingKeys, key));

  const region = context.region ?? "";
  const regionIsSound = /^[a-z]{2}(-[a-z]+)+-\d$/.test(region);
  if (!regionIsSound) {
    faults.push({
      path: "aws:region",
      message: `${region ? `"${region}" is not an AWS region` : "missing"}; set it, e.g. pulumi config set aws:region us-east-1`,
    });
  }

  const sound: Record<string, unknown> = regionIsSound ? { region } : {};
  for (const key of settingKeys) {
    const given = raw[key];
    const result = fields[key].safeParse(given === undefined || given === null ? defaults[key] : given);
    if (result.success) sound[key] = result.data;
    else faults.push(...result.error.issues.flatMap((issue) => issueFaults(key, issue)));
  }
  if (sound.clusterName === "") {
    const derived = derivedClusterName(context.stack);
    if (fields.clusterName.safeParse(derived).success) sound.clusterName = derived;
    else
      faults.push({
        path: "clusterName",
        message: `can't be derived: "${derived}" is too long; set clusterName to 32 characters or less`,
      });
  }
  faults.push(...ruleFaults(sound));
  if (faults.length > 0) return { faults };
  return { settings: nested(sound as unknown as Values, { ...context, region }), faults };
}

/** `kafka-<stack>` with the characters that AWS names allow. */
function derivedClusterName(stack: string): string {
  return `kafka-${stack
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "")}`;
}

function issueFaults(key: SettingKey, issue: z.core.$ZodIssue): Fault[] {
  const path = issue.path.reduce<string>(
    (text, part) => (typeof part === "number" ? `${text}[${part}]` : `${text}.${String(part)}`),
    key,
  );
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((name) =>
      key === "topics" && /^(replicationFactor|replicas|copies)$/i.test(name)
        ? { path: `${path}.${name}`, message: "unknown key; every topic has replicationFactor copies" }
        : unknownKeyFault(name, topicKeys, `${path}.${name}`),
    );
  }
  return [{ path, message: issue.message }];
}

function nested(values: Values, context: SettingsContext & { region: string }): Settings {
  return {
    project: context.project,
    stack: context.stack,
    region: context.region,
    clusterName: values.clusterName,
    network: {
      vpcCidr: values.vpcCidr,
      vpcId: values.vpcId,
      zones: values.availabilityZones,
      nodeSubnetCidrs: values.nodeSubnetCidrs,
      opsSubnetCidr: values.opsSubnetCidr,
      domain: values.dnsDomain,
      clientRoutes: values.clientRoutes,
      dnsVpcIds: values.dnsVpcIds,
      flowLogs: values.flowLogDestination,
    },
    access: {
      sshCidrs: values.sshCidrs,
      clientCidrs: values.clientCidrs,
      allowAnywhere: values.allowAnywhere,
      sshPublicKey: values.sshPublicKey,
      sshPrivateKey: values.sshPrivateKey,
    },
    brokers: {
      count: values.brokerCount,
      minimumRunning: values.brokerMinimumRunning,
      replicationFactor: values.replicationFactor,
      minInsyncReplicas: values.minInsyncReplicas,
      instanceType: values.brokerInstanceType,
      volumeGiB: values.brokerVolumeGiB,
      volumeThroughputMiBps: values.brokerVolumeThroughputMiBps,
      volumeIops: values.brokerVolumeIops,
      heapMiB: values.brokerHeapMiB,
      config: values.brokerConfig,
    },
    workload: {
      ingestMBps: values.workloadIngestMBps,
      eventBytes: values.workloadEventBytes,
      compressionRatio: values.workloadCompressionRatio,
      peakFactor: values.workloadPeakFactor,
      consumerGroups: values.workloadConsumerGroups,
      readNearestCopy: values.workloadReadNearestCopy,
      databaseDownHours: values.workloadDatabaseDownHours,
    },
    allowOverload: values.allowOverload,
    zookeeper: {
      count: values.zookeeperCount,
      instanceType: values.zookeeperInstanceType,
      volumeGiB: values.zookeeperVolumeGiB,
      heapMiB: values.zookeeperHeapMiB,
      version: values.zookeeperVersion,
    },
    opsHost: { instanceType: values.opsHostInstanceType },
    image: { id: values.imageId },
    encryption: { kmsKeyId: values.kmsKeyId },
    kafka: { version: values.kafkaVersion },
    topics: values.topics,
    dataProtection: values.dataProtection,
    gates: { timeoutMinutes: values.gateTimeoutMinutes },
    update: { waitMinutes: values.updateWaitMinutes },
    roll: { override: values.rollOverride },
    guardian: {
      enabled: values.guardianEnabled,
      dryRun: values.guardianDryRun,
      patienceMinutes: values.guardianPatienceMinutes,
    },
  };
}
