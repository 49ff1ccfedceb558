import * as ec2 from "@pulumi/aws/ec2";
import * as iam from "@pulumi/aws/iam";
import * as ssm from "@pulumi/aws/ssm";
import * as remote from "@pulumi/command/remote";
import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import type { ClusterDescription } from "../planning/cluster/clusterDescription";
import { opsNode, sshUser } from "../planning/cluster/names";
import { opsHostPrograms } from "../artifacts/instancePrograms";
import { renderUserData } from "../planning/node/userData";
import type { Archive } from "../artifacts/archives";
import type { ArtifactStore } from "./artifactStore";
import { groupOfOne } from "./groupOfOne";
import type { Image } from "../planning/node/image";
import { instanceTrustPolicy } from "../planning/node/nodePolicy";
import { opsPolicy } from "../planning/node/opsPolicy";
import type { Monitoring } from "./monitoring";
import { uploadOpsTools, type MonitoringTools } from "./opsTools";
import { sshConnection, type SshConnection } from "./sshConnection";
import { boundaryOf, nodeTagsOf, type ClusterIdentity } from "./clusterIdentity";

/** Arguments of an {@link OpsHost}. */
export interface OpsHostArgs extends ClusterIdentity {
  /** The EC2 instance type, e.g. `t3.micro`. */
  readonly instanceType: pulumi.Input<string>;
  /** The image that the host is started from. */
  readonly image: pulumi.Input<Image>;
  /** ARN of its disk's KMS key. */
  readonly volumeKeyArn: pulumi.Input<string>;
  /** Id of a public subnet. */
  readonly subnetId: pulumi.Input<string>;
  /** The subnet's zone. */
  readonly zone: pulumi.Input<string>;
  /** Id of the host's security group. */
  readonly securityGroupId: pulumi.Input<string>;
  /** URL of the EC2 API inside the VPC. */
  readonly ec2EndpointUrl: pulumi.Input<string>;
  /** The operator's key pair, as OpenSSH writes it: the remote commands need the private key. Default: one is made. */
  readonly keyPair?: { readonly publicKey: pulumi.Input<string>; readonly privateKey: pulumi.Input<string> };
  /** The archive with the file `kafka-ops.js`. */
  readonly bundle: pulumi.Input<Archive>;
  /** What runs in the browser that shows the cluster's page: the file `kafka-page.js`. */
  readonly page: pulumi.Input<Archive>;
  /** The description of the cluster that `kafka-ops` works from. */
  readonly cluster: pulumi.Input<ClusterDescription>;
  /** The store whose bucket the host gets the bundle from, and all else that it runs. */
  readonly artifacts: ArtifactStore;
  /** What the monitoring has beside the host, and what the host runs for it. Default: there is none. */
  readonly monitoring?: Omit<MonitoringTools, "topicArn" | "zone"> & { readonly parts: Monitoring };
  /** Resources that the instance needs to boot and that no other argument refers to: its route to the internet. */
  readonly bootNeeds: readonly pulumi.Resource[];
}

/**
 * Seconds until the SSH server must answer. Boot, packages and keys take about a minute, and it answers only after
 * that.
 */
const bootDeadlineSeconds = 300;

/** Seconds for fetching the tools: Prometheus and its like have 120 MB. */
const refreshDeadlineSeconds = 300;

/**
 * The one machine that is reachable by SSH, from which remote commands see the cluster, and on which the guardian runs.
 * A lost one comes back by itself, with the same addresses, host key and tools: all that it is lies in the launch
 * template, Parameter Store and the artifact bucket, and metrics on a volume of their own. About $12 a month with its
 * address and root volume (t3.micro).
 */
export class OpsHost extends pulumi.ComponentResource {
  /** How remote commands reach the host. It holds a secret. */
  readonly connection: SshConnection;
  /** The fixed public address. */
  readonly publicIp: pulumi.Output<string>;
  /** OpenSSH public key by which the host is known. */
  readonly hostPublicKey: pulumi.Output<string>;
  /** Name of the parameter with the operator's private key, if the program made it. */
  readonly privateKeyParameter: pulumi.Output<string> | undefined;
  /** OpenSSH public key that the nodes are to accept. */
  readonly nodeAccessPublicKey: pulumi.Output<string>;
  /** SHA-512 of the ops bundle. */
  readonly bundleHash: pulumi.Output<string>;
  /** There when the host runs and has its tools. */
  readonly refreshed: pulumi.Resource;

