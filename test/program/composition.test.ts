import assert from "node:assert/strict";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { KafkaClusterArgs } from "../../components";
import { components, failInMocks, ofType, runInMocks, type ProgramRun, type RunOptions } from "./runProgram";

const least: KafkaClusterArgs = { access: { sshCidrs: ["203.0.113.7/32"] } };

/** A program of its own that makes clusters. */
function compose(make: () => Record<string, unknown>, options: RunOptions = {}): Promise<ProgramRun> {
  return runInMocks(() => Promise.resolve(make()), {}, options);
}

/** What a cluster with these arguments is refused with; nothing may have been made for it. */
async function faultsOf(args: KafkaClusterArgs, options: RunOptions = {}): Promise<string> {
  const { KafkaCluster } = components();
  const failed = await failInMocks(
    // eslint-disable-next-line @typescript-eslint/require-await -- an error of the constructor is one of the program
    async () => ({ imageId: new KafkaCluster("events", args).imageId }),
    {},
    options,
  );
  assert.deepEqual(failed.resources, []);
  return failed.message;
}

describe("a program that takes KafkaCluster", () => {
  it("has two of them side by side, each with names of its own", async () => {
    const { KafkaCluster } = components();
    const run = await compose(() => {
      const events = new KafkaCluster("events", least);
      const logs = new KafkaCluster("logs", {
        ...least,
        network: { domain: "logs.internal", vpcCidr: "10.30.0.0/16" },
      });
      return { events: events.bootstrapServers, logs: logs.bootstrapServers };
    });
    const urns = run.resources.map(({ urn }) => urn);
    assert.equal(new Set(urns).size, urns.length);
    const names = run.resources.filter(({ type }) => type.startsWith("aws:")).map(({ name }) => name);
    for (const name of names) assert.match(name, /^(events|logs)-/);
    assert.match(run.outputs.logs as string, /^kafka-1\.logs\.internal:9092,/);
    const inAws = ofType(run, "autoscaling/group:Group").map(({ inputs }) => inputs.name as string);
    assert.equal(new Set(inAws).size, 18);
    assert.ok(inAws.includes("events-kafka-1") && inAws.includes("logs-kafka-1"));
  });

  it("knows the bootstrap servers when the cluster is ready and has its topics, not before", async () => {
    const { KafkaCluster } = components();
    const run = await compose(() => {
      const { bootstrapServers } = new KafkaCluster("events", least);
      const service = new aws.ssm.Parameter("service", { type: "String", value: bootstrapServers });
      return { service: service.id };
    });
    const [service] = ofType(run, "ssm/parameter:Parameter").filter(({ name }) => name === "service");
    const commands = ofType(run, "Command").map(({ urn }) => urn);
    for (const step of ["events-kafka-balance", "events-topics"]) {
      const urn = commands.find((one) => one.endsWith(`::${step}`)) ?? "";
      assert.ok(service?.dependencies.includes(urn), step);
    }
  });

  it("gives tags to all that can have them, instances and volumes among them, and a boundary to every role", async () => {
    const { KafkaCluster } = components();
    const boundary = "arn:aws:iam::123456789012:policy/boundary";
    const run = await compose(() => {
      const tags = { team: pulumi.output("data"), "cost-center": "42" };
      return { ready: new KafkaCluster("events", { ...least, tags, permissionsBoundary: boundary }).kafka.ready };
    });
    for (const { inputs, urn } of run.resources.filter(({ inputs }) => inputs.tags !== undefined)) {
      const tags = Array.isArray(inputs.tags)
        ? Object.fromEntries((inputs.tags as { key: string; value: string }[]).map(({ key, value }) => [key, value]))
        : (inputs.tags as Record<string, string>);
      assert.deepEqual([tags.team, tags["cost-center"]], ["data", "42"], urn);
    }
    for (const { inputs } of ofType(run, "LaunchTemplate")) {
      const specifications = inputs.tagSpecifications as { resourceType: string; tags: Record<string, string> }[];
      assert.deepEqual(
        specifications.map(({ resourceType, tags }) => [resourceType, tags.team]),
        [
          ["instance", "data"],
          ["volume", "data"],
        ],
      );
    }
    const roles = ofType(run, "iam/role:Role");
    assert.equal(roles.length, 9);
    for (const { inputs } of roles) assert.equal(inputs.permissionsBoundary, boundary);
  });

  it("asks by the component's provider, and makes all by it", async () => {
    const { KafkaCluster } = components();
    const run = await compose(() => {
      const provider = new aws.Provider("frankfurt", { region: "eu-central-1" });
      const network = { zones: ["eu-central-1a", "eu-central-1b", "eu-central-1c"] };
      const cluster = new KafkaCluster("events", { ...least, network }, { provider });
      return { ready: cluster.kafka.ready, region: cluster.zookeeper.connectString };
    }, inFrankfurt);
    const asked = run.calls.filter(({ token }) => token.startsWith("aws:"));
    assert.ok(asked.length > 10);
    for (const { token, provider } of asked) assert.match(provider ?? "", /::frankfurt::/, token);
    const endpoint = ofType(run, "VpcEndpoint").find(({ name }) => name === "events-network-ec2");
    assert.equal(endpoint?.inputs.serviceName, "com.amazonaws.eu-central-1.ec2");
  });

  it("is told every fault of its arguments at once, by their names, before anything is made", async () => {
    const message = await faultsOf({
      ...least,
      brokers: { count: 2, volumeThroughputMiBps: pulumi.output(250) as unknown as number },
      zookeeper: { count: 4 },
    });
    assert.match(message, /^brokers\.count: 2 is below 3/m);
    assert.match(message, /^zookeeper\.count: 4 is even/m);
    const late = await faultsOf({ ...least, brokers: { count: pulumi.output(5) as unknown as number } });
    assert.match(late, /^brokers\.count: an Output, but it decides how many resources there are; give a plain value$/m);
    assert.match(
      await faultsOf({ ...least, workload: { ingestMBps: 800 } }),
      /^workload\.ingestMBps: 800 .*\nworkload\.databaseDownHours: .*; give brokers\.volumeGiB/m,
    );
  });

  it("may name an instance type that only EC2 knows", async () => {
    const brokers = { instanceType: "m99g.xlarge" };
    const gone = await faultsOf(
      { ...least, brokers },
      { answers: { [instanceTypeToken]: () => fail("no such type") } },
    );
    assert.match(gone, /^brokers\.instanceType: "m99g\.xlarge" is not a known instance type/m);
    assert.doesNotMatch(gone, /allowOverload/);
  });

  it("can change what no argument does", async () => {
    const { KafkaCluster } = components();
    const run = await compose(() => {
      const transformations: pulumi.ResourceTransformation[] = [
        ({ type, props, opts }) =>
          type === "aws:ec2/eip:Eip" ? { props: { ...props, publicIpv4Pool: "ipv4pool-ec2-1" }, opts } : undefined,
      ];
      return { ready: new KafkaCluster("events", least, { transformations }).kafka.ready };
    });
    assert.equal(ofType(run, "Eip")[0]?.inputs.publicIpv4Pool, "ipv4pool-ec2-1");
  });
});

