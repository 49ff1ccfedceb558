import type { AutoScalingGroup } from "@aws-sdk/client-auto-scaling";
import {
  CreateAutoScalingGroupCommand,
  CreateOrUpdateTagsCommand,
  DeleteAutoScalingGroupCommand,
  DeleteTagsCommand,
  DescribeAutoScalingGroupsCommand,
  DescribeScalingActivitiesCommand,
  ResumeProcessesCommand,
  SuspendProcessesCommand,
  UpdateAutoScalingGroupCommand,
} from "@aws-sdk/client-auto-scaling";
import * as z from "zod";

import type { Context } from "../core/context";
import { durationSeconds } from "../core/duration";
import { Refusal, awsErrorCode, completing, show } from "../core/errors";
import { flag, idOf, integer, oneOf, setOf, shortText, text, textOf, zoneName } from "../core/kinds";
import type { InputsOf } from "../core/property";
import { defaulted, optional, required, unsupportedAll } from "../core/property";
import { resourceType } from "../core/resourceType";
import { waitFor } from "../core/wait";
import { waitUntilTerminated } from "../ec2/termination";
import { anExistingSubnet, anExistingZone } from "../ec2/references";
import { anExistingTemplateVersion } from "../ec2/templateVersion";
import { autoScaling } from "./client";

/** The real provider's, for draining and deleting a group. */
const deleteTimeoutSeconds = 10 * 60;
const size = integer(0, 10000);

const processes = [
  "Launch",
  "Terminate",
  "AddToLoadBalancer",
  "AlarmNotification",
  "AZRebalance",
  "HealthCheck",
  "InstanceRefresh",
  "ReplaceUnhealthy",
  "ScheduledActions",
] as const;

const terminationPolicies = [
  "AllocationStrategy",
  "OldestInstance",
  "NewestInstance",
  "OldestLaunchConfiguration",
  "OldestLaunchTemplate",
  "ClosestToNextInstanceHour",
  "Default",
] as const;

const tag = z.strictObject({ key: shortText(128, 1), value: shortText(256), propagateAtLaunch: flag });
type GroupTag = z.infer<typeof tag>;

const properties = {
  name: optional(shortText(255, 1), { computed: true, replaces: true }),
  namePrefix: optional(shortText(229, 1), { computed: true, replaces: true }),
  minSize: required(size),
  maxSize: required(size),
  desiredCapacity: optional(size, { computed: true }),
  availabilityZones: optional(setOf(zoneName), { computed: true, compare: "set", reference: anExistingZone }),
  vpcZoneIdentifiers: optional(setOf(idOf("subnet")), { computed: true, compare: "set", reference: anExistingSubnet }),
  launchTemplate: required(
    z.strictObject({
      id: idOf("lt").optional(),
      name: shortText(128, 3).optional(),
      version: textOf(/^(\d+|\$Latest|\$Default)$/, "a version number, $Latest or $Default").optional(),
    }),
    { compare: "subset" },
  ),
  defaultCooldown: optional(integer(0, 86400), { computed: true }),
  healthCheckType: optional(oneOf("EC2", "ELB"), { computed: true }),
  healthCheckGracePeriod: defaulted(integer(0, 86400), 300),
  instanceMaintenancePolicy: optional(
    z.strictObject({ minHealthyPercentage: integer(-1, 100), maxHealthyPercentage: integer(-1, 200) }),
  ),
  protectFromScaleIn: defaulted(flag, false),
  suspendedProcesses: optional(setOf(oneOf(...processes)), { compare: "set" }),
  terminationPolicies: optional(z.array(oneOf(...terminationPolicies))),
  // The only one there is; it says nothing as long as no metrics are collected.
  metricsGranularity: defaulted(oneOf("1Minute"), "1Minute"),
  tags: optional(z.array(tag), { compare: "set" }),
  forceDelete: defaulted(flag, false),
  ignoreFailedScalingActivities: defaulted(flag, false),
  waitForCapacityTimeout: defaulted(
    text.refine((value) => durationSeconds(value) !== undefined, `must be a duration like "10m", or "0"`),
    "10m",
  ),
} as const;

type Inputs = InputsOf<typeof properties>;

export async function findGroup(context: Context, name: string): Promise<AutoScalingGroup | undefined> {
  const command = new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [name] });
  const group = (await autoScaling(context).send(command)).AutoScalingGroups?.[0];
  return group;
}

function apiTags(name: string, tags: readonly GroupTag[] = []) {
  return tags.map(({ key, value, propagateAtLaunch }) => ({
    ResourceId: name,
    ResourceType: "auto-scaling-group",
    Key: key,
    Value: value,
    PropagateAtLaunch: propagateAtLaunch,
  }));
}

