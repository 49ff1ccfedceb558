import * as ec2 from "@pulumi/aws/ec2";
import * as route53 from "@pulumi/aws/route53";
import * as vpc from "@pulumi/aws/vpc";
import * as pulumi from "@pulumi/pulumi";
import type { NetworkPlan } from "../planning/node/addresses";
import { cidrOf, hostAddress } from "../settings/cidr";
import { dnsVpcOf } from "../settings/dnsVpc";
import type { ClientRoute } from "../settings/settings";
import {
  groupDescriptions,
  groupNames,
  ruleDescription,
  ruleName,
  securityRules,
  type GroupName,
  type Peer,
} from "../planning/cluster/securityRules";
import { keptHostBlocks } from "../planning/node/addresses";
import { tagsOf, type ClusterIdentity } from "./clusterIdentity";

/** Host number of the EC2 endpoint in each node subnet; AWS keeps 0 to 3, nodes have 11 and more. */
const endpointHostNumber = 5;

/** Arguments of a {@link Network}. */
export interface NetworkArgs extends ClusterIdentity {
  /** Three or more zones of the region, in an order that stays. */
  readonly zones: readonly string[];
  /** The blocks, from `planNetwork`. */
  readonly plan: pulumi.Input<NetworkPlan>;
  /** Private DNS zone, e.g. `kafka.internal`. */
  readonly domain: pulumi.Input<string>;
  /** Blocks that may reach the ops host by SSH. */
  readonly sshCidrs: readonly string[];
  /** Blocks of Kafka clients outside the client security group. Default: none. */
  readonly clientCidrs?: readonly string[];
  /** Ways back to clients outside the VPC. Default: none. */
  readonly clientRoutes?: readonly ClientRoute[];
  /** Further VPCs that resolve the brokers' names: `vpc-…`, or `eu-west-1/vpc-…` in another region. Default: none. */
  readonly dnsVpcIds?: readonly string[];
  /** ARN of an S3 bucket, or of a folder in one, for flow logs, about $0.25 a GB. Default: none. */
  readonly flowLogDestination?: pulumi.Input<string>;
  /** A VPC to build in. Default: one is made. */
  readonly vpcId?: pulumi.Input<string>;
  /** The internet gateway of `vpcId`; not needed with `subnets`. */
  readonly internetGatewayId?: pulumi.Input<string>;
  /**
   * Subnets of `vpcId`, with routes of their own: those of the nodes, one a zone in the order of `zones`, with a way to
   * S3, and a public one for the ops host. Default: subnets and route tables are made.
   */
  readonly subnets?: {
    readonly nodes: pulumi.Input<readonly string[]>;
    readonly ops: pulumi.Input<string>;
    /** Id of the prefix list with S3's addresses: their gateway endpoint tells it. */
    readonly s3PrefixListId: pulumi.Input<string>;
  };
}

/**
 * A private subnet for nodes in each zone, a public one for the ops host, and the security groups.
 *
 * Nodes have no way to the internet: S3 is reached by a gateway endpoint (free), the EC2 API by an interface endpoint
 * (about $7 a month and zone, less than a NAT gateway and without its reach).
 */
export class Network extends pulumi.ComponentResource {
  /** The VPC's id. */
  readonly vpcId: pulumi.Output<string>;
  /** Zone -> subnet id. */
  readonly nodeSubnetIds: Readonly<Record<string, pulumi.Output<string>>>;
  /** Id of the ops host's public subnet. */
  readonly opsSubnetId: pulumi.Output<string>;
  /** Ids of the security groups, by what they are for. */
  readonly securityGroupIds: Readonly<Record<GroupName, pulumi.Output<string>>>;
  /**
   * Route tables of the nodes and of the ops host, for routes to the other side of a peering. Undefined with `subnets`.
   */
  readonly routeTableIds: { readonly nodes: pulumi.Output<string>; readonly ops: pulumi.Output<string> } | undefined;
  /** The private DNS zone. */
  readonly dnsZoneId: pulumi.Output<string>;
  /** URL of the EC2 API, as nodes and ops host reach it. */
  readonly ec2EndpointUrl: pulumi.Output<string>;

