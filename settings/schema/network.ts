import { z } from "zod";
import { checkedText, list, once, pattern, shown, text } from "../fields";
import { accessBlock, networkBlock } from "./kinds";
import { rulesOf, setting } from "./setting";

const clientRouteFields = {
  cidr: { type: "text", description: "IPv4 block of the clients' network.", plain: true, rule: accessBlock },
  target: {
    type: "text",
    description: "A peering connection (pcx-…), a transit gateway (tgw-…) or a virtual private gateway (vgw-…).",
    rule: pattern(
      /^(pcx|tgw|vgw)-[0-9a-f]{8,17}$/,
      "the id of a peering connection (pcx-…), a transit gateway (tgw-…) or a virtual private gateway (vgw-…)",
    ),
  },
} as const;

const clientRoute = z.strictObject(rulesOf(clientRouteFields), {
  error: (issue) =>
    issue.code === "invalid_type" ? `${shown(issue.input)} is not a route; write {cidr: …, target: …}` : undefined,
});

const subnetIdExpression = /^subnet-[0-9a-f]{8,17}$/;

const dnsVpc = pattern(
  /^([a-z]{2}(-[a-z]+)+-\d\/)?vpc-[0-9a-f]{8,17}$/,
  "a VPC id such as vpc-0123456789abcdef0, or eu-west-1/vpc-0123456789abcdef0 in another region",
);

