import { stringify } from "yaml";
import { jvmOptions } from "./jvm";
import { awsCommandPath, initializedMarkerKey, opsNode } from "../cluster/names";
import type { PlannedNode } from "./nodes";

/** An object of the artifact bucket. */
export interface ArtifactReference {
  readonly key: string;
  readonly sha512: string;
}

/** The texts of the programs that an instance needs before it has an archive. */
export interface InstancePrograms {
  /** The AWS CLI with limits on how long a call may take. */
  readonly awsCommand: string;
  /** The program that cloud-init runs. */
  readonly bootstrap: string;
}

/** The texts of the programs that the ops host needs. */
export interface OpsHostPrograms extends InstancePrograms {
  /** The program that fetches the ops tools from the bucket. */
  readonly refreshTools: string;
}

interface StatefulNodeUserData {
  readonly programs: InstancePrograms;
  readonly clusterName: string;
  readonly region: string;
  readonly node: PlannedNode;
  /** The revision from `revisionOf`; empty while it is itself computed. */
  readonly revision: string;
  readonly artifactBucket: string;
  readonly nodeArchive: ArtifactReference;
  /** The Kafka or ZooKeeper archive. */
  readonly softwareArchive: ArtifactReference;
  /** The archive of node_exporter for its architecture. Absent: nobody asks for metrics. */
  readonly nodeExporterArchive?: ArtifactReference;
  /** Id of the data volume, `vol-…`. */
  readonly volumeId: string;
  /** URL of the EC2 API inside the VPC: `https://vpce-….ec2.us-east-1.vpce.amazonaws.com`. */
  readonly ec2EndpointUrl: string;
  /** OpenSSH public key by which the ops host reaches the node's default user. */
  readonly nodeAccessPublicKey: string;
}

/** What a broker's user data is made from. */
export interface KafkaUserData extends StatefulNodeUserData {
  readonly role: "kafka";
  /** The broker's server.properties, from `kafkaProperties`. */
  readonly serverProperties: string;
  /** Bytes that a batch may take once it is unpacked, from `unpackedBatchBytes`. */
  readonly unpackedBatchBytes: number;
  /** `host:port,…` for the scripts of the node. */
  readonly zookeeperConnect: string;
  /** `brokerMinimumRunning`: no broker fences itself when fewer would be left. */
  readonly minimumRunning: number;
}

/** What a ZooKeeper node's user data is made from. */
export interface ZooKeeperUserData extends StatefulNodeUserData {
  readonly role: "zookeeper";
  /** The node's zoo.cfg, from `zookeeperConfig`. */
  readonly zooCfg: string;
}

/** What the ops host's user data is made from. */
export interface OpsUserData {
  readonly role: "ops";
  readonly programs: OpsHostPrograms;
  readonly clusterName: string;
  readonly region: string;
  /** Name of the SSM parameter with the SSH host key (OpenSSH private key). */
  readonly hostKeyParameter: string;
  /** Name of the SSM parameter with the private key for the nodes. */
  readonly nodeAccessKeyParameter: string;
  /** The bucket that has the tools. */
  readonly artifactBucket: string;
  /** URL of the EC2 API inside the VPC. */
  readonly ec2EndpointUrl: string;
  /** OpenSSH public key of the operator. */
  readonly operatorPublicKey: string;
  /** Id of the volume for the metrics. Absent: there is no monitoring. */
  readonly volumeId?: string;
}

/** What a machine's user data is made from, by its role. */
export type UserDataInput = KafkaUserData | ZooKeeperUserData | OpsUserData;

/** EC2's limit for user data before it is encoded. */
export const userDataLimitBytes = 16 * 1024;

/**
 * The user data as text (`#cloud-config`), not encoded. It holds nothing secret: whoever may describe the instance can
 * read it. Throws when it exceeds `limitBytes`, EC2's 16 KB; that is told before anything is made (userDataRoom.ts).
 */
export function renderUserData(input: UserDataInput, limitBytes = userDataLimitBytes): string {
  const text = `#cloud-config\n${stringify(cloudConfig(input), { lineWidth: 0, version: "1.1" })}`;
  const bytes = Buffer.byteLength(text);
  if (bytes > limitBytes) {
    const name = input.role === "ops" ? opsNode : input.node.name;
    throw new Error(
      `user data of ${name} has ${bytes} bytes, EC2 takes ${limitBytes}; shorten brokerConfig or move text to ` +
        "the node archive",
    );
  }
  return text;
}

