import { z } from "zod";
import type { ClientProperties } from "./clientProperties";
import type { Plan } from "./plan";

/** A broker in the stack's outputs. */
export interface BrokerOutput {
  readonly id: number;
  readonly name: string;
  readonly zone: string;
  /** `kafka-1.kafka.internal:9092`. */
  readonly address: string;
}

/** A topic in the stack's outputs. */
export interface TopicOutput {
  readonly name: string;
  readonly partitions: number;
  readonly retentionHours: number;
  readonly retentionGiB?: number;
}

type LaterParts = "workload" | "capacity" | "retention" | "cost";

/** A plan as a stack has it: one that was deployed by an earlier version lacks what has come since. */
export type DeployedPlan = Omit<Plan, LaterParts> & Partial<Pick<Plan, LaterParts>>;

/** The stack's outputs: the contract with consumer applications. Outputs are added, never renamed. */
export interface StackOutputs {
  /** Every broker, sorted by id, comma-separated `host:port`. */
  readonly bootstrapServers: string;
  readonly brokers: readonly BrokerOutput[];
  readonly zookeeperConnect: string;
  readonly topics: readonly TopicOutput[];
  readonly clientSecurityGroupId: string;
  readonly clientProperties: ClientProperties;
  /** Where Parameter Store has what applications need of these, and the IAM policy to read them; absent as below. */
  readonly clientSettingsPath?: string;
  readonly readClientSettingsPolicyArn?: string;
  /** The SSH command that reaches the ops host. */
  readonly opsHost: string;
  readonly plan: DeployedPlan;
  readonly artifactBucket: string;
  readonly nodeSubnetIds: readonly string[];
  /**
   * The VPC, its route tables and the private zone of the brokers' names, for the other side of a peering; absent from
   * stacks that an earlier version deployed.
   */
  readonly vpcId?: string;
  readonly routeTableIds?: { readonly nodes: string; readonly ops: string };
  readonly dnsZoneId?: string;
  readonly imageId: string;
  /** The SNS topic that gets the alerts; absent without monitoring, and as above. */
  readonly alertTopicArn?: string;
  readonly clusterName: string;
  readonly region: string;
  readonly sshUser: string;
  /** The public key by which the ops host is known, for a `known_hosts` line; absent as above. */
  readonly sshHostKey?: string;
  /** Name of the SSM parameter with the private key for the ops host; absent when the operator brought a key pair. */
  readonly sshPrivateKeyParameter?: string;
}

/** The outputs that applications need: also what Parameter Store has of them. */
export type ClientOutputs = Pick<
  StackOutputs,
  "bootstrapServers" | "topics" | "clientSecurityGroupId" | "clientProperties"
> & {
  /** The zone of each broker; empty in the parameters of a stack that an earlier version deployed. */
  readonly brokers: readonly BrokerZone[];
};

/** In which zone a broker is, which is its `broker.rack`. */
export type BrokerZone = Pick<BrokerOutput, "id" | "zone">;

const retry = z.object({ initialRetryTime: z.number(), maxRetryTime: z.number(), retries: z.number() });

const kafkajsClient = z.object({
  brokers: z.array(z.string()),
  connectionTimeout: z.number(),
  requestTimeout: z.number(),
  enforceRequestTimeout: z.boolean(),
  retry,
});

const clientProperties = z.object({
  java: z.object({ producer: z.string(), consumer: z.string() }),
  kafkajs: z.object({
    client: kafkajsClient,
    consumerClient: kafkajsClient,
    producer: z.object({
      idempotent: z.boolean(),
      maxInFlightRequests: z.number(),
      metadataMaxAge: z.number(),
      allowAutoTopicCreation: z.boolean(),
      retry,
    }),
    send: z.object({ acks: z.number(), timeout: z.number(), compression: z.number() }),
    consumer: z.object({
      sessionTimeout: z.number(),
      rebalanceTimeout: z.number(),
      heartbeatInterval: z.number(),
      metadataMaxAge: z.number(),
      maxWaitTimeInMs: z.number(),
      maxBytes: z.number(),
      maxBytesPerPartition: z.number(),
      allowAutoTopicCreation: z.boolean(),
      retry,
    }),
  }),
  librdkafka: z.object({
    producer: z.record(z.string(), z.string()),
    consumer: z.record(z.string(), z.string()),
  }),
});

