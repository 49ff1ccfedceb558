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
import type { Image } from "./instanceDefaults";
import { instanceTrustPolicy } from "../planning/node/nodePolicy";
import { opsPolicy } from "../planning/node/opsPolicy";
import { uploadOpsTools } from "./opsTools";
import { sshConnection, type SshConnection } from "./sshConnection";
import { nodeTags } from "../planning/cluster/tags";

export interface OpsHostArgs {
  /** Prefix of every name. */
  readonly clusterName: string;
  readonly region: string;
  readonly instanceType: string;
  readonly image: Image;
  /** Of the KMS key of its disk. */
  readonly volumeKeyArn: string;
  /** A public subnet. */
  readonly subnetId: pulumi.Input<string>;
  /** The subnet's. */
  readonly zone: string;
  readonly securityGroupId: pulumi.Input<string>;
  /** Of the EC2 API inside the VPC. */
  readonly ec2EndpointUrl: pulumi.Input<string>;
  /** The operator's OpenSSH public key. Default (empty): make a key pair. */
  readonly sshPublicKey: string;
  /** The private key of `sshPublicKey`: the remote commands need it. */
  readonly sshPrivateKey: pulumi.Input<string>;
  /** The file `kafka-ops.js`. */
  readonly bundle: Archive;
  /** What `kafka-ops` works from. */
  readonly cluster: pulumi.Input<ClusterDescription>;
  /** Its bucket is where the host gets the bundle and all else that it runs. */
  readonly artifacts: ArtifactStore;
  /** All that the instance needs to boot, and that no other argument refers to: its route to the internet. */
  readonly bootNeeds: readonly pulumi.Resource[];
}

/** Boot, packages and keys take about a minute; the SSH server answers only after that. */
const bootDeadlineSeconds = 300;

/** Fetching the tools takes two seconds. */
const refreshDeadlineSeconds = 120;

/**
 * The one machine that is reachable by SSH, from which remote commands see the cluster, and on which the guardian runs. A
 * lost one comes back by itself, with the same addresses, host key and tools: all that it is lies in the launch template,
 * Parameter Store and the artifact bucket. About $12 a month with its address and root volume (t3.micro).
 */
export class OpsHost extends pulumi.ComponentResource {
  /** For remote commands. Holds a secret. */
  readonly connection: SshConnection;
  readonly publicIp: pulumi.Output<string>;
  /** OpenSSH public key by which the host is known. */
  readonly hostPublicKey: pulumi.Output<string>;
  /** Name of the parameter with the operator's private key, if the program made it. */
  readonly privateKeyParameter: pulumi.Output<string> | undefined;
  /** OpenSSH public key that the nodes are to accept. */
  readonly nodeAccessPublicKey: pulumi.Output<string>;
  /** SHA-512 of the ops bundle. */
  readonly bundleHash: string;

