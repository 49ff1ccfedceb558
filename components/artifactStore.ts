import * as s3 from "@pulumi/aws/s3";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { keptLogs } from "../planning/cluster/names";
import type { ArtifactReference } from "../planning/node/userData";
import type { Archive } from "../artifacts/archives";
import { tagsOf, type ClusterIdentity } from "./clusterIdentity";

/** `kafka` and `zookeeper` are the software, `node` is what every node runs. */
export type ArtifactName = "kafka" | "zookeeper" | "node";

/** Arguments of an {@link ArtifactStore}. */
export interface ArtifactStoreArgs extends ClusterIdentity {
  /** The archives that the nodes fetch, by their names. */
  readonly archives: Readonly<Record<ArtifactName, pulumi.Input<Archive>>>;
  /** node_exporter, for each pool in its architecture. Default: nobody asks for metrics. */
  readonly nodeExporters?: Readonly<Record<"kafka" | "zookeeper", pulumi.Input<Archive>>>;
}

/**
 * A private, encrypted bucket that only TLS reaches, with the archives that nodes fetch. An object's key holds its
 * SHA-512, so that new contents never replace what a launch template still names.
 */
export class ArtifactStore extends pulumi.ComponentResource {
  /** The bucket's name, `<clusterName>-<8 hexadecimal digits>`. */
  readonly bucketName: pulumi.Output<string>;
  /** The bucket's ARN. */
  readonly bucketArn: pulumi.Output<string>;
  /** Each archive's key and SHA-512 in the bucket. */
  readonly references: Readonly<Record<ArtifactName, pulumi.Output<ArtifactReference>>>;
  /** The same of node_exporter, for each pool. */
  readonly nodeExporters: Readonly<Record<"kafka" | "zookeeper", pulumi.Output<ArtifactReference>>> | undefined;

  constructor(name: string, args: ArtifactStoreArgs, options?: pulumi.ComponentResourceOptions) {
    super("kafka-on-ec2:index:ArtifactStore", name, {}, options);
    const own = { parent: this };
    const tags = tagsOf(args, "artifacts");

    // Bucket names are shared by all of AWS's customers.
    const suffix = new random.RandomId(
      `${name}-suffix`,
      { byteLength: 4, keepers: { clusterName: args.clusterName } },
      own,
    );
    const bucket = new s3.Bucket(
      name,
      // All that is in it can be made again.
      { bucket: pulumi.interpolate`${args.clusterName}-${suffix.hex}`, forceDestroy: true, tags },
      own,
    );
    const access = new s3.BucketPublicAccessBlock(
      `${name}-private`,
      {
        bucket: bucket.id,
        blockPublicAcls: true,
        blockPublicPolicy: true,
        ignorePublicAcls: true,
        restrictPublicBuckets: true,
      },
      own,
    );
    const encryption = new s3.BucketServerSideEncryptionConfiguration(
      `${name}-encrypted`,
      { bucket: bucket.id, rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }] },
      own,
    );
    const policy = new s3.BucketPolicy(
      `${name}-tls-only`,
      { bucket: bucket.id, policy: bucket.arn.apply(tlsOnlyPolicy) },
      // S3 refuses two changes of a bucket's access at the same moment.
      { ...own, dependsOn: [access] },
    );

    new s3.BucketLifecycleConfiguration(
      `${name}-tidy`,
      {
        bucket: bucket.id,
        rules: [
          // The parts of an upload that was broken off are paid for, and seen in no listing.
          { id: "uploads", status: "Enabled", filter: {}, abortIncompleteMultipartUpload: { daysAfterInitiation: 1 } },
          // A client host takes an hour; what it said is of use for some days.
          { id: "jobs", status: "Enabled", filter: { prefix: "jobs/" }, expiration: { days: 7 } },
          {
            id: "logs",
            status: "Enabled",
            filter: { prefix: keptLogs.prefix },
            expiration: { days: keptLogs.days },
          },
        ],
      },
      own,
    );

    const upload = (artifact: string, given: pulumi.Input<Archive>, folder = "artifacts") => {
      const archive = pulumi.output(given);
      const { sha512 } = archive;
      const key = pulumi.interpolate`${folder}/${archive.name}-${sha512}.tar`;
      new s3.BucketObjectv2(
        `${name}-${artifact}`,
        { bucket: bucket.id, key, source: archive.path.apply((path) => new pulumi.asset.FileAsset(path)), tags },
        { ...own, dependsOn: [access, encryption, policy] },
      );
      return pulumi.output({ key, sha512 });
    };
    const { archives, nodeExporters } = args;
    this.references = {
      kafka: upload("kafka", archives.kafka),
      zookeeper: upload("zookeeper", archives.zookeeper),
      node: upload("node", archives.node),
    };
    // Each pool has an object of its own: the same archive twice would be one object, of two resources.
    const exporter = (pool: "kafka" | "zookeeper", archive: pulumi.Input<Archive>) =>
      upload(`${pool}-node-exporter`, archive, `artifacts/${pool}`);
    this.nodeExporters = nodeExporters && {
      kafka: exporter("kafka", nodeExporters.kafka),
      zookeeper: exporter("zookeeper", nodeExporters.zookeeper),
    };
    this.bucketName = bucket.id;
    this.bucketArn = bucket.arn;
    this.registerOutputs({ bucketName: this.bucketName, bucketArn: this.bucketArn, references: this.references });
  }
}

function tlsOnlyPolicy(bucketArn: string): string {
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "TlsOnly",
        Effect: "Deny",
        Principal: "*",
        Action: "s3:*",
        Resource: [bucketArn, `${bucketArn}/*`],
        Condition: { Bool: { "aws:SecureTransport": "false" } },
      },
    ],
  });
}
