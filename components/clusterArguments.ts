import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { learnInstanceTypes, unknownInstanceTypes } from "../aws/instanceTypes";
import { topicParts } from "../planning/cluster/clientParameters";
import type { ClusterSettingsArgs } from "../settings/clusterArgs";
import { throwFaults, type Fault } from "../settings/faults";
import type { InstanceFacts } from "../settings/instanceTypes";
import { flatten } from "../settings/nesting";
import { settingOf, type SettingKey, type Values } from "../settings/schema";
import { parseSettings } from "../settings/check";
import type { Settings } from "../settings/settings";
import type { Told } from "./userFacing";

/** What decides how many resources there are and what they are called: known when the program runs. */
export interface ClusterStructure {
  readonly brokerCount: number;
  readonly zookeeperCount: number;
  readonly zones: readonly string[];
  readonly sshCidrs: readonly string[];
  readonly clientCidrs: readonly string[];
  readonly clientRoutes: Values["clientRoutes"];
  readonly dnsVpcIds: readonly string[];
  readonly flowLogs: boolean;
  readonly existingVpc: boolean;
  readonly existingSubnets: boolean;
  readonly ownKeyPair: boolean;
  readonly dataProtection: boolean;
  readonly monitoring: boolean;
  /** Whether the topic of alerts is there already. */
  readonly existingTopic: boolean;
  readonly alertEmails: readonly string[];
  /** The parameters of SSM that hold the topics. */
  readonly topicParameters: number;
}

/** The arguments of a cluster, as far as they are known when. */
export interface DeclaredCluster {
  readonly structure: ClusterStructure;
  /** The settings, checked. Unknown in a preview while one of them is. */
  readonly settings: pulumi.Output<Settings>;
  /**
   * Settings for the checks that do not depend on things which the program itself is yet to make, such as a VPC: sound
   * values stand in for those. Undefined when something else is an `Output` too.
   */
  readonly draft?: Settings;
  readonly sshPrivateKey: pulumi.Input<string>;
}

/** The arguments that a stack's settings are. */
export function fromSettings(settings: Settings): DeclaredCluster {
  const { network, access } = settings;
  return {
    structure: {
      brokerCount: settings.brokers.count,
      zookeeperCount: settings.zookeeper.count,
      zones: network.zones,
      sshCidrs: access.sshCidrs,
      clientCidrs: access.clientCidrs,
      clientRoutes: network.clientRoutes,
      dnsVpcIds: network.dnsVpcIds,
      flowLogs: network.flowLogs !== "",
      existingVpc: network.vpcId !== "",
      existingSubnets: network.subnetIds.length > 0,
      ownKeyPair: access.sshPublicKey !== "",
      dataProtection: settings.dataProtection,
      monitoring: settings.monitoring.enabled,
      existingTopic: settings.monitoring.alertTopicArn !== "",
      alertEmails: settings.monitoring.alertEmails,
      topicParameters: topicParts(settings.topics).length,
    },
    settings: pulumi.output(settings),
    draft: settings,
    sshPrivateKey: pulumi.secret(access.sshPrivateKey),
  };
}

/** Sound values for what may be made by the program itself, and is of no weight for what is planned. */
const standIns: { readonly [Key in SettingKey]?: (zones: readonly string[]) => unknown } = {
  vpcId: () => "vpc-00000000",
  nodeSubnetIds: (zones) => zones.map((_, index) => `subnet-${index.toString(16).padStart(8, "0")}`),
  opsSubnetId: () => "subnet-ffffffff",
  kmsKeyId: () => "alias/not-known-yet",
  imageId: () => "",
  permissionsBoundary: () => "arn:aws:iam::000000000000:policy/not-known-yet",
  tags: () => ({}),
  alertTopicArn: () => "",
  // Without the pair's other half the program would make its own, which changes nothing that is planned.
  sshPublicKey: () => "",
  sshPrivateKey: () => "",
};

/**
 * The arguments of a program. Throws a `SettingsError` with every fault of what is known at once; `settings` rejects
 * for what is known later.
 * @param name the cluster's name, unless `clusterName` is given
 * @param ask by which provider AWS is asked
 * @param told tells the errors of what is known later
 */
