import { RunInstancesCommand, type EC2Client, type RunInstancesCommandInput } from "@aws-sdk/client-ec2";
import { UserError } from "../../cli/userError";

/**
 * Codes of refusals that hold for one zone or subnet: another may well take the host (EC2 API reference, "Error
 * codes").
 */
const elsewhere = new Set([
  "InsufficientFreeAddressesInSubnet",
  "InsufficientInstanceCapacity",
  "InsufficientVolumeCapacity",
  "Unsupported",
]);

/** An instance that was started, with its subnet. */
export interface Launched {
  readonly instanceId: string;
  readonly subnetId: string;
  readonly privateIp: string;
}

/**
 * Starts one instance in the first of these subnets whose zone has it. Throws a UserError that names each subnet with
 * its refusal.
 * @param token for this launch alone: asked again because an answer was lost, EC2 starts no second instance
 */
export async function launchInFirst(
  ec2: Pick<EC2Client, "send">,
  subnetIds: readonly string[],
  token: string,
  request: Omit<RunInstancesCommandInput, "SubnetId" | "ClientToken" | "MinCount" | "MaxCount">,
): Promise<Launched> {
  const refusals: string[] = [];
  for (const [index, subnetId] of subnetIds.entries()) {
    // With other parameters a token that was used before is refused ("IdempotentParameterMismatch").
    const command = new RunInstancesCommand({
      ...request,
      SubnetId: subnetId,
      ClientToken: `${token}-${index}`,
      MinCount: 1,
      MaxCount: 1,
    });
    try {
      const { Instances = [] } = await ec2.send(command);
      const [{ InstanceId: instanceId, PrivateIpAddress: privateIp = "" } = {}] = Instances;
      if (instanceId === undefined) throw new Error("EC2 started an instance and did not say which");
      return { instanceId, subnetId, privateIp };
    } catch (error) {
      const { name, message } = error as Error;
      if (!elsewhere.has(name)) throw error;
      refusals.push(`${subnetId}: ${name}: ${message}`);
    }
  }
  throw new UserError(
    refusals.length === 0
      ? "the stack's outputs name no subnet for a client host; run an update of the stack"
      : `EC2 starts no client host (${request.InstanceType}) in any subnet:\n  ${refusals.join("\n  ")}`,
  );
}