  constructor(name: string, args: OpsHostArgs, options?: pulumi.ComponentResourceOptions) {
    super("kafka-on-ec2:index:OpsHost", name, {}, options);
    const { clusterName, region, monitoring } = args;
    const own = { parent: this };
    const exclusive = { ...own, deleteBeforeReplace: true };
    const tags = nodeTagsOf(args, opsNode);
    const fullName = pulumi.interpolate`${clusterName}-ops`;

    // Nothing is made before the name is known, which waits for all checks.
    const algorithm = pulumi.output(clusterName).apply(() => "ED25519");
    const makeKey = (purpose: string) => new tls.PrivateKey(`${name}-${purpose}`, { algorithm }, own);
    const [hostKey, nodeAccessKey] = [makeKey("host-key"), makeKey("node-access-key")];
    const operatorKey = args.keyPair ? undefined : makeKey("operator-key");
    this.hostPublicKey = hostKey.publicKeyOpenssh.apply((key) => key.trim());
    this.nodeAccessPublicKey = nodeAccessKey.publicKeyOpenssh.apply((key) => key.trim());

    const parameter = (purpose: string, path: string, description: string, key: tls.PrivateKey) =>
      new ssm.Parameter(
        `${name}-${purpose}`,
        {
          name: pulumi.interpolate`/${clusterName}/ops/${path}`,
          description: pulumi.interpolate`${description} ${fullName}`,
          type: "SecureString",
          value: pulumi.secret(key.privateKeyOpenssh),
          tags,
        },
        exclusive,
      );
    const parameters = {
      hostKey: parameter("host-key", "host-key", "SSH host key of", hostKey),
      nodeAccessKey: parameter("node-access-key", "node-key", "SSH key to the nodes of", nodeAccessKey),
    };
    // Not an output: every stack that refers to this one could read it there.
    this.privateKeyParameter =
      operatorKey && parameter("operator-key", "operator-key", "Operators' SSH key for", operatorKey).name;

    const roleName = pulumi.interpolate`${clusterName}-${region}-ops`;
    const role = new iam.Role(
      name,
      {
        name: roleName,
        description: pulumi.interpolate`Instance ${fullName}`,
        assumeRolePolicy: instanceTrustPolicy,
        permissionsBoundary: boundaryOf(args),
        tags,
      },
      exclusive,
    );
    const policy = new iam.RolePolicy(
      name,
      {
        name: "ops",
        role: role.name,
        policy: pulumi
          .all([
            clusterName,
            region,
            parameters.hostKey.arn,
            parameters.nodeAccessKey.arn,
            args.artifacts.bucketArn,
            monitoring && {
              volumeArn: monitoring.parts.volumeArn,
              volumeKeyArn: monitoring.parts.volumeKeyArn,
              topicArn: monitoring.parts.topicArn,
              remoteWriteUrl: monitoring.remoteWriteUrl,
            },
          ])
          .apply(([cluster, region, hostKeyArn, nodeAccessKeyArn, bucketArn, monitoring]) =>
            opsPolicy({
              clusterName: cluster,
              region,
              // arn:aws:ssm:REGION:ACCOUNT:parameter/…
              account: hostKeyArn.split(":")[4] ?? "",
              parameterArns: [hostKeyArn, nodeAccessKeyArn],
              bucketArn,
              monitoring,
            }),
          ),
      },
      exclusive,
    );
    const profile = new iam.InstanceProfile(name, { name: roleName, role: role.name, tags }, exclusive);

    const tools = uploadOpsTools(
      name,
      {
        ...args,
        monitoring: monitoring && { ...monitoring, zone: args.zone, topicArn: monitoring.parts.topicArn },
      },
      this,
    );

    const networkInterface = new ec2.NetworkInterface(
      name,
      {
        subnetId: args.subnetId,
        securityGroups: [args.securityGroupId],
        description: pulumi.interpolate`${fullName}, kept when its instance is replaced`,
        tags,
      },
      own,
    );
    const address = new ec2.Eip(name, { domain: "vpc", tags }, { ...own, dependsOn: [...args.bootNeeds] });
    const association = new ec2.EipAssociation(
      name,
      { allocationId: address.id, networkInterfaceId: networkInterface.id },
      exclusive,
    );
    const userData = pulumi
      .output({
        clusterName,
        region,
        artifactBucket: args.artifacts.bucketName,
        operatorPublicKey: operatorKey?.publicKeyOpenssh ?? args.keyPair?.publicKey ?? "",
        ec2EndpointUrl: args.ec2EndpointUrl,
        // Another volume is another instance: one that runs does not let go of the one that it has.
        volumeId: monitoring?.parts.volumeId,
      })
      .apply((values) =>
        renderUserData({
          role: "ops",
          programs: opsHostPrograms(),
          ...values,
          hostKeyParameter: `/${values.clusterName}/ops/host-key`,
          nodeAccessKeyParameter: `/${values.clusterName}/ops/node-key`,
        }),
      );
    const { group, launchTemplate } = groupOfOne(
      name,
      {
        fullName,
        zone: args.zone,
        image: args.image,
        volumeKeyArn: args.volumeKeyArn,
        instanceType: args.instanceType,
        profile,
        networkInterface,
        userData,
        tags,
        // There is nothing to lose on it.
        replacedByChanges: true,
        dependsOn: [
          policy,
          parameters.hostKey,
          parameters.nodeAccessKey,
          association,
          tools.list,
          args.artifacts,
          ...args.bootNeeds,
        ],
      },
      this,
    );
    this.publicIp = address.publicIp;

    this.connection = sshConnection({
      host: this.publicIp,
      user: sshUser,
      privateKey: pulumi.secret(operatorKey?.privateKeyOpenssh ?? args.keyPair?.privateKey ?? "").apply(lastLineEnded),
      hostKey: this.hostPublicKey,
      deadlineSeconds: bootDeadlineSeconds,
    });
    this.bundleHash = pulumi.output(args.bundle).sha512;
    // An instance fetches the tools when it boots; one that runs is told of new ones.
    this.refreshed = new remote.Command(
      `${name}-refresh`,
      {
        connection: this.connection,
        create: pulumi.interpolate`timeout ${refreshDeadlineSeconds} sudo /etc/kafka-node/refresh-tools ${tools.sha512}`,
        triggers: [tools.sha512, launchTemplate.latestVersion],
      },
      // One that failed or was cut off is forgotten, and so runs again, also when the tools are those of before.
      { ...exclusive, dependsOn: [group, association, tools.list] },
    );

    this.registerOutputs({
      publicIp: this.publicIp,
      hostPublicKey: this.hostPublicKey,
      nodeAccessPublicKey: this.nodeAccessPublicKey,
    });
  }
}

/** A key file whose last line is not ended is no key for OpenSSH. */
function lastLineEnded(key: string): string {
  return `${key.trimEnd()}\n`;
}