function cloudConfig(input: UserDataInput): Record<string, unknown> {
  switch (input.role) {
    case "kafka":
      return statefulNodeConfig(
        input,
        { ZOOKEEPER_CONNECT: input.zookeeperConnect, MINIMUM_RUNNING: String(input.minimumRunning) },
        file("/etc/kafka-node/server.properties", input.serverProperties),
      );
    case "zookeeper":
      return statefulNodeConfig(
        input,
        { INITIALIZED_MARKER_KEY: initializedMarkerKey },
        file("/etc/kafka-node/zoo.cfg", input.zooCfg),
      );
    case "ops":
      return {
        ssh_pwauth: false,
        ssh_authorized_keys: [input.operatorPublicKey.trim()],
        // No host key but the one that the operator's connection expects: the bootstrap installs it and starts sshd.
        ssh_deletekeys: true,
        // With this map, even empty, cloud-init generates none. An empty list of types to generate is no valid
        // cloud-config.
        ssh_keys: {},
        write_files: [
          environmentFile({
            NODE_ROLE: "ops",
            NODE_NAME: opsNode,
            CLUSTER_NAME: input.clusterName,
            AWS_REGION: input.region,
            OPS_HOST_KEY_PARAMETER: input.hostKeyParameter,
            NODE_ACCESS_KEY_PARAMETER: input.nodeAccessKeyParameter,
            ARTIFACT_BUCKET: input.artifactBucket,
            EC2_ENDPOINT_URL: input.ec2EndpointUrl,
            ...(input.volumeId !== undefined && { VOLUME_ID: input.volumeId }),
          }),
          ...programFiles(input.programs),
          file("/etc/kafka-node/refresh-tools", input.programs.refreshTools, "0755"),
        ],
        runcmd: [["/etc/kafka-node/bootstrap"]],
      };
    default: {
      const unknown: never = input;
      throw new Error(`no user data for ${JSON.stringify(unknown)}`);
    }
  }
}

function statefulNodeConfig(
  input: KafkaUserData | ZooKeeperUserData,
  extraEnvironment: Record<string, string>,
  configuration: CloudFile,
): Record<string, unknown> {
  const { node, nodeExporterArchive } = input;
  return {
    // Logs and prompts name the node; the name resolves by the private zone.
    hostname: node.name,
    fqdn: node.dnsName,
    prefer_fqdn_over_hostname: true,
    ssh_pwauth: false,
    ssh_authorized_keys: [input.nodeAccessPublicKey.trim()],
    write_files: [
      environmentFile({
        NODE_ROLE: input.role,
        NODE_NAME: node.name,
        NODE_ID: String(node.id),
        NODE_ADDRESS: node.privateIp,
        NODE_REVISION: input.revision,
        CLUSTER_NAME: input.clusterName,
        AWS_REGION: input.region,
        ARTIFACT_BUCKET: input.artifactBucket,
        NODE_ARCHIVE_KEY: input.nodeArchive.key,
        NODE_ARCHIVE_SHA512: input.nodeArchive.sha512,
        SOFTWARE_ARCHIVE_KEY: input.softwareArchive.key,
        SOFTWARE_ARCHIVE_SHA512: input.softwareArchive.sha512,
        ...(nodeExporterArchive && {
          NODE_EXPORTER_ARCHIVE_KEY: nodeExporterArchive.key,
          NODE_EXPORTER_ARCHIVE_SHA512: nodeExporterArchive.sha512,
        }),
        VOLUME_ID: input.volumeId,
        EC2_ENDPOINT_URL: input.ec2EndpointUrl,
        HEAP_MIB: String(node.heapMiB),
        JVM_OPTS: jvmOptions(node, {
          unpackedBatchBytes: input.role === "kafka" ? input.unpackedBatchBytes : undefined,
          monitored: nodeExporterArchive !== undefined,
        }).join(" "),
        ...extraEnvironment,
      }),
      configuration,
      ...programFiles(input.programs),
    ],
    runcmd: [["/etc/kafka-node/bootstrap"]],
  };
}

interface CloudFile {
  readonly path: string;
  readonly permissions: string;
  readonly content: string;
}

function file(path: string, content: string, permissions = "0644"): CloudFile {
  if (content.includes("\r"))
    throw new Error(`user data: ${path} has a carriage return (CR), which Linux takes for text`);
  return { path, permissions, content };
}

function programFiles({ awsCommand, bootstrap }: InstancePrograms): CloudFile[] {
  return [file(awsCommandPath, awsCommand, "0755"), file("/etc/kafka-node/bootstrap", bootstrap, "0755")];
}

/** `KEY=value` lines that a shell and systemd's EnvironmentFile read alike. */
function environmentFile(values: Record<string, string>): CloudFile {
  const lines = Object.entries(values).map(([key, value]) => {
    if (!/^[A-Za-z0-9@%_+=:,./* -]*$/.test(value)) {
      throw new Error(`node.env: ${key} has characters that a shell would interpret: ${JSON.stringify(value)}`);
    }
    return /[ *]/.test(value) ? `${key}="${value}"\n` : `${key}=${value}\n`;
  });
  return file("/etc/kafka-node/node.env", lines.join(""));
}