  constructor(name: string, args: NetworkArgs, options?: pulumi.ComponentResourceOptions) {
    super("kafka-on-ec2:index:Network", name, {}, options);
    const own = { parent: this };
    const tags = (thing: string) => tagsOf(args, thing);
    const plan = pulumi.output(args.plan);

    const made = args.vpcId === undefined ? this.makeVpc(name, args, plan) : undefined;
    const vpcId = pulumi.output(made?.vpcId ?? args.vpcId ?? "");
    this.vpcId = vpcId;
    const subnets = args.subnets
      ? givenSubnets(args.zones, args.subnets)
      : this.makeSubnets(name, args, plan, vpcId, made?.internetGatewayId ?? args.internetGatewayId ?? "");
    const nodeSubnetIds = args.zones.map((zone) => subnets.nodes[zone] ?? pulumi.output(""));
    this.nodeSubnetIds = subnets.nodes;
    this.opsSubnetId = subnets.ops;
    for (const [index, zone] of args.zones.entries()) {
      // "explicit": only who asks for an address by name gets one of these (VPC guide, "Subnet CIDR reservations").
      for (const [number, { base }] of keptHostBlocks.entries()) {
        const cidrBlock = plan.apply(({ nodeSubnets }) => nodeSubnets[index]?.keptCidrs[number] ?? "");
        const kept = { subnetId: nodeSubnetIds[index] ?? "", cidrBlock, reservationType: "explicit" };
        new ec2.SubnetCidrReservation(`${name}-kept-${zone}-${base}`, kept, own);
      }
    }
    this.routeTableIds = subnets.routeTableIds;

    if (args.flowLogDestination !== undefined) {
      const destination = { logDestinationType: "s3", logDestination: args.flowLogDestination, trafficType: "ALL" };
      for (const [zone, subnetId] of [...Object.entries(subnets.nodes), ["ops", subnets.ops] as const]) {
        new ec2.FlowLog(`${name}-flow-${zone}`, { subnetId, ...destination, tags: tags(`flow-${zone}`) }, own);
      }
    }

    const groups = Object.fromEntries(
      groupNames.map((group) => [
        group,
        new ec2.SecurityGroup(
          `${name}-${group}`,
          {
            name: pulumi.interpolate`${args.clusterName}-${group}`,
            description: groupDescriptions[group],
            vpcId,
            tags: tags(group),
          },
          own,
        ),
      ]),
    ) as Record<GroupName, ec2.SecurityGroup>;
    this.securityGroupIds = Object.fromEntries(groupNames.map((group) => [group, groups[group].id])) as Record<
      GroupName,
      pulumi.Output<string>
    >;

    const ec2Endpoint = new ec2.VpcEndpoint(
      `${name}-ec2`,
      {
        vpcId,
        serviceName: pulumi.interpolate`com.amazonaws.${args.region}.ec2`,
        vpcEndpointType: "Interface",
        // AWS's name for the service would lead here in the whole VPC, also for machines that the group does not let
        // in, and only one endpoint of a VPC can have it (PrivateLink guide, "Private DNS names").
        privateDnsEnabled: false,
        subnetIds: nodeSubnetIds,
        // Left to itself AWS might give the endpoint an address that a node is to have.
        subnetConfigurations: nodeSubnetIds.map((subnetId, index) => ({
          subnetId,
          ipv4: plan.apply(({ nodeSubnets }) =>
            hostAddress(cidrOf(nodeSubnets[index]?.cidr ?? ""), endpointHostNumber),
          ),
        })),
        securityGroupIds: [groups.endpoint.id],
        tags: tags("ec2"),
      },
      own,
    );

    // The first name is that for all zones; the public DNS has it too, so that any resolver will do.
    this.ec2EndpointUrl = ec2Endpoint.dnsEntries.apply((entries) => `https://${entries[0]?.dnsName ?? ""}`);

    const peerArgs = (peer: Peer) => {
      if (peer === "s3") return { prefixListId: subnets.s3PrefixListId };
      return "group" in peer ? { referencedSecurityGroupId: groups[peer.group].id } : { cidrIpv4: peer.cidr };
    };
    for (const rule of securityRules({ clientCidrs: [], ...args })) {
      const Rule = rule.direction === "ingress" ? vpc.SecurityGroupIngressRule : vpc.SecurityGroupEgressRule;
      const ruleTags = tags(ruleName(rule));
      new Rule(
        `${name}-${ruleName(rule)}`,
        {
          securityGroupId: groups[rule.group].id,
          ipProtocol: "tcp",
          fromPort: rule.port,
          toPort: rule.port,
          ...peerArgs(rule.peer),
          description: ruleDescription(rule),
          tags: ruleTags,
        },
        own,
      );
    }

    const dnsZone = new route53.Zone(
      `${name}-dns`,
      {
        name: args.domain,
        comment: pulumi.interpolate`Kafka cluster ${args.clusterName}`,
        vpcs: [{ vpcId, vpcRegion: args.region }],
        tags: tags("dns"),
      },
      // Further VPCs come below; those of other accounts join from their side, and are to stay.
      { ...own, ignoreChanges: ["vpcs"] },
    );
    this.dnsZoneId = dnsZone.zoneId;
    for (const entry of args.dnsVpcIds ?? []) {
      const { id, region } = dnsVpcOf(entry, "");
      const vpcRegion = region === "" ? args.region : region;
      new route53.ZoneAssociation(`${name}-dns-${id}`, { zoneId: dnsZone.zoneId, vpcId: id, vpcRegion }, own);
    }

    this.registerOutputs({
      vpcId: this.vpcId,
      nodeSubnetIds: this.nodeSubnetIds,
      opsSubnetId: this.opsSubnetId,
      securityGroupIds: this.securityGroupIds,
      routeTableIds: this.routeTableIds,
      dnsZoneId: this.dnsZoneId,
      ec2EndpointUrl: this.ec2EndpointUrl,
    });
  }

