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
  ruleName,
  securityRules,
  type GroupName,
  type Peer,
} from "../planning/cluster/securityRules";
import { clusterTags } from "../planning/cluster/tags";

/** Of the EC2 endpoint in each node subnet; AWS keeps 0 to 3, nodes have 11 and more. */
const endpointHostNumber = 5;

export interface NetworkArgs {
  /** Prefix of every name. */
  readonly clusterName: string;
  readonly region: string;
  /** The blocks, from `planNetwork`. */
  readonly plan: NetworkPlan;
  /** Private DNS zone, e.g. `kafka.internal`. */
  readonly domain: string;
  /** Who may reach the ops host by SSH. */
  readonly sshCidrs: readonly string[];
  /** Kafka clients outside the client security group. */
  readonly clientCidrs: readonly string[];
  /** Ways back to clients outside the VPC. */
  readonly clientRoutes: readonly ClientRoute[];
  /** Further VPCs that resolve the brokers' names: `vpc-…`, or `eu-west-1/vpc-…` in another region. */
  readonly dnsVpcIds: readonly string[];
  /** ARN of an S3 bucket, or of a folder in one, for flow logs. Empty: none. */
  readonly flowLogs: string;
  /** A VPC to build in. Default: make one. */
  readonly existingVpc?: { readonly vpcId: string; readonly internetGatewayId: string };
}

/**
 * A private subnet for nodes in each zone, a public one for the ops host, and the security groups.
 *
 * Nodes have no way to the internet: S3 is reached by a gateway endpoint (free), the EC2 API by an interface endpoint
 * (about $7 a month and zone, less than a NAT gateway and without its reach).
 */
export class Network extends pulumi.ComponentResource {
  readonly vpcId: pulumi.Output<string>;
  /** Zone -> subnet id. */
  readonly nodeSubnetIds: Readonly<Record<string, pulumi.Output<string>>>;
  readonly opsSubnetId: pulumi.Output<string>;
  readonly securityGroupIds: Readonly<Record<GroupName, pulumi.Output<string>>>;
  /** For routes to the other side of a connection that lets the program's own be: that of the nodes, that of the ops host. */
  readonly routeTableIds: { readonly nodes: pulumi.Output<string>; readonly ops: pulumi.Output<string> };
  /** The private DNS zone. */
  readonly dnsZoneId: pulumi.Output<string>;
  /** Of the EC2 API, as nodes and ops host reach it. */
  readonly ec2EndpointUrl: pulumi.Output<string>;

