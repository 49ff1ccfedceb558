import * as ec2 from "@pulumi/aws/ec2";
import type { InvokeOptions } from "@pulumi/pulumi";
import { givenSubnetFaults, type GivenSubnet } from "../planning/checks/existingSubnets";
import { keptBlocks, type NetworkPlan } from "../planning/node/addresses";
import { cidrOf } from "../settings/cidr";
import type { Fault } from "../settings/faults";
import type { Settings } from "../settings/settings";
import { answerOrReason } from "./answer";

/** The subnets that the settings name, and S3's endpoint beside them. */
export interface FoundSubnets {
  readonly network: NetworkPlan;
  readonly s3PrefixListId: string;
}

/** Looks at the subnets that the settings name (`nodeSubnetIds`), and says why the cluster can't be built in them. */
export async function findSubnets(
  settings: Settings,
  vpcCidr: string,
  ask: InvokeOptions,
): Promise<{ found?: FoundSubnets; faults: Fault[] }> {
  const { vpcId, subnetIds, opsSubnetId } = settings.network;
  const [nodes, ops, endpoint] = await Promise.all([
    Promise.all(subnetIds.map((id) => subnet(id, ask))),
    subnet(opsSubnetId, ask),
    answerOrReason(
      ec2.getVpcEndpoint(
        {
          vpcId,
          serviceName: `com.amazonaws.${settings.region}.s3`,
          filters: [{ name: "vpc-endpoint-type", values: ["Gateway"] }],
        },
        ask,
      ),
    ),
  ]);
  const asked: readonly (readonly [string, GivenSubnet | string])[] = [
    ...nodes.map((one, index) => [`nodeSubnetIds[${index}]`, one] as const),
    ["opsSubnetId", ops],
  ];
  const missing = asked.flatMap(([path, answer]) =>
    typeof answer === "string"
      ? [{ path, message: `${answer} is not to be had in ${settings.region}; give a subnet of ${vpcId}` }]
      : [],
  );
  const known = nodes.filter((one) => typeof one !== "string");
  if (missing.length > 0 || typeof ops === "string") return { faults: missing };
  const s3 = typeof endpoint === "string" ? undefined : endpoint;
  const faults = givenSubnetFaults(settings, known, ops, s3);
  if (faults.length > 0 || s3 === undefined) return { faults };
  const nodeSubnets = known.map(({ zone, cidr }) => ({ zone, cidr, keptCidrs: keptBlocks(cidrOf(cidr)) }));
  return { faults, found: { network: { vpcCidr, nodeSubnets, opsSubnet: ops }, s3PrefixListId: s3.prefixListId } };
}

async function subnet(id: string, ask: InvokeOptions): Promise<GivenSubnet | string> {
  const found = await answerOrReason(ec2.getSubnet({ id }, ask));
  if (typeof found === "string") return `${id} (${found})`;
  const own = await answerOrReason(ec2.getRouteTable({ subnetId: id }, ask));
  // A subnet that is associated with none has the main one.
  const main = [{ name: "association.main", values: ["true"] }];
  const table = typeof own === "string" ? await ec2.getRouteTable({ vpcId: found.vpcId, filters: main }, ask) : own;
  const toInternetGateway = table.routes.some(
    ({ cidrBlock, gatewayId }) => cidrBlock === "0.0.0.0/0" && gatewayId.startsWith("igw-"),
  );
  const { vpcId, availabilityZone: zone, cidrBlock: cidr } = found;
  return { id, vpcId, zone, cidr, routes: { id: table.routeTableId, toInternetGateway } };
}
