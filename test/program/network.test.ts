import assert from "node:assert/strict";
import { cidrOf, containsCidr } from "../../settings/cidr";
import { comesAfter, one, ofType, runProgram, type ProgramRun } from "./runProgram";

interface Opened {
  readonly group: string;
  readonly port: number;
  readonly peer: string;
}

/** The opened ports of one direction, groups by name. */
function opened(run: ProgramRun, direction: "Ingress" | "Egress"): Opened[] {
  const groupName = (id: string | undefined) => id?.replace(/-id$/, "");
  return ofType(run, `SecurityGroup${direction}Rule`).map(({ inputs }) => {
    assert.equal(inputs.ipProtocol, "tcp");
    assert.equal(inputs.fromPort, inputs.toPort);
    const peer =
      groupName(inputs.referencedSecurityGroupId as string | undefined) ?? inputs.cidrIpv4 ?? inputs.prefixListId;
    return { group: groupName(inputs.securityGroupId as string) ?? "", port: inputs.fromPort, peer: peer as string };
  });
}

function lines(rules: Opened[]): string[] {
  return rules.map(({ group, port, peer }) => `${group} ${port} ${peer}`).sort();
}

describe("network", () => {
  let run: ProgramRun;
  before(async () => {
    run = await runProgram();
  });

  it("takes connections only on the ports in use, from security groups, and SSH from the operators", () => {
    assert.deepEqual(
      lines(opened(run, "Ingress")),
      [
        "ops 22 203.0.113.7/32",
        "zookeeper 22 ops",
        "zookeeper 2181 ops",
        "zookeeper 2181 broker",
        "zookeeper 2181 zookeeper",
        "zookeeper 2888 zookeeper",
        "zookeeper 3888 zookeeper",
        "zookeeper 9100 ops",
        "zookeeper 9404 ops",
        "broker 22 ops",
        "broker 9092 ops",
        "broker 9100 ops",
        "broker 9404 ops",
        "broker 9091 broker",
        "broker 9092 broker",
        "broker 9092 client",
        "endpoint 443 broker",
        "endpoint 443 zookeeper",
        "endpoint 443 ops",
      ].sort(),
    );
  });

  it("nodes reach only each other, S3 and the EC2 API; a client only brokers and S3", () => {
    const egress = opened(run, "Egress").filter(({ group }) => group !== "ops");
    assert.deepEqual(
      lines(egress),
      [
        "zookeeper 2181 zookeeper",
        "zookeeper 2888 zookeeper",
        "zookeeper 3888 zookeeper",
        "zookeeper 443 endpoint",
        "zookeeper 443 pl-s3",
        "broker 9091 broker",
        "broker 9092 broker",
        "broker 2181 zookeeper",
        "broker 443 endpoint",
        "broker 443 pl-s3",
        "client 9092 broker",
        "client 443 pl-s3",
      ].sort(),
    );
  });

  it("every port that one group may call is open in the group that it calls", () => {
    const ingress = new Set(lines(opened(run, "Ingress")));
    for (const { group, port, peer } of opened(run, "Egress")) {
      if (/^pl-|\//.test(peer)) continue;
      assert.ok(ingress.has(`${peer} ${port} ${group}`), `${group} may call ${peer}:${port}, which is closed`);
    }
  });

  it("the group that comes with a VPC has no rules, and nothing is in it", () => {
    assert.deepEqual(one(run, "DefaultSecurityGroup", "default").inputs, { vpcId: "vpc-id" });
    const groups = ofType(run, "NetworkInterface").flatMap(({ inputs }) => inputs.securityGroups as string[]);
    assert.ok(groups.length > 0 && !groups.includes("default-id"));
  });

  it("other clients get in by address only on Kafka's port", async () => {
    const more = await runProgram({ clientCidrs: ["10.20.128.0/24", "10.20.129.0/24"] });
    const byAddress = opened(more, "Ingress").filter(({ peer }) => peer.includes("/"));
    assert.deepEqual(lines(byAddress), [
      "broker 9092 10.20.128.0/24",
      "broker 9092 10.20.129.0/24",
      "ops 22 203.0.113.7/32",
    ]);
  });

  it("nodes have no route to the internet; the ops host's subnet has", () => {
    const routes = ofType(run, "Route");
    assert.deepEqual(
      routes.map(({ inputs }) => `${inputs.routeTableId} to ${inputs.gatewayId}`),
      ["ops-routes-id to internet-id"],
    );
    const endpoint = one(run, "VpcEndpoint", "s3");
    assert.deepEqual(
      [endpoint.inputs.vpcEndpointType, endpoint.inputs.routeTableIds],
      ["Gateway", ["nodes-routes-id"]],
    );
  });

  it("the EC2 endpoint can't take a node's address", () => {
    const taken = new Set(ofType(run, "NetworkInterface").flatMap(({ inputs }) => inputs.privateIps as string[]));
    const endpoint = one(run, "VpcEndpoint", "ec2").inputs;
    const configurations = endpoint.subnetConfigurations as { subnetId: string; ipv4: string }[];
    assert.deepEqual(
      configurations.map(({ subnetId }) => subnetId),
      endpoint.subnetIds,
    );
    assert.deepEqual(
      configurations.filter(({ ipv4 }) => taken.has(ipv4)),
      [],
    );
  });

  it("what takes any address takes none that a node has, or that a later one would have", async () => {
    const all = await runProgram({ brokerCount: 90, zookeeperCount: 7 });
    const kept = ofType(all, "SubnetCidrReservation").map(({ inputs }) => inputs as Record<string, string>);
    assert.deepEqual([...new Set(kept.map(({ reservationType }) => reservationType))], ["explicit"]);
    const endpoint = one(all, "VpcEndpoint", "ec2").inputs;
    const fixed = [
      ...(endpoint.subnetConfigurations as { subnetId: string; ipv4: string }[]),
      ...ofType(all, "NetworkInterface")
        .filter(({ inputs }) => inputs.privateIps !== undefined)
        .map(({ inputs }) => ({ subnetId: inputs.subnetId as string, ipv4: (inputs.privateIps as string[])[0] ?? "" })),
    ].filter(({ subnetId }) => subnetId.startsWith("nodes-"));
    assert.equal(fixed.length, 90 + 7 + 3);
    const outside = fixed.filter(({ subnetId, ipv4 }) => {
      const address = cidrOf(`${ipv4}/32`);
      return !kept.some((one) => one.subnetId === subnetId && containsCidr(cidrOf(one.cidrBlock ?? ""), address));
    });
    assert.deepEqual(outside, []);
    assert.deepEqual(
      kept.map(({ cidrBlock }) => cidrBlock),
      ofType(run, "SubnetCidrReservation").map(({ inputs }) => inputs.cidrBlock as string),
    );
  });

  it(
    "the EC2 endpoint captures nobody's calls, so that another may be in the VPC: the machines are told " +
      "its own name",
    () => {
      assert.equal(one(run, "VpcEndpoint", "ec2").inputs.privateDnsEnabled, false);
      const told = ofType(run, "LaunchTemplate").map(
        ({ inputs }) => /EC2_ENDPOINT_URL=(\S+)/.exec(Buffer.from(inputs.userData as string, "base64").toString())?.[1],
      );
      assert.ok(told.length > 1);
      assert.deepEqual([...new Set(told)], ["https://ec2-id.vpce.amazonaws.com"]);
    },
  );

  it("clients of other networks get answers by the routes that are given, and the names in their VPCs", async () => {
    const routes = [
      { cidr: "10.30.0.0/16", target: "pcx-0123456789abcdef0" },
      { cidr: "10.40.0.0/16", target: "tgw-0123456789abcdef0" },
      { cidr: "192.168.0.0/24", target: "vgw-0123456789abcdef0" },
    ];
    const peered = await runProgram({
      clientCidrs: ["10.30.0.0/16", "10.40.7.0/24"],
      clientRoutes: routes,
      dnsVpcIds: ["vpc-0123456789abcdef0", "eu-west-1/vpc-0123456789abcdef1"],
    });
    const ways = ofType(peered, "Route")
      .filter(({ name }) => name.startsWith("clients-"))
      .map(({ inputs }) => {
        const { routeTableId, destinationCidrBlock, ...target } = inputs as Record<string, string>;
        return [routeTableId, destinationCidrBlock, target];
      });
    assert.deepEqual(ways.sort(), [
      ["nodes-routes-id", "10.30.0.0/16", { vpcPeeringConnectionId: "pcx-0123456789abcdef0" }],
      ["nodes-routes-id", "10.40.0.0/16", { transitGatewayId: "tgw-0123456789abcdef0" }],
      ["nodes-routes-id", "192.168.0.0/24", { gatewayId: "vgw-0123456789abcdef0" }],
    ]);
    assert.deepEqual(
      ofType(peered, "ZoneAssociation")
        .map(({ inputs }) => inputs as { vpcId: string })
        .sort((a, b) => (a.vpcId < b.vpcId ? -1 : 1)),
      [
        { zoneId: "dns-id", vpcId: "vpc-0123456789abcdef0", vpcRegion: "us-east-1" },
        { zoneId: "dns-id", vpcId: "vpc-0123456789abcdef1", vpcRegion: "eu-west-1" },
      ],
    );
    // VPCs of other accounts join from their side.
    assert.deepEqual(one(peered, "Zone", "dns").ignoreChanges, ["vpcs"]);
    // What the other side needs.
    const { vpcId, routeTableIds, dnsZoneId } = peered.outputs;
    assert.deepEqual(
      { vpcId, routeTableIds, dnsZoneId },
      { vpcId: "vpc-id", routeTableIds: { nodes: "nodes-routes-id", ops: "ops-routes-id" }, dnsZoneId: "dns-id" },
    );
  });

  it("flow logs of every subnet go where the settings say, and nowhere by default", async () => {
    assert.deepEqual(ofType(run, "FlowLog"), []);
    const logged = ofType(await runProgram({ flowLogDestination: "arn:aws:s3:::our-logs/kafka/" }), "FlowLog");
    assert.deepEqual(logged.map(({ inputs }) => inputs.subnetId as string).sort(), [
      "nodes-us-east-1a-id",
      "nodes-us-east-1b-id",
      "nodes-us-east-1c-id",
      "ops-id",
    ]);
    for (const { inputs } of logged) {
      assert.equal(inputs.logDestination, "arn:aws:s3:::our-logs/kafka/");
      assert.equal(inputs.logDestinationType, "s3");
    }
  });

  it("an existing VPC is built in, by its internet gateway", async () => {
    const inside = await runProgram(
      { vpcId: "vpc-0123456789abcdef0", vpcCidr: "10.20.0.0/16" },
      {
        answers: {
          "aws:ec2/getVpc:getVpc": () => ({
            cidrBlockAssociations: [{ cidrBlock: "10.20.0.0/16" }],
            enableDnsSupport: true,
            enableDnsHostnames: true,
          }),
          "aws:ec2/getSubnets:getSubnets": () => ({ ids: [] }),
          "aws:ec2/getInternetGateway:getInternetGateway": () => ({ internetGatewayId: "igw-theirs" }),
          "aws:ec2/getVpcDhcpOptions:getVpcDhcpOptions": () => ({ domainNameServers: ["10.20.9.53"] }),
          "aws:ec2/getVpcEndpoint:getVpcEndpoint": ({ serviceName }: { serviceName: string }) => ({
            id: `vpce-${serviceName.split(".").at(-1)}`,
            privateDnsEnabled: serviceName.endsWith("ssm"),
            securityGroupIds: ["sg-theirs"],
          }),
        },
      },
    );
    const warnings = inside.said.filter((line) => line.startsWith("warn: vpcId: "));
    assert.equal(warnings.length, 2, warnings.join("\n"));
    assert.match(
      warnings.join("\n"),
      /DHCP options of vpc-0123456789abcdef0 name 10\.20\.9\.53:.*\n.* go to vpce-ssm, /,
    );
    for (const type of ["Vpc", "InternetGateway", "DefaultSecurityGroup"]) assert.deepEqual(ofType(inside, type), []);
    for (const { inputs } of ofType(inside, "Subnet")) assert.equal(inputs.vpcId, "vpc-0123456789abcdef0");
    assert.equal(one(inside, "Route", "ops-internet").inputs.gatewayId, "igw-theirs");
  });
});

describe("artifact bucket", () => {
  let run: ProgramRun;
  before(async () => {
    run = await runProgram();
  });

  it("is private, encrypted and reached by TLS only", () => {
    const { bucket, ...blocked } = one(run, "BucketPublicAccessBlock", "private").inputs as Record<string, unknown>;
    assert.equal(bucket, "kafka-test-0a1b2c3d");
    assert.deepEqual(Object.values(blocked), [true, true, true, true]);
    const [rule] = one(run, "BucketServerSideEncryptionConfiguration", "encrypted").inputs.rules;
    assert.equal(rule.applyServerSideEncryptionByDefault.sseAlgorithm, "AES256");
    const [statement] = (
      JSON.parse(one(run, "BucketPolicy", "tls-only").inputs.policy as string) as {
        Statement: Record<string, unknown>[];
      }
    ).Statement;
    assert.deepEqual(
      [statement?.Effect, statement?.Action, statement?.Principal, statement?.Condition],
      ["Deny", "s3:*", "*", { Bool: { "aws:SecureTransport": "false" } }],
    );
    const guards = [
      one(run, "BucketPublicAccessBlock", "private"),
      one(run, "BucketServerSideEncryptionConfiguration", "encrypted"),
      one(run, "BucketPolicy", "tls-only"),
    ];
    for (const object of ofType(run, "BucketObjectv2"))
      for (const guard of guards) assert.ok(comesAfter(run, object, guard), `${object.name} before ${guard.name}`);
  });

  it("keeps no parts of broken uploads, what client hosts said for a week, and logs for a season", () => {
    const [uploads, jobs, logs, ...others] = one(run, "BucketLifecycleConfiguration", "tidy").inputs.rules;
    assert.deepEqual(uploads.abortIncompleteMultipartUpload, { daysAfterInitiation: 1 });
    // Archives, tools and what is known of the cluster stay for good.
    assert.deepEqual([jobs.filter, jobs.expiration, uploads.expiration], [{ prefix: "jobs/" }, { days: 7 }, undefined]);
    assert.deepEqual([logs.filter, logs.expiration], [{ prefix: "logs/" }, { days: 90 }]);
    assert.deepEqual(others, []);
  });

  it("names every archive by its SHA-512", () => {
    for (const [name, archive] of [
      ["kafka", "kafka-3.9.2"],
      ["zookeeper", "zookeeper-3.8.6"],
      ["node", "node"],
    ] as const) {
      assert.equal(one(run, "BucketObjectv2", name).inputs.key, `artifacts/${archive}-${archive.padEnd(128, "0")}.tar`);
    }
  });
});