describe("KafkaCluster in a VPC of the program's own", () => {
  const subnets = ["a", "b", "c"].map((zone, index) => ({
    id: `subnet-0000000${index}`,
    availabilityZone: `us-east-1${zone}`,
    cidrBlock: `172.16.${index}.0/24`,
    vpcId: "vpc-0123456789abcdef0",
    tags: {},
  }));
  const opsSubnet = { ...subnets[0], id: "subnet-000000ff", cidrBlock: "172.16.9.0/24" };
  const tables: Record<string, string> = { "subnet-000000ff": "rtb-public" };
  const inVpc = (changes: RunOptions["answers"] = {}): RunOptions => ({
    answers: {
      "aws:ec2/getVpc:getVpc": () => ({
        cidrBlock: "172.16.0.0/16",
        cidrBlockAssociations: [{ cidrBlock: "172.16.0.0/16" }],
        enableDnsSupport: true,
        enableDnsHostnames: true,
        dhcpOptionsId: "dopt-1",
      }),
      "aws:ec2/getSubnet:getSubnet": ({ id }: { id: string }) => {
        const found = [...subnets, opsSubnet].find((subnet) => subnet.id === id);
        if (found === undefined) throw new Error("no matching EC2 Subnet found");
        return found;
      },
      "aws:ec2/getRouteTable:getRouteTable": ({ subnetId = "" }: { subnetId?: string }) => {
        const routeTableId = tables[subnetId] ?? "rtb-private";
        const gatewayId = routeTableId === "rtb-public" ? "igw-theirs" : "";
        return { routeTableId, routes: [{ cidrBlock: "0.0.0.0/0", gatewayId }] };
      },
      "aws:ec2/getVpcEndpoint:getVpcEndpoint": ({ serviceName }: { serviceName: string }) => {
        if (!serviceName.endsWith(".s3")) throw new Error("no matching EC2 VPC Endpoint found");
        return { id: "vpce-s3", prefixListId: "pl-theirs", routeTableIds: ["rtb-private"], privateDnsEnabled: false };
      },
      "aws:ec2/getInternetGateway:getInternetGateway": () => ({ internetGatewayId: "igw-theirs" }),
      ...changes,
    },
  });
  const make = () => {
    const { KafkaCluster } = components();
    const vpc = new aws.ec2.Vpc("app", { cidrBlock: "172.16.0.0/16" });
    const network = {
      vpcId: vpc.id.apply(() => "vpc-0123456789abcdef0"),
      subnetIds: vpc.id.apply(() => subnets.map(({ id }) => id)),
      opsSubnetId: vpc.id.apply(() => opsSubnet.id),
    };
    const cluster = new KafkaCluster("events", { ...least, network });
    return { ready: cluster.kafka.ready, plan: cluster.plan, servers: cluster.bootstrapServers };
  };

  it("is built in its subnets, with addresses in them, and makes no routes of its own", async () => {
    const run = await compose(make, inVpc());
    for (const type of ["Subnet", "RouteTable", "Route", "InternetGateway"])
      assert.equal(ofType(run, `ec2/${lowerFirst(type)}:${type}`).length, 0, type);
    const faces = ofType(run, "NetworkInterface").filter(({ name }) => name !== "events-ops");
    assert.deepEqual(
      faces.map(({ name, inputs }) => [name, inputs.subnetId as string, (inputs.privateIps as string[])[0]]).sort(),
      [
        ["events-kafka-1", "subnet-00000000", "172.16.0.11"],
        ["events-kafka-2", "subnet-00000001", "172.16.1.12"],
        ["events-kafka-3", "subnet-00000002", "172.16.2.13"],
        ["events-kafka-4", "subnet-00000000", "172.16.0.14"],
        ["events-kafka-5", "subnet-00000001", "172.16.1.15"],
        ["events-zookeeper-1", "subnet-00000000", "172.16.0.101"],
        ["events-zookeeper-2", "subnet-00000001", "172.16.1.102"],
        ["events-zookeeper-3", "subnet-00000002", "172.16.2.103"],
      ],
    );
    const lists = ofType(run, "SecurityGroupEgressRule").flatMap(({ inputs }) => inputs.prefixListId as string);
    assert.deepEqual([...new Set(lists.filter((id) => id))], ["pl-theirs"]);
    // Whatever else is in these subnets gets no address that a node has, or that a later one would have.
    const endpoint = ofType(run, "VpcEndpoint");
    assert.deepEqual(
      endpoint.map(({ name, inputs }) => [name, (inputs.subnetConfigurations as { ipv4: string }[])[1]?.ipv4]),
      [["events-network-ec2", "172.16.1.5"]],
    );
    const kept = ofType(run, "SubnetCidrReservation").map(({ inputs }) => inputs.cidrBlock as string);
    assert.equal(kept.length, 18);
    assert.ok(kept.includes("172.16.2.96/28") && kept.includes("172.16.0.4/30"));
  });

  it("is not warned of DHCP options that nobody may look at", async () => {
    const token = "aws:ec2/getVpcDhcpOptions:getVpcDhcpOptions";
    const denied = await compose(make, inVpc({ [token]: () => fail("You are not authorized") }));
    assert.doesNotMatch(denied.said.join("\n"), /DHCP/);
    const foreign = await compose(make, inVpc({ [token]: () => ({ domainNameServers: ["172.16.0.53"] }) }));
    assert.match(
      foreign.said.join("\n"),
      /^warn: network\.vpcId: .*DHCP options of vpc-0123456789abcdef0 name 172\.16\.0\.53/m,
    );
  });

  it("is planned in a preview in which the VPC is not there yet, and AWS is asked about it only in the update", async () => {
    const run = await compose(make, { ...inVpc(), preview: true });
    assert.ok((run.outputs.plan as { toleratedBrokerFailures: number }).toleratedBrokerFailures === 2);
    assert.deepEqual(
      run.calls.filter(({ token }) => token.startsWith("aws:ec2")),
      [],
    );
    assert.equal(ofType(run, "autoscaling/group:Group").length, 9);
  });

  it("says all that its subnets lack, with what to do", async () => {
    const network = {
      vpcId: "vpc-0000000000000000a",
      subnetIds: ["subnet-00000001", "subnet-00000000", "subnet-00000002"],
      opsSubnetId: "subnet-000000ff",
    };
    const bare = inVpc({
      "aws:ec2/getVpcEndpoint:getVpcEndpoint": () => {
        throw new Error("no matching EC2 VPC Endpoint found");
      },
      "aws:ec2/getRouteTable:getRouteTable": () => ({ routeTableId: "rtb-private", routes: [] }),
    });
    const message = await faultsOf({ ...least, network }, bare);
    assert.match(message, /^network\.subnetIds\[0\]: subnet-00000001 is in us-east-1b; give a subnet in us-east-1a/m);
    assert.match(
      message,
      /^network\.subnetIds\[0\]: subnet-00000001 is in vpc-0123456789abcdef0; give a subnet of network\.vpcId/m,
    );
    assert.match(message, /^network\.opsSubnetId: subnet-000000ff has no route to an internet gateway/m);
    assert.match(
      message,
      /^network\.subnetIds: rtb-private has no route to S3's .* aws ec2 create-vpc-endpoint .*rtb-private$/m,
    );
    const gone = await faultsOf({ ...least, network: { ...network, opsSubnetId: "subnet-0000dead" } }, inVpc());
    assert.match(gone, /^network\.opsSubnetId: subnet-0000dead \(no matching EC2 Subnet found\) is not to be had/m);
  });
});

const instanceTypeToken = "aws:ec2/getInstanceType:getInstanceType";

function fail(message: string): never {
  throw new Error(message);
}

const lowerFirst = (text: string) => `${text.charAt(0).toLowerCase()}${text.slice(1)}`;

const inFrankfurt: RunOptions = {
  answers: {
    "aws:index/getRegion:getRegion": () => ({ region: "eu-central-1" }),
    "aws:ec2/getInstanceTypeOfferings:getInstanceTypeOfferings": (inputs: { filters: { values: string[] }[] }) => {
      const types = inputs.filters.flatMap((filter) => filter.values);
      const offers = types.flatMap((type) => ["a", "b", "c"].map((zone) => ({ type, zone: `eu-central-1${zone}` })));
      return { instanceTypes: offers.map(({ type }) => type), locations: offers.map(({ zone }) => zone) };
    },
  },
};
