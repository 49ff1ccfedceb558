import { tagKeys } from "../cluster/tags";

/** A volume that instances take by themselves. */
export interface OwnVolume {
  readonly clusterName: string;
  /** The node whose volume it is, as its instances' tag has it. */
  readonly node: string;
  readonly region: string;
  readonly volumeArn: string;
  /** The KMS key that the volume has. */
  readonly volumeKeyArn: string;
}

/** The statements by which a node's instances attach their own volume, and no other. */
export function ownVolumeStatements({ clusterName, node, region, volumeArn, volumeKeyArn }: OwnVolume) {
  return [
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
  ];
}
