import type { DesiredInstance, DesiredState } from "../../../lab/runtime/desiredState";

/** A running instance of the lab, as the emulator describes it. */
export function describedInstance(change: Partial<DesiredInstance> = {}): DesiredInstance {
  return {
    id: "i-0123456789abcdef0",
    wanted: "running",
    boot: 1,
    imageId: "ami-0a1b2c3d4e5f60718",
    instanceType: "t3.micro",
    memoryMiB: 1024,
    architecture: "x86_64",
    zone: "us-east-1b",
    launchTime: "2026-11-23T19:00:00Z",
    reservationId: "r-1",
    launchIndex: 0,
    userData: Buffer.from("#cloud-config\n").toString("base64"),
    keyName: "operator",
    publicKey: "ssh-ed25519 AAAA operator\n",
    profileArn: "arn:aws:iam::123456789012:instance-profile/node",
    profileId: "AIPA1",
    roleName: "node-role",
    metadataOptions: { httpEndpoint: "enabled", httpTokens: "required", hopLimit: 1, instanceTags: "disabled" },
    shutdownBehavior: "terminate",
    interfaces: [
      {
        id: "eni-1",
        deviceIndex: 0,
        mac: "02:00:00:00:00:01",
        privateIp: "10.20.0.11",
        subnetId: "subnet-1",
        subnetCidr: "10.20.0.0/24",
        vpcId: "vpc-1",
        vpcCidrs: ["10.20.0.0/16"],
        securityGroupIds: ["sg-a"],
        publicIp: null,
        privateDnsName: "ip-10-20-0-11.ec2.internal",
        routes: [],
      },
    ],
    tags: { Name: "node-1" },
    ...change,
  };
}

/** A second instance, beside the first. */
export function secondInstance(change: Partial<DesiredInstance> = {}): DesiredInstance {
  const first = describedInstance();
  return {
    ...first,
    id: "i-0123456789abcdef1",
    interfaces: first.interfaces.map((one) => ({
      ...one,
      id: "eni-2",
      mac: "02:00:00:00:00:02",
      privateIp: "10.20.1.12",
    })),
    tags: { Name: "node-2" },
    ...change,
  };
}

export function describedRegion(change: Partial<DesiredState> = {}): DesiredState {
  return {
    generation: 1,
    region: "us-east-1",
    accountId: "123456789012",
    instances: [describedInstance()],
    volumes: [],
    vpcs: [{ id: "vpc-1", cidrs: ["10.20.0.0/16"] }],
    securityGroups: [{ id: "sg-a", name: "a", vpcId: "vpc-1", ingress: [], egress: [] }],
    endpoints: [],
    dns: [],
    ...change,
  };
}
