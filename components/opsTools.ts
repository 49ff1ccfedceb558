import * as s3 from "@pulumi/aws/s3";
import * as pulumi from "@pulumi/pulumi";
import type { ClusterDescription } from "../planning/cluster/clusterDescription";
import { opsTools } from "../planning/cluster/names";
import { opsUnits } from "../artifacts/instancePrograms";
import type { Archive } from "../artifacts/archives";
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

/** Uploads the files and their list. */
export function uploadOpsTools(
  name: string,
  args: ClusterIdentity & {
    readonly artifacts: ArtifactStore;
    readonly bundle: pulumi.Input<Archive>;
    readonly page: pulumi.Input<Archive>;
    readonly cluster: pulumi.Input<ClusterDescription>;
  },
  parent: pulumi.Resource,
): OpsTools {
  const { artifacts } = args;
  const cluster = pulumi.output(args.cluster).apply((value) => `${JSON.stringify(value, null, 2)}\n`);
  const archived = (file: string, archive: pulumi.Input<Archive>) => {
    const { sha512, path } = pulumi.output(archive);
    return { file, sha512, body: { source: path.apply((one) => new pulumi.asset.FileAsset(one)) } };
  };
  const files = [
    archived("kafka-ops.js", args.bundle),
    archived(opsTools.pageProgram, args.page),
    ...opsUnits().map(({ file, content }) => ({ file, sha512: sha512Of(content), body: { content } })),
    { file: "cluster.json", sha512: cluster.apply(sha512Of), body: { content: cluster } },
  ];
  const common = { bucket: artifacts.bucketName, tags: tagsOf(args, "ops") };
  // A key holds the checksum: until the list is changed, all that it names stays there.
  const objects = files.map(
    ({ file, sha512, body }) =>
      new s3.BucketObjectv2(
        `${name}-${file}`,
        { ...common, key: pulumi.interpolate`ops/${sha512}/${file}`, ...body },
        { parent, dependsOn: [artifacts] },
      ),
  );
  const text = pulumi.concat(...files.map(({ file, sha512 }) => pulumi.interpolate`${sha512}  ${file}\n`));
  const list = new s3.BucketObjectv2(
    `${name}-tools`,
    { ...common, key: "ops/SHA512SUMS", content: text },
    { parent, dependsOn: objects },
  );
  return { list, sha512: text.apply(sha512Of) };
}