  constructor(name: string, args: OpsHostArgs, options?: pulumi.ComponentResourceOptions) {
    super("kafka-on-ec2:index:OpsHost", name, {}, options);
    const { clusterName } = args;
    const own = { parent: this };
    const tags = nodeTags(clusterName, opsNode);
    const fullName = `${clusterName}-ops`;

    const hostKey = privateKey("ops-host-key", own);
    const nodeAccessKey = privateKey("node-access-key", own);
    const operatorKey = args.sshPublicKey ? undefined : privateKey("operator-key", own);
    this.hostPublicKey = hostKey.publicKeyOpenssh.apply((key) => key.trim());
    this.nodeAccessPublicKey = nodeAccessKey.publicKeyOpenssh.apply((key) => key.trim());

    const parameter = (resourceName: string, path: string, description: string, key: tls.PrivateKey) =>
      new ssm.Parameter(
        resourceName,
        {
          name: `/${clusterName}/ops/${path}`,
          description,
          type: "SecureString",
          value: pulumi.secret(key.privateKeyOpenssh),
          tags,
        },
        { ...own, deleteBeforeReplace: true },
      );
    const parameters = {
      hostKey: parameter("ops-host-key", "host-key", `SSH host key of ${fullName}`, hostKey),
      nodeAccessKey: parameter("node-access-key", "node-key", `SSH key of ${fullName} for the nodes`, nodeAccessKey),
    };
    // Not an output: every stack that refers to this one could read it there.
    this.privateKeyParameter =
      operatorKey && parameter("operator-key", "operator-key", `Operators' SSH key for ${fullName}`, operatorKey).name;

    const roleName = `${clusterName}-${args.region}-ops`;
    const role = new iam.Role(
      "ops",
      { name: roleName, description: `Instance ${fullName}`, assumeRolePolicy: instanceTrustPolicy, tags },
      { ...own, deleteBeforeReplace: true },
    );
    const policy = new iam.RolePolicy(
      "ops",
      {
        name: "ops",
        role: role.name,
        policy: pulumi
          .all([parameters.hostKey.arn, parameters.nodeAccessKey.arn, args.artifacts.bucketArn])
          .apply(([hostKeyArn, nodeAccessKeyArn, bucketArn]) =>
            opsPolicy({
              clusterName,
              region: args.region,
              // arn:aws:ssm:REGION:ACCOUNT:parameter/…
              account: hostKeyArn.split(":")[4] ?? "",
              parameterArns: [hostKeyArn, nodeAccessKeyArn],
              bucketArn,
            }),
          ),
      },
      { ...own, deleteBeforeReplace: true },
    );
    const profile = new iam.InstanceProfile(
      "ops",
      { name: roleName, role: role.name, tags },
      { ...own, deleteBeforeReplace: true },
    );

    const tools = uploadOpsTools(args, this);

    const networkInterface = new ec2.NetworkInterface(
      "ops",
      {
        subnetId: args.subnetId,
        securityGroups: [args.securityGroupId],
        description: `${fullName}, kept when its instance is replaced`,
        tags,
      },
      own,
    );
    const address = new ec2.Eip("ops", { domain: "vpc", tags }, { ...own, dependsOn: [...args.bootNeeds] });
    const association = new ec2.EipAssociation(
      "ops",
      { allocationId: address.id, networkInterfaceId: networkInterface.id },
      { ...own, deleteBeforeReplace: true },
    );
    const userData = pulumi
      .all([args.artifacts.bucketName, operatorKey?.publicKeyOpenssh ?? args.sshPublicKey, args.ec2EndpointUrl])
      .apply(([artifactBucket, operatorPublicKey, ec2EndpointUrl]) =>
        renderUserData({
          role: "ops",
          programs: opsHostPrograms(),
          clusterName,
          region: args.region,
          hostKeyParameter: `/${clusterName}/ops/host-key`,
          nodeAccessKeyParameter: `/${clusterName}/ops/node-key`,
          artifactBucket,
          operatorPublicKey,
          ec2EndpointUrl,
        }),
      );
    const { group, launchTemplate } = groupOfOne(
      "ops",
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
      privateKey: operatorKey
        ? pulumi.secret(operatorKey.privateKeyOpenssh)
        : pulumi.secret(args.sshPrivateKey).apply(lastLineEnded),
      hostKey: this.hostPublicKey,
      deadlineSeconds: bootDeadlineSeconds,
    });
    this.bundleHash = args.bundle.sha512;
    // An instance fetches the tools when it boots; one that runs is told of new ones.
    new remote.Command(
      "ops-refresh",
      {
        connection: this.connection,
        create: pulumi.interpolate`timeout ${refreshDeadlineSeconds} sudo /etc/kafka-node/refresh-tools ${tools.sha512}`,
        triggers: [tools.sha512, launchTemplate.latestVersion],
      },
      { ...own, dependsOn: [group, association, tools.list] },
    );

    this.registerOutputs({
      publicIp: this.publicIp,
      hostPublicKey: this.hostPublicKey,
      nodeAccessPublicKey: this.nodeAccessPublicKey,
    });
  }
}

function privateKey(name: string, options: pulumi.CustomResourceOptions): tls.PrivateKey {
  return new tls.PrivateKey(name, { algorithm: "ED25519" }, options);
}

/** A key file whose last line is not ended is no key for OpenSSH. */
function lastLineEnded(key: string): string {
  return `${key.trimEnd()}\n`;
}
