import * as s3 from "@pulumi/aws/s3";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import type { ArtifactReference } from "../planning/node/userData";
import type { Archive } from "../artifacts/archives";
import { clusterTags } from "../planning/cluster/tags";

export interface ArtifactStoreArgs {
  /** Prefix of every name. */
  readonly clusterName: string;
  /** What the nodes fetch. */
  readonly archives: { readonly kafka: Archive; readonly zookeeper: Archive; readonly node: Archive };
}

export type ArtifactName = keyof ArtifactStoreArgs["archives"];

/**
 * A private, encrypted bucket that only TLS reaches, with the archives that nodes fetch. An object's key holds its
 * SHA-512, so that new contents never replace what a launch template still names.
 */
export class ArtifactStore extends pulumi.ComponentResource {
  readonly bucketName: pulumi.Output<string>;
  readonly bucketArn: pulumi.Output<string>;
  readonly references: Readonly<Record<ArtifactName, ArtifactReference>>;

  constructor(name: string, args: ArtifactStoreArgs, options?: pulumi.ComponentResourceOptions) {
    super("kafka-on-ec2:index:ArtifactStore", name, {}, options);
    const own = { parent: this };
    const tags = clusterTags(args.clusterName, "artifacts");

    // Bucket names are shared by all of AWS's customers.
    const suffix = new random.RandomId("bucket-suffix", { byteLength: 4 }, own);
    const bucket = new s3.Bucket(
      "bucket",
      // All that is in it can be made again.
      { bucket: pulumi.interpolate`${args.clusterName}-${suffix.hex}`, forceDestroy: true, tags },
      own,
    );
    const access = new s3.BucketPublicAccessBlock(
      "private",
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
      "encrypted",
      { bucket: bucket.id, rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }] },
      own,
    );
    const policy = new s3.BucketPolicy(
      "tls-only",
      { bucket: bucket.id, policy: bucket.arn.apply(tlsOnlyPolicy) },
      // S3 refuses two changes of a bucket's access at the same moment.
      { ...own, dependsOn: [access] },
    );

    new s3.BucketLifecycleConfiguration(
      "tidy",
      {
        bucket: bucket.id,
        rules: [
          // The parts of an upload that was broken off are paid for, and seen in no listing.
          { id: "uploads", status: "Enabled", filter: {}, abortIncompleteMultipartUpload: { daysAfterInitiation: 1 } },
          // A client host takes an hour; what it said is of use for some days.
          { id: "jobs", status: "Enabled", filter: { prefix: "jobs/" }, expiration: { days: 7 } },
        ],
      },
      own,
    );

    const references = {} as Record<ArtifactName, ArtifactReference>;
    for (const [artifact, archive] of Object.entries(args.archives) as [ArtifactName, Archive][]) {
      const key = `artifacts/${archive.name}-${archive.sha512}.tar`;
      new s3.BucketObjectv2(
        artifact,
        { bucket: bucket.id, key, source: new pulumi.asset.FileAsset(archive.path), tags },
        { ...own, dependsOn: [access, encryption, policy] },
      );
      references[artifact] = { key, sha512: archive.sha512 };
    }

    this.bucketName = bucket.id;
    this.bucketArn = bucket.arn;
    this.references = references;
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
