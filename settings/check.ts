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
        ? { path: `${path}.${name}`, message: "unknown key; every topic has brokers.replicationFactor copies" }
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
      vpcCidr: values["network.vpcCidr"],
      vpcId: values["network.vpcId"],
      zones: values["network.zones"],
      nodeSubnetCidrs: values["network.nodeSubnetCidrs"],
      opsSubnetCidr: values["network.opsSubnetCidr"],
      domain: values["network.domain"],
      clientRoutes: values["network.clientRoutes"],
      dnsVpcIds: values["network.dnsVpcIds"],
      flowLogs: values["network.flowLogs"],
    },
    access: {
      sshCidrs: values["access.sshCidrs"],
      clientCidrs: values["access.clientCidrs"],
      allowAnywhere: values["access.allowAnywhere"],
      sshPublicKey: values["access.sshPublicKey"],
      sshPrivateKey: values["access.sshPrivateKey"],
    },
    brokers: {
      count: values["brokers.count"],
      minimumRunning: values["brokers.minimumRunning"],
      replicationFactor: values["brokers.replicationFactor"],
      minInsyncReplicas: values["brokers.minInsyncReplicas"],
      instanceType: values["brokers.instanceType"],
      volumeGiB: values["brokers.volumeGiB"],
      volumeThroughputMiBps: values["brokers.volumeThroughputMiBps"],
      volumeIops: values["brokers.volumeIops"],
      heapMiB: values["brokers.heapMiB"],
      config: values["brokers.config"],
    },
    workload: {
      ingestMBps: values["workload.ingestMBps"],
      eventBytes: values["workload.eventBytes"],
      compressionRatio: values["workload.compressionRatio"],
      peakFactor: values["workload.peakFactor"],
      consumerGroups: values["workload.consumerGroups"],
      readNearestCopy: values["workload.readNearestCopy"],
      databaseDownHours: values["workload.databaseDownHours"],
    },
    allowOverload: values.allowOverload,
    zookeeper: {
      count: values["zookeeper.count"],
      instanceType: values["zookeeper.instanceType"],
      volumeGiB: values["zookeeper.volumeGiB"],
      heapMiB: values["zookeeper.heapMiB"],
      version: values["zookeeper.version"],
    },
    opsHost: { instanceType: values["opsHost.instanceType"] },
    image: { id: values["image.id"] },
    encryption: { kmsKeyId: values["encryption.kmsKeyId"] },
    kafka: { version: values["kafka.version"] },
    topics: values.topics,
    dataProtection: values.dataProtection,
    gates: { timeoutMinutes: values["gates.timeoutMinutes"] },
    update: { waitMinutes: values["update.waitMinutes"] },
    roll: { override: values["roll.override"] },
    guardian: {
      enabled: values["guardian.enabled"],
      dryRun: values["guardian.dryRun"],
      patienceMinutes: values["guardian.patienceMinutes"],
    },
  };
}
