import { execFile } from "node:child_process";
import { resolve } from "node:path";
import * as ec2 from "@aws-sdk/client-ec2";
import { apiEndpoint, execInInstance, labRegion } from "../../lab/index";
import { waitFor } from "../../lab/runtime/waiting";

/** A small VPC in the lab, for the tests of the lab itself. */

const connection = {
  endpoint: apiEndpoint,
  region: labRegion,
  credentials: { accessKeyId: "test", secretAccessKey: "test" },
};

export const aws = new ec2.EC2Client(connection);
export { connection };

/** Runs the lab's command line, as a user does. */
export function lab(...args: readonly string[]): Promise<{ readonly code: number; readonly output: string }> {
  const clone = resolve(__dirname, "..", "..");
  return new Promise((done) => {
    execFile(
      process.execPath,
      ["--import", "tsx", "lab/cli.ts", ...args],
      { cwd: clone, encoding: "utf8" },
      (error, stdout, stderr) =>
        done({ code: error ? (typeof error.code === "number" ? error.code : 1) : 0, output: stdout + stderr }),
    );
  });
}

export interface Vpc {
  readonly vpcId: string;
  readonly subnetId: string;
  readonly imageId: string;
}

export const zone = "us-east-1a";

export async function makeVpc(): Promise<Vpc> {
  const vpc = await aws.send(new ec2.CreateVpcCommand({ CidrBlock: "10.30.0.0/16" }));
  const vpcId = vpc.Vpc?.VpcId ?? "";
  const gateway = await aws.send(new ec2.CreateInternetGatewayCommand({}));
  const InternetGatewayId = gateway.InternetGateway?.InternetGatewayId;
  await aws.send(new ec2.AttachInternetGatewayCommand({ InternetGatewayId, VpcId: vpcId }));
  const subnet = await aws.send(
    new ec2.CreateSubnetCommand({ VpcId: vpcId, CidrBlock: "10.30.0.0/24", AvailabilityZone: zone }),
  );
  const images = await aws.send(new ec2.DescribeImagesCommand({ Owners: ["self"] }));
  return { vpcId, subnetId: subnet.Subnet?.SubnetId ?? "", imageId: images.Images?.[0]?.ImageId ?? "" };
}

/** A security group without any rule. */
export async function makeGroup(vpc: Vpc, name: string): Promise<string> {
  const group = await aws.send(
    new ec2.CreateSecurityGroupCommand({ VpcId: vpc.vpcId, GroupName: name, Description: name }),
  );
  const GroupId = group.GroupId ?? "";
  const all = { IpProtocol: "-1", IpRanges: [{ CidrIp: "0.0.0.0/0" }] };
  await aws.send(new ec2.RevokeSecurityGroupEgressCommand({ GroupId, IpPermissions: [all] }));
  return GroupId;
}

export async function makeInterface(vpc: Vpc, address: string, groups: readonly string[]): Promise<string> {
  const made = await aws.send(
    new ec2.CreateNetworkInterfaceCommand({
      SubnetId: vpc.subnetId,
      PrivateIpAddress: address,
      Groups: [...groups],
    }),
  );
  return made.NetworkInterface?.NetworkInterfaceId ?? "";
}

export interface InstanceWish {
  readonly name: string;
  readonly interfaceId: string;
  readonly userData?: string;
  readonly keyName?: string;
  readonly shutdown?: "stop" | "terminate";
}

export async function runInstance(vpc: Vpc, wish: InstanceWish): Promise<string> {
  const run = await aws.send(
    new ec2.RunInstancesCommand({
      ImageId: vpc.imageId,
      InstanceType: "t3.micro",
      MinCount: 1,
      MaxCount: 1,
      KeyName: wish.keyName,
      UserData: wish.userData === undefined ? undefined : Buffer.from(wish.userData).toString("base64"),
      NetworkInterfaces: [{ DeviceIndex: 0, NetworkInterfaceId: wish.interfaceId }],
      MetadataOptions: { HttpTokens: "required", HttpPutResponseHopLimit: 1 },
      InstanceInitiatedShutdownBehavior: wish.shutdown ?? "stop",
      TagSpecifications: [{ ResourceType: "instance", Tags: [{ Key: "Name", Value: wish.name }] }],
    }),
  );
  return run.Instances?.[0]?.InstanceId ?? "";
}

export async function stateOf(instanceId: string): Promise<string> {
  const answer = await aws.send(new ec2.DescribeInstancesCommand({ InstanceIds: [instanceId] }));
  return answer.Reservations?.[0]?.Instances?.[0]?.State?.Name ?? "unknown";
}

export const reaches = (instanceId: string, state: string, timeoutMs = 60_000): Promise<unknown> =>
  waitFor(async () => (await stateOf(instanceId)) === state, {
    timeoutMs,
    intervalMs: 200,
    what: `${instanceId} is ${state}`,
  });

/** Waits until cloud-init has done everything. */
export const booted = (instanceId: string): Promise<unknown> =>
  waitFor(() => inside(instanceId, "test -e /run/cloud-init/result.json && echo yes").catch(() => undefined), {
    timeoutMs: 120_000,
    intervalMs: 300,
    what: `cloud-init of ${instanceId} is through`,
  });

/** Runs a shell line inside an instance. @returns its output without the last line break */
export async function inside(reference: string, line: string): Promise<string> {
  return (await execInInstance(reference, ["sh", "-c", line])).trimEnd();
}
