import * as s3 from "@pulumi/aws/s3";
import * as pulumi from "@pulumi/pulumi";
import type { ClusterDescription } from "../planning/cluster/clusterDescription";
import { kafkaCommandsEnvironment } from "../planning/cluster/kafkaCommands";
import { opsTools } from "../planning/cluster/names";
import { monitoringArchive, opsFilesArchive, type Archive } from "../artifacts/archives";
import { alertmanagerConfig } from "../monitoring/alertmanager";
import { prometheusConfig } from "../monitoring/prometheus";
import type { ArtifactStore } from "./artifactStore";
import { sha512Of } from "../artifacts/sha512";
import { tagsOf, type ClusterIdentity } from "./clusterIdentity";

/** What the ops host runs, as objects of the artifact bucket. */
export interface OpsTools {
  /** The object `ops/SHA512SUMS`, which names the files: the last one to be made or changed. */
  readonly list: s3.BucketObjectv2;
  /** SHA-512 of the list, and so of all that it names. */
  readonly sha512: pulumi.Output<string>;
}

/** What the ops host runs for its monitoring, and what it is told. */
export interface MonitoringTools {
  /** The programs, by the names that they have on the host. */
  readonly programs: pulumi.Input<
    Readonly<Record<"prometheus" | "alertmanager" | "amtool" | "node_exporter", Archive>>
  >;
  /** The host's zone. */
  readonly zone: pulumi.Input<string>;
  /** ARN of the topic that gets the alerts. */
  readonly topicArn: pulumi.Input<string>;
  /** `metricsRemoteWriteUrl`. */
  readonly remoteWriteUrl: pulumi.Input<string>;
}

interface ToolFile {
  readonly file: string;
  readonly sha512: pulumi.Input<string>;
  readonly body: { readonly source: pulumi.Input<pulumi.asset.Asset> } | { readonly content: pulumi.Input<string> };
}

/** Uploads the files and their list. */
export function uploadOpsTools(
  name: string,
  args: ClusterIdentity & {
    readonly artifacts: ArtifactStore;
    readonly bundle: pulumi.Input<Archive>;
    readonly page: pulumi.Input<Archive>;
    readonly cluster: pulumi.Input<ClusterDescription>;
    readonly monitoring?: MonitoringTools;
  },
  parent: pulumi.Resource,
): OpsTools {
  const { artifacts } = args;
  const cluster = pulumi.output(args.cluster).apply((value) => `${JSON.stringify(value, null, 2)}\n`);
  const kafkaCommands = pulumi
    .all([args.cluster, artifacts.references.kafka])
    .apply(([description, archive]) => kafkaCommandsEnvironment(description, archive));
  const { programs, files: monitoringFiles } = args.monitoring
    ? monitoringTools(args.cluster, args.monitoring)
    : { programs: [], files: [] };
  const files: ToolFile[] = [
    sourceFile("kafka-ops.js", args.bundle),
    sourceFile(opsTools.pageProgram, args.page),
    // Like the bundle it is made when the checks have passed. One object, as each costs the host a second.
    sourceFile("files.tar", pulumi.output(args.cluster).apply(opsFilesArchive)),
    textFile("cluster.json", cluster),
    textFile("kafka-commands.env", kafkaCommands),
    ...monitoringFiles,
  ];
  const common = { bucket: artifacts.bucketName, tags: tagsOf(args, "ops") };
  // A key holds the checksum: until the list is changed, all that it names stays there.
  const objects = [...programs, ...files].map(
    ({ file, sha512, body }) =>
      new s3.BucketObjectv2(
        `${name}-${file}`,
        { ...common, key: pulumi.interpolate`ops/${sha512}/${file}`, ...body },
        { parent, dependsOn: [artifacts] },
      ),
  );
  const text = listOf(files);
  const list = new s3.BucketObjectv2(
    `${name}-tools`,
    { ...common, key: "ops/SHA512SUMS", content: text },
    { parent, dependsOn: objects },
  );
  return { list, sha512: text.apply(sha512Of) };
}

/**
 * The files of the monitoring, and the programs: these are large, so the host fetches them by a list of their own, and
 * after all else.
 */
function monitoringTools(cluster: pulumi.Input<ClusterDescription>, monitoring: MonitoringTools) {
  const { zone, topicArn, remoteWriteUrl } = monitoring;
  const all = pulumi.output(monitoring.programs);
  const programs = (["prometheus", "alertmanager", "amtool", "node_exporter"] as const).map((file) =>
    sourceFile(file, all[file]),
  );
  const prometheus = pulumi
    .all([cluster, zone, remoteWriteUrl])
    .apply(([description, opsZone, url]) => prometheusConfig(description, { opsZone, remoteWriteUrl: url }));
  const alertmanager = pulumi
    .all([cluster, topicArn])
    .apply(([{ clusterName, region }, topic]) => alertmanagerConfig({ clusterName, region, topicArn: topic }));
  // Like the bundle it is made when the checks have passed.
  const archive = pulumi.output(cluster).apply(() => monitoringArchive());
  const files = [
    sourceFile("monitoring.tar", archive),
    textFile("prometheus.yml", prometheus),
    textFile("alertmanager.yml", alertmanager),
    textFile("PROGRAMS", listOf(programs)),
  ];
  return { programs, files };
}

/** Lines as `sha512sum` writes and reads them. */
function listOf(files: readonly ToolFile[]): pulumi.Output<string> {
  return pulumi.concat(...files.map(({ file, sha512 }) => pulumi.interpolate`${sha512}  ${file}\n`));
}

function sourceFile(file: string, archive: pulumi.Input<Archive>): ToolFile {
  const { sha512, path } = pulumi.output(archive);
  return { file, sha512, body: { source: path.apply((one) => new pulumi.asset.FileAsset(one)) } };
}

function textFile(file: string, content: pulumi.Output<string>): ToolFile {
  return { file, sha512: content.apply(sha512Of), body: { content } };
}