export function fromArguments(
  name: string,
  args: ClusterSettingsArgs,
  ask: pulumi.InvokeOptions,
  told: Told,
): DeclaredCluster {
  const raw: Record<string, unknown> = { clusterName: name, ...flatten(args) };
  const structure = structureOf(raw);
  const isLate = (key: string) => containsOutput(raw[key]);
  const late = Object.keys(raw).filter(isLate);
  const keysAreLate = isLate("sshPublicKey") || isLate("sshPrivateKey");
  const replaced = keysAreLate ? [...late, "sshPublicKey", "sshPrivateKey"] : late;
  const isDrafted = late.every((key) => key in standIns) && unknownInstanceTypes(raw).length === 0;
  const draft = isDrafted
    ? parse(
        {
          ...raw,
          ...Object.fromEntries(replaced.map((key) => [key, standIns[key as SettingKey]?.(structure.zones)])),
        },
        // The provider's region is asked for; here it is only that of the zones.
        structure.zones[0]?.replace(/[a-z]$/, ""),
      )
    : undefined;
  const { sshPrivateKey = "", ...others } = raw;
  const { region } = aws.getRegionOutput({}, ask);
  const settings = pulumi
    .all([pulumi.output(others), pulumi.unsecret(pulumi.output(sshPrivateKey as string)), region])
    .apply(([values, key, region]) =>
      told(async () => {
        const learnedTypes = await learnInstanceTypes(values, ask);
        const { access, ...rest } = parse({ ...values, sshPrivateKey: key }, region, learnedTypes);
        // Whatever comes from the settings is no secret.
        return { ...rest, access: { ...access, sshPrivateKey: "" } };
      }),
    );
  return { structure, settings, draft, sshPrivateKey: pulumi.secret(sshPrivateKey as pulumi.Input<string>) };
}

function parse(
  raw: Record<string, unknown>,
  region: string | undefined,
  learnedTypes: readonly InstanceFacts[] = [],
): Settings {
  return parseSettings(raw, { project: pulumi.getProject(), stack: pulumi.getStack(), region, learnedTypes });
}

function structureOf(raw: Readonly<Record<string, unknown>>): ClusterStructure {
  const faults: Fault[] = [];
  const value = <Key extends SettingKey>(key: Key): Values[Key] => {
    const { rule, default: fallback } = settingOf(key);
    const given = raw[key] ?? fallback;
    const late = { path: key, message: "an Output, but it decides how many resources there are; give a plain value" };
    const result = rule.safeParse(given);
    if (containsOutput(given)) faults.push(late);
    else if (!result.success) faults.push(...result.error.issues.map(({ message }) => ({ path: key, message })));
    return result.data as Values[Key];
  };
  const isGiven = (key: SettingKey) => raw[key] !== undefined && raw[key] !== "";
  const structure = {
    brokerCount: value("brokerCount"),
    zookeeperCount: value("zookeeperCount"),
    zones: value("availabilityZones"),
    sshCidrs: value("sshCidrs"),
    clientCidrs: value("clientCidrs"),
    clientRoutes: value("clientRoutes"),
    dnsVpcIds: value("dnsVpcIds"),
    flowLogs: isGiven("flowLogDestination"),
    existingVpc: isGiven("vpcId"),
    existingSubnets: isGiven("nodeSubnetIds"),
    ownKeyPair: isGiven("sshPublicKey"),
    dataProtection: value("dataProtection"),
    monitoring: value("monitoringEnabled"),
    existingTopic: isGiven("alertTopicArn"),
    alertEmails: value("alertEmails"),
    topicParameters: topicParts(knownTopics(raw.topics)).length,
  };
  throwFaults(faults);
  return structure;
}

/** The topics, as far as they are known and sound; a fault is told with all others. */
function knownTopics(given: unknown): Values["topics"] {
  const result = settingOf("topics").rule.safeParse(given ?? settingOf("topics").default);
  return result.success && !containsOutput(given) ? (result.data as Values["topics"]) : [];
}

function containsOutput(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (pulumi.Output.isInstance(value) || value instanceof Promise) return true;
  return Object.values(value).some(containsOutput);
}
