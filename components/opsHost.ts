import { createHash } from "node:crypto";
import * as ec2 from "@pulumi/aws/ec2";
import * as iam from "@pulumi/aws/iam";
import * as ssm from "@pulumi/aws/ssm";
import * as remote from "@pulumi/command/remote";
import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import type { ClusterDescription } from "../planning/cluster";
import { sshUser } from "../planning/names";
import { renderUserData } from "../planning/userData";
import type { Archive } from "./archives";
import { metadataOptions, rootVolume, type Image } from "./instanceDefaults";
import { instanceTrustPolicy } from "./nodePolicy";
import { sshConnection, type SshConnection } from "./sshConnection";
import { nodeTags } from "./tags";

export interface OpsHostArgs {
  /** Prefix of every name. */
  readonly clusterName: string;
  readonly region: string;
  readonly instanceType: string;
  readonly image: Image;
  /** A public subnet. */
  readonly subnetId: pulumi.Input<string>;
  readonly securityGroupId: pulumi.Input<string>;
  /** The operator's OpenSSH public key. Default (empty): make a key pair. */
  readonly sshPublicKey: string;
  /** The private key of `sshPublicKey`: the remote commands need it. */
  readonly sshPrivateKey: pulumi.Input<string>;
  /** The file `kafka-ops.js`. */
  readonly bundle: Archive;
  /** What `kafka-ops` works from. */
  readonly cluster: pulumi.Input<ClusterDescription>;
  /** All that the instance needs to boot, and that no other argument refers to: its route to the internet. */
  readonly bootNeeds: readonly pulumi.Resource[];
}

/** Boot, packages and keys take about a minute; the SSH server answers only after that. */
const bootDeadlineSeconds = 300;

export const bundleFile = "kafka-ops.js";
export const clusterFile = "cluster.json";

/**
 * The one machine that is reachable by SSH, from which remote commands see the cluster. Holds no state: a new ops bundle
 * is copied to it, and a new instance of it takes over address and host key. About $9 a month with its address (t3.micro).
 */
export class OpsHost extends pulumi.ComponentResource {
  /** For remote commands. Holds a secret. */
  readonly connection: SshConnection;
  readonly publicIp: pulumi.Output<string>;
  /** OpenSSH public key by which the host is known. */
  readonly hostPublicKey: pulumi.Output<string>;
  /** The operator's private key, if the program made it; secret. */
  readonly madePrivateKey: pulumi.Output<string> | undefined;
  /** OpenSSH public key that the nodes are to accept. */
  readonly nodeAccessPublicKey: pulumi.Output<string>;
  /** SHA-512 of the ops bundle. */
  readonly bundleHash: string;

  constructor(name: string, args: OpsHostArgs, options?: pulumi.ComponentResourceOptions) {
    super("kafka-on-ec2:index:OpsHost", name, {}, options);
    const { clusterName } = args;
    const own = { parent: this };
    const tags = nodeTags(clusterName, "ops");
    const fullName = `${clusterName}-ops`;

    const hostKey = privateKey("ops-host-key", own);
    const nodeAccessKey = privateKey("node-access-key", own);
    const operatorKey = args.sshPublicKey ? undefined : privateKey("operator-key", own);
    this.hostPublicKey = hostKey.publicKeyOpenssh.apply((key) => key.trim());
    this.nodeAccessPublicKey = nodeAccessKey.publicKeyOpenssh.apply((key) => key.trim());
    this.madePrivateKey = operatorKey && pulumi.secret(operatorKey.privateKeyOpenssh);
    const keyPair = new ec2.KeyPair(
      "operator",
      { keyName: fullName, publicKey: operatorKey?.publicKeyOpenssh ?? args.sshPublicKey, tags },
      { ...own, deleteBeforeReplace: true },
    );

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
        policy: pulumi.all([parameters.hostKey.arn, parameters.nodeAccessKey.arn]).apply(opsPolicy),
      },
      { ...own, deleteBeforeReplace: true },
    );
    const profile = new iam.InstanceProfile(
      "ops",
      { name: roleName, role: role.name, tags },
      { ...own, deleteBeforeReplace: true },
    );

    const address = new ec2.Eip("ops", { domain: "vpc", tags }, { ...own, dependsOn: [...args.bootNeeds] });
    const instance = new ec2.Instance(
      "ops",
      {
        ami: args.image.id,
        instanceType: args.instanceType,
        subnetId: args.subnetId,
        vpcSecurityGroupIds: [args.securityGroupId],
        keyName: keyPair.keyName,
        iamInstanceProfile: profile.name,
        metadataOptions,
        rootBlockDevice: { ...rootVolume, encrypted: true, deleteOnTermination: true, tags },
        userData: renderUserData({
          role: "ops",
          clusterName,
          region: args.region,
          hostKeyParameter: `/${clusterName}/ops/host-key`,
          nodeAccessKeyParameter: `/${clusterName}/ops/node-key`,
        }),
        userDataReplaceOnChange: true,
        tags,
      },
      { ...own, dependsOn: [policy, parameters.hostKey, parameters.nodeAccessKey, ...args.bootNeeds] },
    );
    const association = new ec2.EipAssociation(
      "ops",
      { allocationId: address.id, instanceId: instance.id },
      { ...own, deleteBeforeReplace: true },
    );
    this.publicIp = address.publicIp;

    this.connection = sshConnection({
      host: this.publicIp,
      user: sshUser,
      privateKey: this.madePrivateKey ?? pulumi.secret(args.sshPrivateKey).apply(lastLineEnded),
      hostKey: this.hostPublicKey,
      deadlineSeconds: bootDeadlineSeconds,
    });
    this.bundleHash = args.bundle.sha512;
    // A new instance has none of the files, whatever their contents.
    new remote.CopyToRemote(
      "ops-bundle",
      {
        connection: this.connection,
        source: new pulumi.asset.FileAsset(args.bundle.path),
        remotePath: bundleFile,
        triggers: [args.bundle.sha512, instance.id],
      },
      { ...own, dependsOn: [association] },
    );
    const clusterText = pulumi.output(args.cluster).apply((cluster) => `${JSON.stringify(cluster, null, 2)}\n`);
    new remote.Command(
      "ops-cluster-file",
      {
        connection: this.connection,
        // At once or not at all, as a gate might be reading it.
        create: `cat >${clusterFile}.new && mv ${clusterFile}.new ${clusterFile}`,
        stdin: clusterText,
        triggers: [clusterText.apply(sha256), instance.id],
      },
      { ...own, dependsOn: [association] },
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

/** Its own keys, and no more: what the ops host does, it does by the cluster's own protocols and by SSH. */
function opsPolicy(parameterArns: string[]): string {
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Sid: "OwnKeys", Effect: "Allow", Action: "ssm:GetParameter", Resource: parameterArns }],
  });
}

/** A key file whose last line is not ended is no key for OpenSSH. */
function lastLineEnded(key: string): string {
  return `${key.trimEnd()}\n`;
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