/** Settings about where the nodes are, and what leads there. */
export const networkSettings = {
  vpcCidr: setting({
    place: "network.vpcCidr",
    type: "text",
    default: "10.20.0.0/16",
    description: "IPv4 block of the VPC (/16 to /23); with vpcId a free block of that VPC.",
    plain: true,
    rule: networkBlock("a VPC"),
  }),
  vpcId: setting({
    place: "network.vpcId",
    type: "text",
    default: "",
    description: "Id of an existing VPC to build in; its internet gateway is used. Empty = make a VPC.",
    example: "vpc-0123456789abcdef0",
    rule: pattern(/^vpc-[0-9a-f]{8,17}$/, "a VPC id such as vpc-0123456789abcdef0", "a new VPC"),
  }),
  availabilityZones: setting({
    place: "network.zones",
    type: "list",
    default: ["us-east-1a", "us-east-1b", "us-east-1c"],
    description:
      "Three or more zones of aws:region. Node i of a pool is in zone (i - 1) mod the number of zones, so keep the " +
      "order.",
    plain: true,
    rule: list(text(), '["us-east-1a", "us-east-1b", "us-east-1c"]')
      .superRefine((zones, context) => {
        if (zones.length < 3) {
          context.addIssue({
            code: "custom",
            message:
              `${shown(zones)} has ${zones.length} zones; 3 or more are needed to lose one and keep a ` +
              "ZooKeeper majority",
          });
        }
      })
      .superRefine(once("zone")),
  }),
  nodeSubnetCidrs: setting({
    place: "network.nodeSubnetCidrs",
    type: "list",
    default: [],
    description:
      "Blocks of the private subnets, one a zone in the same order, each /25 or larger. Empty = computed from vpcCidr.",
    example: ["10.20.0.0/20", "10.20.16.0/20", "10.20.32.0/20"],
    plain: true,
    rule: list(networkBlock("a subnet"), '["10.20.0.0/20", "10.20.16.0/20", "10.20.32.0/20"]'),
  }),
  nodeSubnetIds: setting({
    place: "network.subnetIds",
    type: "list",
    default: [],
    description:
      "Existing private subnets of vpcId to build in, one a zone in the order of availabilityZones; their route " +
      "tables stay yours. Given together with opsSubnetId. None = the program makes subnets (nodeSubnetCidrs).",
    example: ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1", "subnet-0123456789abcdef2"],
    rule: list(
      pattern(subnetIdExpression, "a subnet id such as subnet-0123456789abcdef0"),
      '["subnet-0123456789abcdef0", "subnet-0123456789abcdef1", "subnet-0123456789abcdef2"]',
    ).superRefine(once("subnet")),
  }),
  opsSubnetCidr: setting({
    place: "network.opsSubnetCidr",
    type: "text",
    default: "",
    description: "Block of the ops host's public subnet. Empty = computed from vpcCidr.",
    example: "10.20.240.0/26",
    plain: true,
    rule: networkBlock("a subnet", { mayBeEmpty: true }),
  }),
  opsSubnetId: setting({
    place: "network.opsSubnetId",
    type: "text",
    default: "",
    description:
      "An existing public subnet of vpcId for the ops host, given together with nodeSubnetIds. Empty = the program " +
      "makes one (opsSubnetCidr).",
    example: "subnet-0123456789abcdef3",
    rule: pattern(subnetIdExpression, "a subnet id such as subnet-0123456789abcdef0", "a new subnet"),
  }),
  dnsDomain: setting({
    place: "network.domain",
    type: "text",
    default: "kafka.internal",
    description:
      "Private DNS zone ($0.50 a month); brokers are kafka-1.<domain> and so on. A VPC has one zone of a name, so " +
      "each cluster in it needs another one.",
    rule: checkedText((domain) => {
      if (!/^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/.test(domain)) {
        return `"${domain}" is not a domain name; write lower-case labels with dots, e.g. kafka.internal`;
      }
      return /(^|\.)(amazonaws\.com|compute\.internal|ec2\.internal)$/.test(domain)
        ? `"${domain}" is AWS's own name for hosts in a VPC; choose another, e.g. kafka.internal`
        : undefined;
    }),
  }),
  clientRoutes: setting({
    place: "network.clientRoutes",
    type: "objects",
    items: {
      type: "ClientRouteArgs",
      description: "A route from the nodes' subnets to clients outside the VPC.",
      fields: clientRouteFields,
    },
    default: [],
    description:
      "Ways back to clients outside the VPC (clientCidrs): cidr, and as target a peering connection (pcx-…), a " +
      "transit gateway (tgw-…) or a virtual private gateway (vgw-…).",
    example: [{ cidr: "10.30.0.0/16", target: "pcx-0123456789abcdef0" }],
    plain: true,
    rule: list(clientRoute, '[{"cidr": "10.30.0.0/16", "target": "pcx-0123456789abcdef0"}]').superRefine(
      once("block", ({ cidr }) => cidr, "cidr"),
    ),
  }),
  dnsVpcIds: setting({
    place: "network.dnsVpcIds",
    type: "list",
    default: [],
    description:
      "Further VPCs of this account in which the brokers' names resolve; with its region, as " +
      "eu-west-1/vpc-…, in another " +
      'one. Those of other accounts: docs/operations.md, "Clients in another network".',
    example: ["eu-west-1/vpc-0123456789abcdef0"],
    plain: true,
    rule: list(dnsVpc, '["vpc-0123456789abcdef0", "eu-west-1/vpc-0123456789abcdef1"]').superRefine(once("VPC")),
  }),
  flowLogDestination: setting({
    place: "network.flowLogs",
    type: "text",
    default: "",
    // VPC and CloudWatch pricing, "vended logs".
    description:
      "ARN of an S3 bucket of yours, or of a folder in it (arn:aws:s3:::my-logs/kafka/), for VPC flow logs of the " +
      "cluster's subnets: who spoke with whom, every 10 minutes; about $0.25 a GB, and S3's price for keeping them. " +
      "Empty = none.",
    example: "arn:aws:s3:::my-logs/kafka/",
    plain: true,
    rule: pattern(
      /^arn:aws[a-z-]*:s3:::[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](\/[A-Za-z0-9!_.*'()/=-]*)?$/,
      "the ARN of an S3 bucket, with a folder or without, e.g. arn:aws:s3:::my-logs/kafka/",
      "no flow logs",
    ),
  }),
};