/** What create and update have in common. */
function settings(inputs: Inputs) {
  const { launchTemplate: template, instanceMaintenancePolicy: maintenance } = inputs;
  return {
    MinSize: inputs.minSize,
    MaxSize: inputs.maxSize,
    DesiredCapacity: inputs.desiredCapacity,
    AvailabilityZones: inputs.availabilityZones,
    VPCZoneIdentifier: inputs.vpcZoneIdentifiers?.join(","),
    LaunchTemplate: {
      LaunchTemplateId: template.id,
      LaunchTemplateName: template.name,
      Version: template.version ?? "$Default",
    },
    DefaultCooldown: inputs.defaultCooldown,
    HealthCheckType: inputs.healthCheckType,
    HealthCheckGracePeriod: inputs.healthCheckGracePeriod,
    InstanceMaintenancePolicy: maintenance && {
      MinHealthyPercentage: maintenance.minHealthyPercentage,
      MaxHealthyPercentage: maintenance.maxHealthyPercentage,
    },
    NewInstancesProtectedFromScaleIn: inputs.protectFromScaleIn,
    TerminationPolicies: inputs.terminationPolicies,
  };
}

export const group = resourceType({
  token: "aws:autoscaling/group:Group",
  properties: {
    ...properties,
    ...unsupportedAll(
      "availabilityZoneDistribution",
      "capacityRebalance",
      "capacityReservationSpecification",
      "context",
      "defaultInstanceWarmup",
      "desiredCapacityType",
      "enabledMetrics",
      "forceDeleteWarmPool",
      "initialLifecycleHooks",
      "instanceLifecyclePolicy",
      "instanceRefresh",
      "launchConfiguration",
      "loadBalancers",
      "maxInstanceLifetime",
      "minElbCapacity",
      "mixedInstancesPolicy",
      "placementGroup",
      "serviceLinkedRoleArn",
      "targetGroupArns",
      "trafficSources",
      "waitForElbCapacity",
      "warmPool",
    ),
  },
  outputs: ["arn", "predictedCapacity", "warmPoolSize"],
  autoname: { property: "name", unless: "namePrefix", mostCharacters: 255 },

  check({ inputs, given }) {
    const faults: { property: string; reason: string }[] = [];
    const complain = (property: string, reason: string) => faults.push({ property, reason });
    if (given("availabilityZones") === given("vpcZoneIdentifiers")) {
      complain("availabilityZones", "exactly one is needed: availabilityZones or vpcZoneIdentifiers");
    }
    const { minSize = 0, maxSize = Number.POSITIVE_INFINITY, desiredCapacity, launchTemplate: template } = inputs;
    if (minSize > maxSize) complain("minSize", `minSize = ${minSize}: must not be above maxSize (${maxSize})`);
    if (desiredCapacity !== undefined && (desiredCapacity < minSize || desiredCapacity > maxSize)) {
      complain("desiredCapacity", `desiredCapacity = ${desiredCapacity}: must be from ${minSize} to ${maxSize}`);
    }
    if (template !== undefined && (template.id === undefined) === (template.name === undefined)) {
      complain("launchTemplate", "launchTemplate: exactly one is needed: id or name");
    }
    const maintenance = inputs.instanceMaintenancePolicy;
    if (maintenance !== undefined && maintenance.maxHealthyPercentage !== -1) {
      const { minHealthyPercentage: least, maxHealthyPercentage: most } = maintenance;
      if (most < 100 || most - least > 100) {
        complain(
          "instanceMaintenancePolicy",
          `instanceMaintenancePolicy ${least}-${most} %: the upper must be from 100 to 200, and at most 100 ` +
            "above the lower",
        );
      }
    }
    const keys = (inputs.tags ?? []).map(({ key }) => key);
    if (new Set(keys).size !== keys.length) complain("tags", "tags: a key is given twice");
    return faults;
  },

  async create(context, inputs) {
    await checkTemplate(context, inputs);
    const name = inputs.name ?? `${inputs.namePrefix}${Date.now()}`;
    await autoScaling(context).send(
      new CreateAutoScalingGroupCommand({
        AutoScalingGroupName: name,
        ...settings(inputs),
        Tags: apiTags(name, inputs.tags),
      }),
    );
    return completing(name, () => setProcesses(context, name, [], inputs.suspendedProcesses ?? []));
  },

  async ready(context, name, inputs, changed) {
    const sized = ["minSize", "desiredCapacity"].some((property) => changed?.has(property));
    // Nothing changed: the wait after the group was made, or changed, is taken up again.
    if (changed === undefined || changed.size === 0 || sized)
      await waitForCapacity(context, name, inputs, changed === undefined ? Date.now() - 1000 : Date.now());
  },

  async read(context, name) {
    const found = await findGroup(context, name);
    if (found === undefined || found.Status !== undefined) return undefined; // a status means: being deleted
    const policy = found.InstanceMaintenancePolicy;
    return {
      arn: found.AutoScalingGroupARN,
      name: found.AutoScalingGroupName,
      minSize: found.MinSize,
      maxSize: found.MaxSize,
      desiredCapacity: found.DesiredCapacity,
      availabilityZones: found.AvailabilityZones,
      vpcZoneIdentifiers: found.VPCZoneIdentifier ? found.VPCZoneIdentifier.split(",") : [],
      launchTemplate: found.LaunchTemplate && {
        id: found.LaunchTemplate.LaunchTemplateId,
        name: found.LaunchTemplate.LaunchTemplateName,
        version: found.LaunchTemplate.Version,
      },
      defaultCooldown: found.DefaultCooldown,
      healthCheckType: found.HealthCheckType,
      healthCheckGracePeriod: found.HealthCheckGracePeriod,
      // Emulators may not keep it.
      ...(policy === undefined
        ? {}
        : {
            instanceMaintenancePolicy: {
              minHealthyPercentage: policy.MinHealthyPercentage,
              maxHealthyPercentage: policy.MaxHealthyPercentage,
            },
          }),
      protectFromScaleIn: found.NewInstancesProtectedFromScaleIn ?? false,
      suspendedProcesses: (found.SuspendedProcesses ?? []).map(({ ProcessName }) => ProcessName ?? ""),
      // What AWS has when none is set.
      terminationPolicies: found.TerminationPolicies?.join() === "Default" ? undefined : found.TerminationPolicies,
      predictedCapacity: found.PredictedCapacity ?? 0,
      warmPoolSize: found.WarmPoolSize ?? 0,
      tags: (found.Tags ?? [])
        .filter(({ Key }) => !Key?.startsWith("aws:"))
        .map(({ Key, Value, PropagateAtLaunch }) => ({
          key: Key ?? "",
          value: Value ?? "",
          propagateAtLaunch: PropagateAtLaunch ?? false,
        })),
    };
  },

  async update(context, name, { news, changed, state }) {
    await checkTemplate(context, news);
    const own = new Set(["tags", "suspendedProcesses", "metricsGranularity"]);
    if ([...changed].some((property) => !own.has(property))) {
      const { LaunchTemplate, AvailabilityZones, ...others } = settings(news);
      await autoScaling(context).send(
        new UpdateAutoScalingGroupCommand({
          AutoScalingGroupName: name,
          ...others,
          // AWS looks at the template anew only where one of these is in the request.
          ...(changed.has("launchTemplate") ? { LaunchTemplate } : {}),
          ...(changed.has("availabilityZones") ? { AvailabilityZones } : {}),
        }),
      );
    }
    if (changed.has("tags")) await setTags(context, name, (state.tags ?? []) as GroupTag[], news.tags ?? []);
    if (changed.has("suspendedProcesses")) {
      const before = (state.suspendedProcesses ?? []) as string[];
      await setProcesses(context, name, before, news.suspendedProcesses ?? []);
    }
  },

  async delete(context, name, state) {
    const found = await findGroup(context, name);
    if (found === undefined) return;
    const instances = (found.Instances ?? []).map(({ InstanceId }) => InstanceId ?? "");
    if (state.forceDelete !== true) await drain(context, name);
    await deleteGroup(context, name, state.forceDelete === true);
    await waitFor(context, {
      what: `Auto Scaling group ${name} to be gone`,
      timeoutSeconds: deleteTimeoutSeconds,
      poll: async () => ((await findGroup(context, name)) === undefined ? true : undefined),
    });
    // What the instances held (interfaces, volumes) is free only when they are really gone.
    await waitUntilTerminated(context, instances, deleteTimeoutSeconds);
  },
});

