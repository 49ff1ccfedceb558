import * as iam from "@pulumi/aws/iam";
import * as kms from "@pulumi/aws/kms";
import * as pulumi from "@pulumi/pulumi";
import { keyFaults, keyPolicyAdvice, missingRoleFault, scalingRole } from "../planning/checks/encryption";
import type { Fault } from "../settings/faults";
import type { Settings } from "../settings/settings";
import { answerOrReason } from "./answer";

/**
 * The key that AWS makes for EBS and lets every service of the account use. KMS makes it when it is first asked for.
 */
const ebsAlias = "alias/aws/ebs";

/**
 * The key of all disks. It is always named, by its ARN, so that the account's default does not matter; an alias would
 * do for EC2, but the provider would see another key in what EC2 answers, and replace the volume.
 */
export async function findVolumeKey(
  settings: Settings,
  ask: pulumi.InvokeOptions,
): Promise<{ arn?: string; faults: Fault[] }> {
  const named = settings.kmsKeyId || ebsAlias;
  const [key, role] = await Promise.all([
    answerOrReason(kms.getKey({ keyId: named }, ask)),
    answerOrReason(iam.getRole({ name: scalingRole }, ask)),
  ]);
  if (typeof key === "string") {
    const message =
      `KMS does not tell of ${named} (${key}), with which the disks are to be encrypted; give a key of ` +
      `${settings.region}, or the right kms:DescribeKey to who deploys`;
    return { faults: [{ path: "kmsKeyId", message }] };
  }
  // A caller who may not ask is told nothing.
  const missing = typeof role === "string" && /NoSuchEntity|not found|couldn't find/i.test(role);
  if (key.keyManager === "AWS") {
    if (missing)
      void pulumi.log.info(`${scalingRole} does not exist yet: the first group makes it (iam:CreateServiceLinkedRole)`);
    return { arn: key.arn, faults: [] };
  }
  void pulumi.log.info(keyPolicyAdvice(key));
  return { arn: key.arn, faults: [...keyFaults(named, key), ...(missing ? [missingRoleFault(named)] : [])] };
}
