import assert from "node:assert/strict";

import { AwsHarness, refused } from "./awsHarness";
import type { Made } from "./awsHarness";

const region = "us-east-1";

describe("AWS stand-in: network", function () {
  this.timeout(60_000);
  let aws: AwsHarness;
  let vpc: Made;
  let subnet: Made;
  let group: Made;

  before(async () => {
    aws = await AwsHarness.start();
    vpc = await aws.make("aws:ec2/vpc:Vpc", "net", vpcInputs);
    subnet = await aws.make("aws:ec2/subnet:Subnet", "nodes", {
      vpcId: vpc.id,
      cidrBlock: "10.20.1.0/24",
      availabilityZone: "us-east-1a",
      tags: { Name: "nodes" },
    });
    group = await aws.make("aws:ec2/securityGroup:SecurityGroup", "broker", groupInputs());
  });
  after(() => aws?.stop());

  const vpcInputs = { cidrBlock: "10.20.0.0/16", enableDnsHostnames: true, tags: { Name: "net", a: "1" } };
  const groupInputs = () => ({ vpcId: vpc.id, name: "broker", description: "brokers", tags: { Name: "broker" } });

  describe("Vpc", () => {
    it("has the outputs of the real one", async () => {
      await aws.settled(vpc, vpcInputs);
      assert.match(vpc.id, /^vpc-/);
      assert.equal(vpc.outputs.arn, `arn:aws:ec2:${region}:123456789012:vpc/${vpc.id}`);
      assert.equal(vpc.outputs.enableDnsSupport, true);
      assert.equal(vpc.outputs.enableDnsHostnames, true);
      assert.equal(vpc.outputs.region, region);
      assert.match(String(vpc.outputs.mainRouteTableId), /^rtb-/);
      assert.match(String(vpc.outputs.defaultSecurityGroupId), /^sg-/);
    });

    it("changes DNS and tags in place, is replaced for another block", async () => {
      const made = await aws.make("aws:ec2/vpc:Vpc", "other", { cidrBlock: "10.30.0.0/16", tags: { a: "1", b: "2" } });
      const news = { cidrBlock: "10.30.0.0/16", enableDnsSupport: false, tags: { a: "9", c: "3" } };
      assert.deepEqual(await aws.diff(made, news), {
        changed: ["enableDnsSupport", "tags"],
        replaces: [],
        deleteFirst: false,
      });
      const changed = await aws.change(made, news);
      assert.equal(changed.outputs.enableDnsSupport, false);
      assert.deepEqual(changed.outputs.tagsAll, { a: "9", c: "3" });
      await aws.settled(changed, news);
      assert.deepEqual((await aws.diff(made, { cidrBlock: "10.31.0.0/16" })).replaces, ["cidrBlock"]);
      await aws.removed(changed);
    });

    it("can be imported by its id", async () => {
      const found = await aws.import("aws:ec2/vpc:Vpc", vpc.id);
      assert.equal(found?.inputs.cidrBlock, "10.20.0.0/16");
      assert.deepEqual(found?.inputs.tags, vpcInputs.tags);
      const imported = { ...vpc, inputs: found.inputs, outputs: found.outputs };
      assert.deepEqual((await aws.diff(imported, vpcInputs)).changed, []);
    });

    it("shows drift after a refresh", async () => {
      const made = await aws.make("aws:ec2/vpc:Vpc", "drift", { cidrBlock: "10.32.0.0/16", enableDnsHostnames: true });
      await aws.change(made, { cidrBlock: "10.32.0.0/16", enableDnsHostnames: false, tags: { by: "hand" } });
      const refreshed = await aws.refresh(made);
      assert.equal(refreshed?.inputs.enableDnsHostnames, false);
      const again = await aws.diff(refreshed, { cidrBlock: "10.32.0.0/16", enableDnsHostnames: true });
      assert.deepEqual(again.changed.sort(), ["enableDnsHostnames", "tags"]);
      await aws.removed(made);
    });
  });

  describe("Subnet", () => {
    it("makes, changes and deletes", async () => {
      const inputs = { vpcId: vpc.id, cidrBlock: "10.20.9.0/24", availabilityZone: "us-east-1b" };
      const made = await aws.make("aws:ec2/subnet:Subnet", "s", inputs);
      await aws.settled(made, inputs);
      assert.match(String(made.outputs.availabilityZoneId), /^use1-az\d$/);
      const news = { ...inputs, mapPublicIpOnLaunch: true, tags: { x: "y" } };
      const changed = await aws.change(made, news);
      assert.equal(changed.outputs.mapPublicIpOnLaunch, true);
      await aws.settled(changed, news);
      const elsewhere = { ...inputs, availabilityZone: "us-east-1c" };
      assert.deepEqual((await aws.diff(made, elsewhere)).replaces, ["availabilityZone"]);
      await aws.removed(changed);
    });

    it("refuses a block outside its VPC, a zone and a VPC that do not exist", async () => {
      const make = (inputs: object) =>
        refused(aws.make("aws:ec2/subnet:Subnet", "s", { vpcId: vpc.id, cidrBlock: "10.20.8.0/24", ...inputs }));
      assert.match(await make({ cidrBlock: "10.99.0.0/24" }), /AWS answered InvalidSubnet\.Range: The CIDR/);
      assert.match(await make({ availabilityZone: "us-east-1z" }), /availabilityZone = "us-east-1z": there is no such/);
      const none = "vpc-0123456789abcdef0";
      assert.match(await make({ vpcId: none }), new RegExp(`vpcId = "${none}": there is no such VPC in us-east-1`));
    });
  });

  describe("SubnetCidrReservation", () => {
    const token = "aws:ec2/subnetCidrReservation:SubnetCidrReservation";

    it("makes, imports by the subnet's id and its own, replaces and deletes", async () => {
      const inputs = { subnetId: subnet.id, cidrBlock: "10.20.1.64/27", reservationType: "explicit" };
      const made = await aws.make(token, "kept", inputs);
      assert.match(made.id, /^scr-/);
      await aws.settled(made, inputs);
      const imported = await aws.import(token, `${subnet.id}:${made.id}`);
      assert.deepEqual([imported?.id, imported?.inputs.cidrBlock], [made.id, inputs.cidrBlock]);
      const news = { subnetId: subnet.id, cidrBlock: "10.20.1.64/28", reservationType: "prefix" };
      assert.deepEqual((await aws.diff(made, news)).replaces.sort(), ["cidrBlock", "reservationType"]);
      await aws.removed(made);
    });

    it("refuses a block outside its subnet, and another type", async () => {
      const inputs = { subnetId: subnet.id, cidrBlock: "10.20.2.0/27", reservationType: "explicit" };
      assert.match(await refused(aws.make(token, "x", inputs)), /should be within subnet CIDR block/);
      assert.match(await aws.faults(token, { ...inputs, reservationType: "mine" }), /one of explicit, prefix/);
    });
  });

  describe("InternetGateway, RouteTable, Route, RouteTableAssociation", () => {
    it("make a public subnet, and take it apart", async () => {
      const gateway = await aws.make("aws:ec2/internetGateway:InternetGateway", "internet", { vpcId: vpc.id });
      await aws.settled(gateway, { vpcId: vpc.id });
      const tableInputs = { vpcId: vpc.id, tags: { Name: "public" } };
      const table = await aws.make("aws:ec2/routeTable:RouteTable", "public", tableInputs);
      await aws.settled(table, tableInputs);
      const other = await aws.make("aws:ec2/routeTable:RouteTable", "other", { vpcId: vpc.id });

      const routeInputs = { routeTableId: table.id, destinationCidrBlock: "0.0.0.0/0", gatewayId: gateway.id };
      const route = await aws.make("aws:ec2/route:Route", "internet", routeInputs);
      await aws.settled(route, routeInputs);
      assert.equal(route.outputs.state, "active");
      assert.equal((await aws.import("aws:ec2/route:Route", `${table.id}_0.0.0.0/0`))?.id, route.id);
      const elsewhere = { ...routeInputs, destinationCidrBlock: "1.0.0.0/8" };
      assert.deepEqual((await aws.diff(route, elsewhere)).replaces, ["destinationCidrBlock"]);
      const face = await aws.make("aws:ec2/networkInterface:NetworkInterface", "way", { subnetId: subnet.id });
      const byInterface = { ...routeInputs, gatewayId: undefined, networkInterfaceId: face.id };
      const rerouted = await aws.change(route, byInterface);
      assert.equal(rerouted.outputs.networkInterfaceId, face.id);

      const associationInputs = { subnetId: subnet.id, routeTableId: table.id };
      const association = await aws.make(
        "aws:ec2/routeTableAssociation:RouteTableAssociation",
        "public",
        associationInputs,
      );
      await aws.settled(association, associationInputs);
      const news = { subnetId: subnet.id, routeTableId: other.id };
      assert.deepEqual(await aws.diff(association, news), {
        changed: ["routeTableId"],
        replaces: [],
        deleteFirst: false,
      });
      const moved = await aws.change(association, news);
      assert.equal(moved.outputs.routeTableId, other.id);

      await aws.removed(moved);
      await aws.removed(rerouted);
      await aws.removed(face);
      await aws.removed(other);
      await aws.removed(table);
      await aws.removed(gateway);
    });

    it("want exactly one target, and refuse inline routes", async () => {
      const route = { routeTableId: "rtb-0123456789abcdef0", destinationCidrBlock: "0.0.0.0/0" };
      assert.match(await aws.faults("aws:ec2/route:Route", route), /exactly one target/);
      const table = { vpcId: vpc.id, routes: [{ cidrBlock: "0.0.0.0/0" }] };
      assert.match(await aws.faults("aws:ec2/routeTable:RouteTable", table), /routes: not supported by the local/);
    });
  });

  describe("VpcEndpoint", () => {
    it("Gateway: reaches S3 by route tables, and has a prefix list", async () => {
      const table = await aws.make("aws:ec2/routeTable:RouteTable", "t", { vpcId: vpc.id });
      const second = await aws.make("aws:ec2/routeTable:RouteTable", "t2", { vpcId: vpc.id });
      const inputs = { vpcId: vpc.id, serviceName: `com.amazonaws.${region}.s3`, routeTableIds: [table.id] };
      const made = await aws.make("aws:ec2/vpcEndpoint:VpcEndpoint", "s3", inputs);
      await aws.settled(made, inputs);
      assert.equal(made.outputs.vpcEndpointType, "Gateway");
      assert.match(String(made.outputs.prefixListId), /^pl-/);
      const changed = await aws.change(made, { ...inputs, routeTableIds: [second.id, table.id] });
      assert.deepEqual((changed.outputs.routeTableIds as string[]).toSorted(), [table.id, second.id].sort());

      const ruleInputs = {
        securityGroupId: group.id,
        ipProtocol: "tcp",
        fromPort: 443,
        toPort: 443,
        prefixListId: made.outputs.prefixListId,
      };
      const rule = await aws.make("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", "s3", ruleInputs);
      await aws.settled(rule, ruleInputs);
      await aws.removed(rule);
      await aws.removed(changed);
      await aws.removed(second);
      await aws.removed(table);
    });

    it("Interface: with fixed addresses in its subnets", async () => {
      const inputs = {
        vpcId: vpc.id,
        serviceName: `com.amazonaws.${region}.ec2`,
        vpcEndpointType: "Interface",
        subnetIds: [subnet.id],
        subnetConfigurations: [{ subnetId: subnet.id, ipv4: "10.20.1.5" }],
        securityGroupIds: [group.id],
        privateDnsEnabled: true,
        tags: { Name: "ec2" },
      };
      const made = await aws.make("aws:ec2/vpcEndpoint:VpcEndpoint", "ec2", inputs);
      await aws.settled(made, inputs);
      assert.equal(made.outputs.state, "available");
      await aws.removed(made);
    });

    it("refuses a service that does not exist, and what belongs to the other kind", async () => {
      const inputs = { vpcId: vpc.id, serviceName: `com.amazonaws.${region}.s33` };
      const token = "aws:ec2/vpcEndpoint:VpcEndpoint";
      assert.match(await refused(aws.make(token, "x", inputs)), /there is no such endpoint service/);
      assert.match(await aws.faults(token, { ...inputs, subnetIds: [subnet.id] }), /subnetIds: not for an endpoint/);
    });
  });

  describe("SecurityGroup and rules", () => {
    const ingress = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";
    const egress = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule";

    it("a new group lets nothing out", async () => {
      await aws.settled(group, groupInputs());
      const { DescribeSecurityGroupsCommand } = await import("@aws-sdk/client-ec2");
      const { SecurityGroups } = await aws.emulator.ec2.send(
        new DescribeSecurityGroupsCommand({ GroupIds: [group.id] }),
      );
      assert.deepEqual(SecurityGroups?.[0]?.IpPermissionsEgress, []);
    });

    it("a group is replaced, the old one first as its name is the program's, for another description", async () => {
      assert.deepEqual(await aws.diff(group, { ...groupInputs(), description: "other" }), {
        changed: ["description"],
        replaces: ["description"],
        deleteFirst: true,
      });
      const unnamed = await aws.make("aws:ec2/securityGroup:SecurityGroup", "auto", { vpcId: vpc.id });
      assert.match(String(unnamed.outputs.name), /^auto-[0-9a-f]{7}$/);
      assert.equal(unnamed.outputs.description, "Managed by Pulumi");
      const { changed, deleteFirst } = await aws.diff(unnamed, { vpcId: vpc.id, description: "other" });
      assert.deepEqual([changed, deleteFirst], [["description"], false]);
      await aws.removed(unnamed);
    });

    it("rules change in place, but for their kind of source and their group", async () => {
      for (const token of [ingress, egress]) {
        const inputs = {
          securityGroupId: group.id,
          ipProtocol: "tcp",
          fromPort: 9092,
          toPort: 9092,
          referencedSecurityGroupId: group.id,
          description: "Kafka",
          tags: { Name: "rule" },
        };
        const rule = await aws.make(token, "kafka", inputs);
        await aws.settled(rule, inputs);
        assert.match(rule.id, /^sgr-/);
        const ports = { ...inputs, fromPort: 9000, toPort: 9093 };
        assert.deepEqual((await aws.diff(rule, ports)).replaces, []);
        const changed = await aws.change(rule, ports);
        assert.equal(changed.outputs.fromPort, 9000);
        await aws.settled(changed, ports);
        const otherSource = { ...inputs, referencedSecurityGroupId: undefined, cidrIpv4: "10.0.0.0/8" };
        const byAddress = await aws.diff(rule, otherSource);
        assert.ok(byAddress.replaces.includes("cidrIpv4"), "another kind of source replaces");
        await aws.removed(changed);
      }
    });

    it("a rule is refused twice, and for a group that does not exist", async () => {
      const inputs = {
        securityGroupId: group.id,
        ipProtocol: "tcp",
        fromPort: 22,
        toPort: 22,
        cidrIpv4: "192.0.2.0/24",
      };
      const rule = await aws.make(ingress, "ssh", inputs);
      assert.match(await refused(aws.make(ingress, "again", inputs)), /InvalidPermission\.Duplicate/);
      const none = { ...inputs, securityGroupId: "sg-0123456789abcdef0" };
      assert.match(await refused(aws.make(ingress, "none", none)), /there is no such security group/);
      await aws.removed(rule);
    });

    it("says what is wrong with a rule", async () => {
      const rule = { securityGroupId: group.id, ipProtocol: "tcp", fromPort: 22, toPort: 22, cidrIpv4: "10.0.0.0/8" };
      assert.match(await aws.faults(ingress, { ...rule, cidrIpv4: "10.0.0.1/8" }), /cidrIpv4 = "10\.0\.0\.1\/8": must/);
      assert.match(await aws.faults(ingress, { ...rule, toPort: 70000 }), /toPort = 70000: must be .* to 65535/);
      assert.match(await aws.faults(ingress, { ...rule, fromPort: 30 }), /ports 30-22: the first must not be above/);
      assert.match(await aws.faults(ingress, { ...rule, fromPort: "22" }), /fromPort = "22": .*number/);
      assert.match(await aws.faults(ingress, { ...rule, ipProtocol: "all" }), /ipProtocol = "all": must be tcp/);
      assert.match(await aws.faults(ingress, { ...rule, ipProtocol: "-1" }), /"-1" means all ports/);
      assert.match(await aws.faults(ingress, { ...rule, cidrIpv4: undefined }), /exactly one is needed/);
    });
  });

  describe("NetworkInterface", () => {
    const token = "aws:ec2/networkInterface:NetworkInterface";

    it("keeps its address, changes groups and description in place", async () => {
      const inputs = {
        subnetId: subnet.id,
        privateIps: ["10.20.1.11"],
        securityGroups: [group.id],
        description: "kafka-1",
        tags: { Name: "kafka-1" },
      };
      const made = await aws.make(token, "kafka-1", inputs);
      await aws.settled(made, inputs);
      assert.equal(made.outputs.privateIp, "10.20.1.11");
      const other = await aws.make("aws:ec2/securityGroup:SecurityGroup", "g2", { vpcId: vpc.id, name: "g2" });
      const news = {
        ...inputs,
        securityGroups: [other.id, group.id],
        description: "broker 1",
        sourceDestCheck: false,
      };
      assert.deepEqual((await aws.diff(made, news)).replaces, []);
      const changed = await aws.change(made, news);
      await aws.settled(changed, news);
      await aws.settled(changed, { ...news, securityGroups: [group.id, other.id] });
      assert.deepEqual((await aws.diff(made, { ...inputs, privateIps: ["10.20.1.12"] })).replaces, ["privateIps"]);
      await aws.removed(changed);
      await aws.removed(other);
    });

    it("refuses an address that is taken, reserved or outside its subnet", async () => {
      const inputs = { subnetId: subnet.id, privateIps: ["10.20.1.13"] };
      const made = await aws.make(token, "a", inputs);
      const make = (address: string) => refused(aws.make(token, "b", { ...inputs, privateIps: [address] }));
      assert.match(await make("10.20.1.13"), /in use/i);
      assert.match(await make("10.20.1.3"), /AWS keeps the first four addresses/);
      assert.match(await make("10.20.2.13"), /privateIps\[0\] = "10\.20\.2\.13": is not in the block 10\.20\.1\.0\/24/);
      await aws.removed(made);
    });
  });

  describe("Eip and EipAssociation", () => {
    it("give an interface a public address", async () => {
      const gateway = await aws.make("aws:ec2/internetGateway:InternetGateway", "g", { vpcId: vpc.id });
      const face = await aws.make("aws:ec2/networkInterface:NetworkInterface", "e", { subnetId: subnet.id });
      const inputs = { domain: "vpc", tags: { Name: "ops" } };
      const address = await aws.make("aws:ec2/eip:Eip", "ops", inputs);
      await aws.settled(address, inputs);
      assert.match(address.id, /^eipalloc-/);
      assert.match(String(address.outputs.publicIp), /^198\.51\.100\./);
      const token = "aws:ec2/eipAssociation:EipAssociation";
      const associationInputs = { allocationId: address.id, networkInterfaceId: face.id };
      const association = await aws.make(token, "ops", associationInputs);
      await aws.settled(association, associationInputs);
      assert.equal(association.outputs.publicIp, address.outputs.publicIp);
      const elsewhere = await aws.diff(association, {
        ...associationInputs,
        networkInterfaceId: "eni-0123456789abcdef0",
      });
      assert.deepEqual(elsewhere.replaces, ["networkInterfaceId"]);
      const both = { ...associationInputs, instanceId: "i-0123456789abcdef0" };
      assert.match(await aws.faults(token, both), /exactly one is needed: instanceId or networkInterfaceId/);
      const other = { allocationId: address.id, instanceId: "i-0123456789abcdef0" };
      assert.ok((await aws.diff(association, other)).replaces.includes("instanceId"));
      assert.match(await refused(aws.make(token, "x", other)), /there is no such instance/);
      await aws.removed(association);
      await aws.removed(address);
      await aws.removed(face);
      await aws.removed(gateway);
    });
  });

  describe("look-ups", () => {
    it("getVpc, getSubnets, getSubnet, getInternetGateway", async () => {
      const gateway = await aws.make("aws:ec2/internetGateway:InternetGateway", "g", { vpcId: vpc.id });
      const found = await aws.invoke("aws:ec2/getVpc:getVpc", { id: vpc.id });
      assert.equal(found.cidrBlock, "10.20.0.0/16");
      const [association] = found.cidrBlockAssociations as { cidrBlock: string }[];
      assert.equal(association?.cidrBlock, "10.20.0.0/16");
      assert.equal(found.enableDnsHostnames, true);
      const filters = [{ name: "vpc-id", values: [vpc.id] }];
      assert.deepEqual((await aws.invoke("aws:ec2/getSubnets:getSubnets", { filters })).ids, [subnet.id]);
      const one = await aws.invoke("aws:ec2/getSubnet:getSubnet", { id: subnet.id });
      assert.deepEqual([one.cidrBlock, one.tags], ["10.20.1.0/24", { Name: "nodes" }]);
      const attached = [{ name: "attachment.vpc-id", values: [vpc.id] }];
      const internet = await aws.invoke("aws:ec2/getInternetGateway:getInternetGateway", { filters: attached });
      assert.equal(internet.internetGatewayId, gateway.id);
      await aws.removed(gateway);
      const gone = aws.invoke("aws:ec2/getInternetGateway:getInternetGateway", { filters: attached });
      assert.match(await refused(gone), /no internet gateway matches/);
      const none = aws.invoke("aws:ec2/getVpc:getVpc", { id: "vpc-0123456789abcdef0" });
      assert.match(await refused(none), /no VPC matches/);
    });
  });
});
