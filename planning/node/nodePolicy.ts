import { artifactKeys, initializedMarkerKey, journalPrefix } from "../cluster/names";
import type { NodeRole } from "./nodes";
import { ownVolumeStatements, type OwnVolume } from "./volumePolicy";

/** Lets EC2 instances, and nothing else, take on a role. */
export const instanceTrustPolicy = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" }],
});

/**
 * The policy of a node's instances: they take their own volume, read, and put their own journal into the bucket.
 * Setting tags is not in it, or the condition would be worth nothing.
 */
export function nodePolicy(input: OwnVolume & { readonly role: NodeRole; readonly bucketArn: string }): string {
  const { node, role, bucketArn } = input;
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      ...ownVolumeStatements(input),
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