const plan = z.object({
  replicationFactor: z.number(),
  minInsyncReplicas: z.number(),
  toleratedBrokerFailures: z.number(),
  toleratedZoneFailures: z.number(),
  toleratedZooKeeperFailures: z.number(),
  monthlyCostUsd: z.object({ instances: z.number(), volumes: z.number(), total: z.number() }),
  brokerLoad: z.object({
    writesPerIngest: z.number(),
    maxIngestMBps: z.object({ allBrokers: z.number(), oneBrokerLost: z.number(), oneZoneLost: z.number() }),
    limitedBy: z.enum(["network", "instance EBS bandwidth", "volume throughput", "CPU"]),
  }),
  storage: z.object({ usableGiB: z.number(), hoursAt100MBps: z.number() }),
  workload: z.custom<Plan["workload"]>(isRecord).optional(),
  capacity: z.custom<Plan["capacity"]>(isRecord).optional(),
  retention: z.custom<Plan["retention"]>(isRecord).optional(),
  cost: z.custom<Plan["cost"]>(isRecord).optional(),
});

const clientFields = {
  bootstrapServers: z.string().min(1).describe("Every broker, comma-separated, by names that never change."),
  topics: z
    .array(
      z.object({
        name: z.string(),
        partitions: z.number(),
        retentionHours: z.number(),
        retentionGiB: z.number().optional(),
      }),
    )
    .describe("The topics that the stack keeps: name, partitions, retention."),
  clientSecurityGroupId: z.string().min(1).describe("The security group of client machines."),
  clientProperties: clientProperties.describe("The tested settings of producers and consumers, for each client."),
};

/** Outputs that are not named here are later additions, and pass. */
const clientOutputs: z.ZodType<ClientOutputs> = z.object({
  ...clientFields,
  brokers: z.array(z.object({ id: z.number(), zone: z.string() })).default([]),
});

/** The form of a stack's outputs. Those that are not named here are later additions, and pass. */
export const stackOutputs: z.ZodType<StackOutputs> = z.object({
  ...clientFields,
  brokers: z
    .array(z.object({ id: z.number(), name: z.string(), zone: z.string(), address: z.string() }))
    .min(1)
    .describe("The brokers: id, name, zone and address of each."),
  zookeeperConnect: z.string().min(1).describe("The ensemble's addresses."),
  clientSettingsPath: z.string().optional().describe("The path of the same settings in SSM Parameter Store."),
  readClientSettingsPolicyArn: z.string().optional().describe("The IAM policy that lets an application read there."),
  opsHost: z.string().min(1).describe("The SSH command that reaches the ops host."),
  plan: plan.describe("What the cluster survives, carries and costs."),
  artifactBucket: z.string().min(1).describe("The bucket from which machines fetch what they run."),
  nodeSubnetIds: z.array(z.string()).min(1).describe("The nodes' subnets, one a zone."),
  vpcId: z.string().optional().describe("The cluster's VPC."),
  routeTableIds: z
    .object({ nodes: z.string(), ops: z.string() })
    .optional()
    .describe("The route tables of nodes and ops host; absent with subnets of your own."),
  dnsZoneId: z.string().optional().describe("The private zone of the brokers' names."),
  imageId: z.string().min(1).describe("The brokers' image."),
  alertTopicArn: z.string().optional().describe("The SNS topic that gets the alerts."),
  clusterName: z.string().min(1).describe("The prefix of all names in AWS."),
  region: z.string().min(1).describe("The AWS region."),
  sshUser: z.string().min(1).describe("The user on the ops host."),
  sshHostKey: z.string().optional().describe("The public key by which the ops host is known."),
  sshPrivateKeyParameter: z
    .string()
    .optional()
    .describe("The SSM parameter with the private key for the ops host; absent with a key pair of your own."),
});

/** The text that `pulumi stack output` prints for a secret without `--show-secrets`. */
const hiddenSecret = "[secret]";

/**
 * Reads the outputs from `pulumi stack output --json`, or from the Automation API (`{name: {value, secret}}`).
 * Throws an error that names each output that is missing or has another form than expected.
 */
export function readOutputs(json: unknown): StackOutputs {
  return checked(stackOutputs, json);
}

/** Reads those that applications need, and looks at no other. Throws as `readOutputs` does. */
export function readClientOutputs(json: unknown): ClientOutputs {
  return checked(clientOutputs, json);
}

function checked<Outputs>(form: z.ZodType<Outputs>, json: unknown): Outputs {
  const plain = isRecord(json)
    ? Object.fromEntries(
        Object.entries(json)
          .map(([name, value]) => [name, isAutomationOutput(value) ? value.value : value] as const)
          .filter(([, value]) => value !== hiddenSecret),
      )
    : json;
  const result = form.safeParse(plain);
  if (result.success) return result.data;
  const lines = result.error.issues.map((issue) => `  ${issue.path.join(".") || "(all)"}: ${issue.message}`);
  throw new Error(
    `these are not the outputs of a kafka-on-ec2 stack that is up:\n${lines.join("\n")}\nrun pulumi up first, ` +
      "then pulumi stack output --json",
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isAutomationOutput(value: unknown): value is { value: unknown; secret: boolean } {
  return isRecord(value) && Object.keys(value).sort().join() === "secret,value";
}
