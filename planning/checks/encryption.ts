import type { Fault } from "../../settings/faults";

/** The KMS key of all disks, as KMS describes it. */
export interface KeyFacts {
  readonly arn: string;
  /** `AWS`: made and kept by AWS for EBS. `CUSTOMER`: the account's own. */
  readonly keyManager: string;
  /** `Enabled`, `Disabled`, `PendingDeletion` … */
  readonly keyState: string;
  readonly keyUsage: string;
  readonly keySpec: string;
}

/** The role by which groups start instances. */
export const scalingRole = "AWSServiceRoleForAutoScaling";

const path = "kmsKeyId";

/**
 * The faults of a KMS key with which disks can't be encrypted.
 * @param named the setting
 */
export function keyFaults(named: string, key: KeyFacts): Fault[] {
  const unfit = [
    key.keyState === "Enabled" ? "" : `is ${key.keyState}`,
    key.keyUsage === "ENCRYPT_DECRYPT" && key.keySpec === "SYMMETRIC_DEFAULT"
      ? ""
      : `is for ${key.keyUsage} (${key.keySpec})`,
  ].filter((reason) => reason !== "");
  if (unfit.length === 0) return [];
  return [
    {
      path,
      message:
        `${named} ${unfit.join(" and ")}; EBS needs an enabled, symmetric key for ENCRYPT_DECRYPT: give such a ` +
        "one, or leave it empty",
    },
  ];
}

/**
 * The fault of an account without the role of Auto Scaling: a key's policy can name only roles that exist, and AWS
 * makes this one with an account's first group.
 */
export function missingRoleFault(named: string): Fault {
  return {
    path,
    message:
      `${named} is a key of your own, whose policy must name the role ${scalingRole}, which does not exist yet; ` +
      "make it: aws iam create-service-linked-role --aws-service-name autoscaling.amazonaws.com",
  };
}

/**
 * Advice on what can't be read from here, but must be so for any instance to start (Auto Scaling guide, "required KMS
 * key policy").
 */
export function keyPolicyAdvice(key: Pick<KeyFacts, "arn">): string {
  return (
    `${path}: instances start only if the policy of ${key.arn} lets the role ${scalingRole} of this account use it: ` +
    "kms:Encrypt, kms:Decrypt, kms:ReEncrypt*, kms:GenerateDataKey*, kms:DescribeKey, and kms:CreateGrant where " +
    "kms:GrantIsForAWSResource is true; without that each ends at once with Client.InternalError"
  );
}