  constructor(name: string, args: NetworkArgs, options?: pulumi.ComponentResourceOptions) {
    super("kafka-on-ec2:index:Network", name, {}, options);
    const own = { parent: this };
    const tags = (thing: string) => clusterTags(args.clusterName, thing);

    const { vpcId, internetGatewayId } = args.existingVpc
      ? {
          vpcId: pulumi.output(args.existingVpc.vpcId),
          internetGatewayId: pulumi.output(args.existingVpc.internetGatewayId),
        }
      : this.makeVpc(args);
    this.vpcId = vpcId;

    const nodeRoutes = new ec2.RouteTable("node-routes", { vpcId, tags: tags("nodes") }, own);
    const nodeSubnets = args.plan.nodeSubnets.map(({ zone, cidr, keptCidrs }) => {
      const subnet = new ec2.Subnet(
        `nodes-${zone}`,
        {
          vpcId,
          availabilityZone: zone,
          cidrBlock: cidr,
          mapPublicIpOnLaunch: false,
          tags: tags(`nodes-${zone}`),
        },
        own,
      );
      new ec2.RouteTableAssociation(`nodes-${zone}`, { subnetId: subnet.id, routeTableId: nodeRoutes.id }, own);
      // "explicit": only who asks for an address by name gets one of these (VPC guide, "Subnet CIDR reservations").
      for (const cidrBlock of keptCidrs) {
        const args = { subnetId: subnet.id, cidrBlock, reservationType: "explicit" };
        new ec2.SubnetCidrReservation(`kept-${cidrBlock}`, args, own);
      }
      return { zone, cidr, subnet };
    });
    this.nodeSubnetIds = Object.fromEntries(nodeSubnets.map(({ zone, subnet }) => [zone, subnet.id]));

    const opsSubnet = new ec2.Subnet(
      "ops",
      {
        vpcId,
        availabilityZone: args.plan.opsSubnet.zone,
        cidrBlock: args.plan.opsSubnet.cidr,
        mapPublicIpOnLaunch: false,
        tags: tags("ops"),
      },
      own,
    );
    const opsRoutes = new ec2.RouteTable("ops-routes", { vpcId, tags: tags("ops") }, own);
    new ec2.RouteTableAssociation("ops", { subnetId: opsSubnet.id, routeTableId: opsRoutes.id }, own);
    new ec2.Route(
      "ops-internet",
      { routeTableId: opsRoutes.id, destinationCidrBlock: "0.0.0.0/0", gatewayId: internetGatewayId },
      own,
    );
    this.opsSubnetId = opsSubnet.id;
    this.routeTableIds = { nodes: nodeRoutes.id, ops: opsRoutes.id };

    if (args.flowLogs) {
      for (const { zone, subnet } of [...nodeSubnets, { zone: "ops", subnet: opsSubnet }]) {
        const destination = { logDestinationType: "s3", logDestination: args.flowLogs, trafficType: "ALL" };
        new ec2.FlowLog(`flow-${zone}`, { subnetId: subnet.id, ...destination, tags: tags(`flow-${zone}`) }, own);
      }
    }

    for (const { cidr, target } of args.clientRoutes) {
      const route = { routeTableId: nodeRoutes.id, destinationCidrBlock: cidr, ...routeTarget(target) };
      new ec2.Route(`clients-${cidr}`, route, own);
    }

    const groups = Object.fromEntries(
      groupNames.map((group) => [
        group,
        new ec2.SecurityGroup(
          group,
          {
            name: `${args.clusterName}-${group}`,
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

    const s3 = new ec2.VpcEndpoint(
      "s3",
      {
        vpcId,
        serviceName: `com.amazonaws.${args.region}.s3`,
        vpcEndpointType: "Gateway",
        routeTableIds: [nodeRoutes.id],
        tags: tags("s3"),
      },
      own,
    );
    const ec2Endpoint = new ec2.VpcEndpoint(
      "ec2",
      {
        vpcId,
        serviceName: `com.amazonaws.${args.region}.ec2`,
        vpcEndpointType: "Interface",
        // AWS's name for the service would lead here in the whole VPC, also for machines that the group does not let in, and only
        // one endpoint of a VPC can have it (PrivateLink guide, "Private DNS names").
        privateDnsEnabled: false,
        subnetIds: nodeSubnets.map(({ subnet }) => subnet.id),
        // Left to itself AWS might give the endpoint an address that a node is to have.
        subnetConfigurations: nodeSubnets.map(({ subnet, cidr }) => ({
          subnetId: subnet.id,
          ipv4: hostAddress(cidrOf(cidr), endpointHostNumber),
        })),
        securityGroupIds: [groups.endpoint.id],
        tags: tags("ec2"),
      },
      own,
    );

    // The first name is that for all zones; the public DNS has it too, so that any resolver will do.
    this.ec2EndpointUrl = ec2Endpoint.dnsEntries.apply((entries) => `https://${entries[0]?.dnsName ?? ""}`);

    const peerArgs = (peer: Peer) => {
      if (peer === "s3") return { prefixListId: s3.prefixListId };
      return "group" in peer ? { referencedSecurityGroupId: groups[peer.group].id } : { cidrIpv4: peer.cidr };
    };
    for (const rule of securityRules(args)) {
      const Rule = rule.direction === "ingress" ? vpc.SecurityGroupIngressRule : vpc.SecurityGroupEgressRule;
      const ruleTags = tags(ruleName(rule));
      new Rule(
        ruleName(rule),
        {
          securityGroupId: groups[rule.group].id,
          ipProtocol: "tcp",
          fromPort: rule.port,
          toPort: rule.port,
          ...peerArgs(rule.peer),
          tags: ruleTags,
        },
        own,
      );
    }

    const dnsZone = new route53.Zone(
      "dns",
      {
        name: args.domain,
        comment: `Kafka cluster ${args.clusterName}`,
        vpcs: [{ vpcId, vpcRegion: args.region }],
        tags: tags("dns"),
      },
      // Further VPCs come below; those of other accounts join from their side, and are to stay.
      { ...own, ignoreChanges: ["vpcs"] },
    );
    this.dnsZoneId = dnsZone.zoneId;
    for (const entry of args.dnsVpcIds) {
      const { id, region } = dnsVpcOf(entry, args.region);
      new route53.ZoneAssociation(`dns-${id}`, { zoneId: dnsZone.zoneId, vpcId: id, vpcRegion: region }, own);
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

  private makeVpc(args: NetworkArgs) {
    const tags = clusterTags(args.clusterName, "vpc");
    const made = new ec2.Vpc(
      "vpc",
      // Both are needed for the private DNS zone and for the endpoint's own name.
      { cidrBlock: args.plan.vpcCidr, enableDnsSupport: true, enableDnsHostnames: true, tags },
      { parent: this },
    );
    // It comes with a VPC and lets all that is in it talk; nothing of the cluster is. Given no rules, it has none. It has no tags
    // either: a deployer who may tag what is there already could make anything its own.
    new ec2.DefaultSecurityGroup("default", { vpcId: made.id }, { parent: this });
    const gateway = new ec2.InternetGateway("internet", { vpcId: made.id, tags }, { parent: this });
    return { vpcId: made.id, internetGatewayId: gateway.id };
  }
}

/** The route's argument for the kind of gateway that the id names. */
function routeTarget(id: string): Record<string, string> {
  if (id.startsWith("pcx-")) return { vpcPeeringConnectionId: id };
  return id.startsWith("tgw-") ? { transitGatewayId: id } : { gatewayId: id };
}
