import * as iam from "@pulumi/aws/iam";
import * as ssm from "@pulumi/aws/ssm";
import * as pulumi from "@pulumi/pulumi";
import {
  clientSettingsPath,
  parameterBytes,
  parameterNames,
  parameterValues,
  readParametersPolicy,
} from "../planning/cluster/clientParameters";
import type { ClientOutputs } from "../planning/cluster/outputs";
import { UserError } from "../settings/userError";
import { tagsOf, type ClusterIdentity } from "./clusterIdentity";

/** Arguments of {@link ClientSettings}. */
export interface ClientSettingsArgs extends ClusterIdentity {
  /** What applications need. */
  readonly outputs: pulumi.Input<ClientOutputs>;
  /** The parameters over which the topics are spread, from `topicParts`. */
  readonly topicParameters: number;
  /** Resources that must be ready before an application may learn of the cluster: the brokers and their topics. */
  readonly after: readonly pulumi.Resource[];
}

/**
 * What applications need of the cluster, in SSM Parameter Store, for those that don't know Pulumi; and the IAM policy
 * that lets them read it. Free of charge, but for a parameter of over 4 kB ($0.05 a month).
 */
export class ClientSettings extends pulumi.ComponentResource {
  /** The path that the parameters begin with, `/kafka-on-ec2/<clusterName>`. The output resolves when all are there. */
  readonly path: pulumi.Output<string>;
  /** ARN of the managed policy that an application's role is given. */
  readonly readPolicyArn: pulumi.Output<string>;

  constructor(name: string, args: ClientSettingsArgs, options?: pulumi.ComponentResourceOptions) {
    super("kafka-on-ec2:index:ClientSettings", name, {}, options);
    const { topicParameters } = args;
    const tags = tagsOf(args, "client-settings");
    const path = pulumi.output(args.clusterName).apply(clientSettingsPath);
    const values = pulumi
      .output(args.outputs)
      .apply((outputs) => parameterValues(outputs as ClientOutputs, topicParameters));
    const [first, ...others] = parameterNames(topicParameters).map((parameter) => {
      const value = values.apply((all) => all[parameter] ?? "");
      return new ssm.Parameter(
        `${name}-${parameter.replaceAll("/", "-")}`,
        {
          name: pulumi.interpolate`${path}/${parameter}`,
          description: pulumi.interpolate`Kafka cluster ${args.clusterName}, for its clients`,
          type: "String",
          tier: value.apply((text) => tierFor(parameter, text)),
          // No secret: a preview shows what changes.
          insecureValue: value,
          tags,
        },
        { parent: this, deleteBeforeReplace: true, dependsOn: [...args.after] },
      );
    });
    if (first === undefined) throw new Error("a cluster has parameters");
    const policy = new iam.Policy(
      name,
      {
        name: pulumi.interpolate`${args.clusterName}-${args.region}-read-client-settings`,
        description: pulumi.interpolate`Reads what clients need of the Kafka cluster ${args.clusterName}`,
        policy: pulumi.all([path, first.arn as pulumi.Output<string | undefined>]).apply(([path, arn = ""]) =>
          // arn:aws:ssm:REGION:ACCOUNT:parameter/…; none where `--exclude` leaves the parameter out, and this with it.
          readParametersPolicy(arn.split(":").slice(0, 5).join(":"), path),
        ),
        tags,
      },
      { parent: this },
    );
    this.path = pulumi.all([path, first.id, others.map(({ id }) => id)]).apply(([path]) => path);
    this.readPolicyArn = policy.arn;
    this.registerOutputs({ path: this.path, readPolicyArn: this.readPolicyArn });
  }
}

function tierFor(parameter: string, value: string): keyof typeof parameterBytes {
  const bytes = Buffer.byteLength(value);
  if (bytes <= parameterBytes.Standard) return "Standard";
  if (bytes <= parameterBytes.Advanced) return "Advanced";
  throw new UserError(
    `${parameter}: ${bytes} bytes, but a parameter of SSM takes ${parameterBytes.Advanced}; give topics as plain ` +
      "values, which are spread over several, not as an Output",
  );
}
