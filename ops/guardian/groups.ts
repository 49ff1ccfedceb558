import type { AutoScalingClient } from "@aws-sdk/client-auto-scaling";
import { callProblem } from "../callProblem";
import type { GroupObservation } from "./observation";

/** The deadline of each call in ms, its repetitions included. */
const callMs = 10_000;

/** The Auto Scaling groups of the cluster. Each call rejects after 10 s at the latest. */
export interface Groups {
  /** The groups of the given names that exist. */
  describe(names: readonly string[]): Promise<Map<string, GroupObservation>>;
  /** Tells the group that the instance is not healthy, so that it replaces it at once. */
  markUnhealthy(instanceId: string): Promise<void>;
  /** Ends the instance, and its group starts another one. */
  replace(instanceId: string): Promise<void>;
}

/** The groups in AWS. The SDK is loaded here and not before: the other commands start without it. */
export async function awsGroups(region: string): Promise<Groups> {
  const sdk = await import("@aws-sdk/client-auto-scaling");
  const client: AutoScalingClient = new sdk.AutoScalingClient({
    region,
    maxAttempts: 2,
    requestHandler: { connectionTimeout: 3000, requestTimeout: 6000 },
  });
  const bounded = () => ({ abortSignal: AbortSignal.timeout(callMs) });
  let endpoint: string | undefined;
  client.middlewareStack.add(
    (next) => (args) => {
      const { protocol, hostname, port } = args.request as { protocol: string; hostname: string; port?: number };
      endpoint = `${protocol}//${hostname}${port === undefined ? "" : `:${port}`}/`;
      return next(args);
    },
    { step: "finalizeRequest", name: "rememberEndpoint" },
  );
  const explained = async <Answer>(call: string, asked: Promise<Answer>): Promise<Answer> => {
    try {
      return await asked;
    } catch (error) {
      const { name, message, $response } = error as Error & { $response?: unknown };
      throw await callProblem(
        `autoscaling ${call}`,
        `${name}: ${message}`,
        $response === undefined ? endpoint : undefined,
      );
    }
  };

  const lastActivity = async (name: string): Promise<string | undefined> => {
    const command = new sdk.DescribeScalingActivitiesCommand({ AutoScalingGroupName: name, MaxRecords: 1 });
    const [latest] = (await client.send(command, bounded())).Activities ?? [];
    return latest?.StatusMessage ?? latest?.Description;
  };

  return {
    async describe(names) {
      const command = new sdk.DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [...names], MaxRecords: 100 });
      const asked = client.send(command, bounded());
      const { AutoScalingGroups: found = [] } = await explained("DescribeAutoScalingGroups", asked);
      const descriptions = found.map(
        async ({ AutoScalingGroupName: name = "", Instances = [], SuspendedProcesses = [] }) => {
          // While the old one goes and the new one comes both are there: the one that is not InService decides.
          const [one] = [...Instances].sort((a, b) => Number(isInService(a)) - Number(isInService(b)));
          const group: GroupObservation = {
            instance: one && {
              id: one.InstanceId ?? "",
              lifecycleState: one.LifecycleState ?? "unknown",
              healthy: one.HealthStatus?.toLowerCase() === "healthy",
            },
            suspended: SuspendedProcesses.flatMap(({ ProcessName }) => ProcessName ?? []),
            // Worth no failure: it only helps a person to see why.
            lastActivity: one === undefined ? await lastActivity(name).catch(() => undefined) : undefined,
          };
          return [name, group] as const;
        },
      );
      return new Map(await Promise.all(descriptions));
    },

    async markUnhealthy(instanceId) {
      const command = new sdk.SetInstanceHealthCommand({
        InstanceId: instanceId,
        HealthStatus: "Unhealthy",
        ShouldRespectGracePeriod: false,
      });
      await explained("SetInstanceHealth", client.send(command, bounded()));
    },

    async replace(instanceId) {
      const command = new sdk.TerminateInstanceInAutoScalingGroupCommand({
        InstanceId: instanceId,
        ShouldDecrementDesiredCapacity: false,
      });
      await explained("TerminateInstanceInAutoScalingGroup", client.send(command, bounded()));
    },
  };
}

function isInService({ LifecycleState }: { readonly LifecycleState?: string }): boolean {
  return LifecycleState === "InService";
}