async function checkTemplate(context: Context, { launchTemplate: template }: Inputs): Promise<void> {
  const named = template.id ?? template.name ?? "";
  const version = template.version ?? "$Default";
  if (await anExistingTemplateVersion(context, template, version)) return;
  throw new Refusal(`launchTemplate = ${show(named)}, version ${version}: there is no such launch template version`);
}

/** The last failures of the group's own activities: why there is no instance. */
async function recentFailures(context: Context, name: string, since: number): Promise<string[]> {
  const command = new DescribeScalingActivitiesCommand({ AutoScalingGroupName: name });
  const { Activities = [] } = await autoScaling(context).send(command);
  return Activities.filter(
    ({ StatusCode, StartTime }) => StatusCode === "Failed" && (StartTime?.getTime() ?? 0) >= since,
  ).map(({ StatusMessage, Cause }) => StatusMessage ?? Cause ?? "no reason given");
}

/**
 * Waits until as many instances as wanted are in service and healthy. A failure to start one ends it, unless it is to
 * be ignored.
 */
async function waitForCapacity(context: Context, name: string, inputs: Inputs, since: number): Promise<void> {
  const timeoutSeconds = durationSeconds(inputs.waitForCapacityTimeout) ?? 0;
  if (timeoutSeconds === 0) return;
  const wanted = inputs.desiredCapacity ?? inputs.minSize;
  let seen = "";
  await waitFor(
    { ...context, timeoutSeconds },
    {
      // The real provider's words; they do not say why.
      what: `Auto Scaling Group (${name}) capacity satisfied: ${wanted} healthy instance${wanted === 1 ? "" : "s"}`,
      timeoutSeconds,
      seen: () => seen,
      poll: async () => {
        const instances = (await findGroup(context, name))?.Instances ?? [];
        const serving = instances.filter(
          ({ LifecycleState, HealthStatus }) =>
            LifecycleState === "InService" && HealthStatus?.toLowerCase() === "healthy",
        );
        if (serving.length >= wanted) return true;
        seen =
          instances
            .map(({ InstanceId, LifecycleState, HealthStatus }) => `${InstanceId} ${LifecycleState} ${HealthStatus}`)
            .join(", ") || "no instance";
        if (!inputs.ignoreFailedScalingActivities) {
          const [failure] = await recentFailures(context, name, since);
          if (failure !== undefined)
            throw new Refusal(`Auto Scaling group ${name} can't start an instance: ${failure}`);
        }
        return undefined;
      },
    },
  );
}