  private makeVpc(name: string, args: NetworkArgs, plan: pulumi.Output<NetworkPlan>) {
    const [own, tags] = [{ parent: this }, tagsOf(args, "vpc")];
    const made = new ec2.Vpc(
      `${name}-vpc`,
      // Both are needed for the private DNS zone and for the endpoint's own name.
      { cidrBlock: plan.vpcCidr, enableDnsSupport: true, enableDnsHostnames: true, tags },
      own,
    );
    // It comes with a VPC and lets all that is in it talk; nothing of the cluster is. Given no rules, it has none. It
    // has no tags either: a deployer who may tag what is there already could make anything its own.
    new ec2.DefaultSecurityGroup(`${name}-default`, { vpcId: made.id }, own);
    const gateway = new ec2.InternetGateway(`${name}-internet`, { vpcId: made.id, tags }, own);
    return { vpcId: made.id, internetGatewayId: gateway.id };
  }

  /** Subnets with their routes, and the way of the nodes to S3. */
  private makeSubnets(
    name: string,
    args: NetworkArgs,
    plan: pulumi.Output<NetworkPlan>,
    vpcId: pulumi.Output<string>,
    internetGatewayId: pulumi.Input<string>,
  ): Subnets {
    const own = { parent: this };
    const makeSubnet = (part: string, availabilityZone: pulumi.Input<string>, cidrBlock: pulumi.Input<string>) =>
      new ec2.Subnet(
        `${name}-${part}`,
        { vpcId, availabilityZone, cidrBlock, mapPublicIpOnLaunch: false, tags: tagsOf(args, part) },
        own,
      );
    const makeRoutes = (part: string) =>
      new ec2.RouteTable(`${name}-${part}-routes`, { vpcId, tags: tagsOf(args, part) }, own);
    const associate = (part: string, { id: subnetId }: ec2.Subnet, { id: routeTableId }: ec2.RouteTable) =>
      new ec2.RouteTableAssociation(`${name}-${part}`, { subnetId, routeTableId }, own);

    const nodeRoutes = makeRoutes("nodes");
    const nodes = args.zones.map((zone, index) => {
      const cidr = plan.apply(({ nodeSubnets }) => nodeSubnets[index]?.cidr ?? "");
      const subnet = makeSubnet(`nodes-${zone}`, zone, cidr);
      associate(`nodes-${zone}`, subnet, nodeRoutes);
      return [zone, subnet.id] as const;
    });
    for (const { cidr, target } of args.clientRoutes ?? []) {
      const route = { routeTableId: nodeRoutes.id, destinationCidrBlock: cidr, ...routeTarget(target) };
      new ec2.Route(`${name}-clients-${cidr}`, route, own);
    }

    const opsSubnet = makeSubnet("ops", plan.opsSubnet.zone, plan.opsSubnet.cidr);
    const opsRoutes = makeRoutes("ops");
    associate("ops", opsSubnet, opsRoutes);
    new ec2.Route(
      `${name}-ops-internet`,
      { routeTableId: opsRoutes.id, destinationCidrBlock: "0.0.0.0/0", gatewayId: internetGatewayId },
      own,
    );
    const s3 = new ec2.VpcEndpoint(
      `${name}-s3`,
      {
        vpcId,
        serviceName: pulumi.interpolate`com.amazonaws.${args.region}.s3`,
        vpcEndpointType: "Gateway",
        routeTableIds: [nodeRoutes.id],
        tags: tagsOf(args, "s3"),
      },
      own,
    );
    return {
      nodes: Object.fromEntries(nodes),
      ops: opsSubnet.id,
      routeTableIds: { nodes: nodeRoutes.id, ops: opsRoutes.id },
      s3PrefixListId: s3.prefixListId,
    };
  }
}

/** The subnets that the user has made, with the ways that they have. */
function givenSubnets(
  zones: readonly string[],
  { nodes, ops, s3PrefixListId }: NonNullable<NetworkArgs["subnets"]>,
): Subnets {
  const ids = pulumi.output(nodes);
  const nodesOfZones = zones.map((zone, index) => [zone, ids.apply((all) => all[index] ?? "")] as const);
  return { nodes: Object.fromEntries(nodesOfZones), ops: pulumi.output(ops), s3PrefixListId };
}

interface Subnets {
  /** Zone -> subnet id. */
  readonly nodes: Readonly<Record<string, pulumi.Output<string>>>;
  readonly ops: pulumi.Output<string>;
  readonly routeTableIds?: { readonly nodes: pulumi.Output<string>; readonly ops: pulumi.Output<string> };
  /** Id of the prefix list with S3's addresses. */
  readonly s3PrefixListId: pulumi.Input<string>;
}

/** The route's argument for the kind of gateway that the id names. */
function routeTarget(id: string): Record<string, string> {
  if (id.startsWith("pcx-")) return { vpcPeeringConnectionId: id };
  return id.startsWith("tgw-") ? { transitGatewayId: id } : { gatewayId: id };
}
