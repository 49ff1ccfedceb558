import type { MockCallArgs, MockResourceArgs } from "@pulumi/pulumi/runtime/mocks";

/** The name of a part in its component: `kafka-1`, `vpc`. */
export function partName(name: string): string {
  return name.replace(/^cluster-(network-|artifacts-)?/, "");
}

/** What a resource has once it is made, as far as the program asks for it. */
export function mockState(args: MockResourceArgs, preview: boolean) {
  const inputs = args.inputs as Record<string, unknown>;
  // In a preview nothing has an id yet, and nothing that AWS decides is known.
  if (preview) return { id: undefined, state: inputs };
  const name = partName(args.name);
  const id = typeof inputs.bucket === "string" && args.type.endsWith(":Bucket") ? inputs.bucket : `${name}-id`;
  return { id, state: { ...inputs, ...madeByProvider({ ...args, name }, inputs, id) } };
}

function madeByProvider(args: MockResourceArgs, inputs: Record<string, unknown>, id: string): Record<string, unknown> {
  switch (args.type) {
    case "aws:s3/bucket:Bucket":
      return { arn: `arn:aws:s3:::${id}` };
    case "aws:sns/topic:Topic":
      return { arn: `arn:aws:sns:us-east-1:123456789012:${String(inputs.name)}` };
    case "aws:ebs/volume:Volume":
      return { arn: `arn:aws:ec2:us-east-1:123456789012:volume/${id}` };
    case "aws:ec2/networkInterface:NetworkInterface":
      return { privateIp: (inputs.privateIps as string[] | undefined)?.[0] ?? "10.20.240.200" };
    case "aws:ec2/launchTemplate:LaunchTemplate":
      return { latestVersion: 7 };
    case "aws:ec2/vpcEndpoint:VpcEndpoint":
      return {
        prefixListId: "pl-s3",
        dnsEntries: [{ dnsName: `${id}.vpce.amazonaws.com` }, { dnsName: `${id}-us-east-1a.vpce.amazonaws.com` }],
      };
    case "aws:ec2/eip:Eip":
      return { publicIp: "198.51.100.10" };
    case "aws:route53/zone:Zone":
      return { zoneId: id };
    case "aws:ssm/parameter:Parameter":
      return { arn: `arn:aws:ssm:us-east-1:123456789012:parameter${String(inputs.name)}` };
    case "aws:iam/policy:Policy":
      return { arn: `arn:aws:iam::123456789012:policy/${String(inputs.name)}` };
    case "random:index/randomId:RandomId":
      return { hex: "0a1b2c3d" };
    case "tls:index/privateKey:PrivateKey":
      return {
        publicKeyOpenssh: `ssh-ed25519 PUBLIC-${args.name}\n`,
        privateKeyOpenssh: privateKeyOf(args.name),
      };
    case "command:remote:Command":
      return { stdout: "waiting\nall well\n", stderr: "" };
    default:
      return {};
  }
}

/** What no user data and no plain output may contain. */
export function privateKeyOf(name: string): string {
  return `PRIVATE-${name}`;
}

export const zones = ["us-east-1a", "us-east-1b", "us-east-1c"];

/** AWS's own key for EBS. */
export const ebsKey = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555";

/** The newest Amazon Linux. */
export function imageOf(architecture: "x86_64" | "arm64"): string {
  return architecture === "arm64" ? "ami-0123456789abcdefa" : "ami-0123456789abcdef0";
}

/** What AWS answers to the checks before anything is made: an account in which all is well. */
export function mockCall({ token, inputs }: MockCallArgs): Record<string, unknown> {
  switch (token) {
    case "aws:ec2/getInstanceTypeOfferings:getInstanceTypeOfferings": {
      const types = (inputs as { filters: { values: string[] }[] }).filters.flatMap((filter) => filter.values);
      const offers = types.flatMap((type) => zones.map((zone) => ({ type, zone })));
      return { instanceTypes: offers.map(({ type }) => type), locations: offers.map(({ zone }) => zone) };
    }
    case "aws:index/getRegion:getRegion":
      return { region: "us-east-1" };
    case "aws:iam/getRole:getRole":
      return { name: (inputs as { name: string }).name };
    case "aws:servicequotas/getServiceQuota:getServiceQuota":
      return { value: 1920 };
    case "aws:ec2/getInstances:getInstances":
      return { ids: [] };
    case "aws:kms/getKey:getKey":
      return {
        arn: ebsKey,
        keyManager: "AWS",
        keyState: "Enabled",
        keySpec: "SYMMETRIC_DEFAULT",
        keyUsage: "ENCRYPT_DECRYPT",
      };
    case "aws:sns/getTopic:getTopic": {
      const { name } = inputs as { name: string };
      return { name, arn: `arn:aws:sns:us-east-1:123456789012:${name}` };
    }
    case "aws:ssm/getParameter:getParameter":
      return { insecureValue: imageOf((inputs as { name: string }).name.endsWith("arm64") ? "arm64" : "x86_64") };
    case "aws:ec2/getAmi:getAmi": {
      const { filters } = inputs as { filters: { values: string[] }[] };
      const id = filters[0]?.values[0] ?? "";
      return {
        id,
        architecture: id === imageOf("arm64") ? "arm64" : "x86_64",
        rootDeviceName: "/dev/xvda",
        state: "available",
        deprecationTime: "",
      };
    }
    case "aws:ebs/getEbsVolumes:getEbsVolumes":
    case "aws:ec2/getSubnets:getSubnets":
      return { ids: [] };
    // A stack that has nothing yet.
    case "pulumi:pulumi:readStackResourceOutputs":
      return { outputs: {} };
    case "aws:ec2/getVpcDhcpOptions:getVpcDhcpOptions":
      return { domainNameServers: ["AmazonProvidedDNS"] };
    case "aws:ec2/getVpcEndpoint:getVpcEndpoint":
      throw new Error("no matching EC2 VPC Endpoint found");
    case "aws:route53/getZone:getZone":
      throw new Error("no matching Route 53 Hosted Zone found");
    default:
      throw new Error(`no answer is prepared for ${token}`);
  }
}
