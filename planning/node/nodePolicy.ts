import { artifactKeys, initializedMarkerKey, journalPrefix } from "../cluster/names";
import type { NodeRole } from "./nodes";
import { tagKeys } from "../cluster/tags";

/** Lets EC2 instances, and nothing else, take on a role. */
export const instanceTrustPolicy = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" }],
});

/**
 * The policy of a node's instances: they take their own volume, read, and put their own journal into the bucket.
 * Setting tags is not in it, or the condition would be worth nothing.
 */
export function nodePolicy(input: {
  readonly clusterName: string;
  readonly node: string;
  readonly role: NodeRole;
  readonly volumeArn: string;
  /** The KMS key that the volume has. */
  readonly volumeKeyArn: string;
  readonly region: string;
  readonly bucketArn: string;
}): string {
  const { clusterName, node, role, volumeArn, volumeKeyArn, region, bucketArn } = input;
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      { Sid: "OwnVolume", Effect: "Allow", Action: "ec2:AttachVolume", Resource: volumeArn },
      {
        Sid: "OwnInstances",
        Effect: "Allow",
        Action: "ec2:AttachVolume",
        Resource: volumeArn.replace(/volume\/.*$/, "instance/*"),
        Condition: {
          StringEquals: {
            [`aws:ResourceTag/${tagKeys.cluster}`]: clusterName,
            [`aws:ResourceTag/${tagKeys.node}`]: node,
          },
        },
      },
      // Attaching lets EC2 use the volume's key, in the caller's name. A key of AWS's own serves the account anyway.
      {
        Sid: "KeyOfVolume",
        Effect: "Allow",
        Action: ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncrypt*"],
        Resource: volumeKeyArn,
        Condition: { StringLike: { "kms:ViaService": `ec2.${region}.amazonaws.com*` } },
      },
      {
        Sid: "KeyForInstances",
        Effect: "Allow",
        Action: "kms:CreateGrant",
        Resource: volumeKeyArn,
        Condition: { Bool: { "kms:GrantIsForAWSResource": "true" } },
      },
      { Sid: "Artifacts", Effect: "Allow", Action: "s3:GetObject", Resource: `${bucketArn}/${artifactKeys}` },
      { Sid: "OwnJournal", Effect: "Allow", Action: "s3:PutObject", Resource: `${bucketArn}/${journalPrefix(node)}*` },
      ...(role === "zookeeper" ? markerStatements(bucketArn) : []),
    ],
  });
}

/**
 * The statements for the ensemble's marker. Without the right to list, S3 answers "forbidden" for "no such object", and
 * a node could not tell a first start.
 */
function markerStatements(bucketArn: string) {
  return [
    {
      Sid: "MarkerIsAbsent",
      Effect: "Allow",
      Action: "s3:ListBucket",
      Resource: bucketArn,
      Condition: { StringEquals: { "s3:prefix": initializedMarkerKey } },
    },
  ];
}