async function setTags(context: Context, name: string, before: readonly GroupTag[], wanted: readonly GroupTag[]) {
  const gone = before.filter(({ key }) => !wanted.some((item) => item.key === key));
  if (gone.length > 0) await autoScaling(context).send(new DeleteTagsCommand({ Tags: apiTags(name, gone) }));
  if (wanted.length > 0) {
    await autoScaling(context).send(new CreateOrUpdateTagsCommand({ Tags: apiTags(name, wanted) }));
  }
}

async function setProcesses(context: Context, name: string, before: readonly string[], wanted: readonly string[]) {
  const suspend = wanted.filter((process) => !before.includes(process));
  const resume = before.filter((process) => !wanted.includes(process));
  if (suspend.length > 0) {
    await autoScaling(context).send(
      new SuspendProcessesCommand({ AutoScalingGroupName: name, ScalingProcesses: suspend }),
    );
  }
  if (resume.length > 0) {
    await autoScaling(context).send(
      new ResumeProcessesCommand({ AutoScalingGroupName: name, ScalingProcesses: resume }),
    );
  }
}

/** Ends all instances and waits until the group has none. */
async function drain(context: Context, name: string): Promise<void> {
  await autoScaling(context).send(
    new UpdateAutoScalingGroupCommand({ AutoScalingGroupName: name, MinSize: 0, MaxSize: 0, DesiredCapacity: 0 }),
  );
  let seen = "";
  await waitFor(context, {
    what: `Auto Scaling group ${name} to have no instances`,
    timeoutSeconds: deleteTimeoutSeconds,
    seen: () => seen,
    poll: async () => {
      const instances = (await findGroup(context, name))?.Instances ?? [];
      seen = instances.map(({ InstanceId, LifecycleState }) => `${InstanceId} ${LifecycleState}`).join(", ");
      return instances.length === 0 ? true : undefined;
    },
  });
}

async function deleteGroup(context: Context, name: string, force: boolean): Promise<void> {
  let reason = "";
  await waitFor(context, {
    what: `Auto Scaling group ${name} to let itself be deleted`,
    timeoutSeconds: deleteTimeoutSeconds,
    seen: () => reason,
    poll: async () => {
      try {
        await autoScaling(context).send(
          new DeleteAutoScalingGroupCommand({ AutoScalingGroupName: name, ForceDelete: force }),
        );
        return true;
      } catch (error) {
        const code = awsErrorCode(error);
        if (code === "ValidationError" && /not found/i.test((error as Error).message)) return true;
        if (!/InUse|InProgress/.test(code)) throw error;
        reason = (error as Error).message;
        return undefined;
      }
    },
  });
}
