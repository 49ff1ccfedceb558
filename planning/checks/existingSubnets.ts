import { cidrOf } from "../../settings/cidr";
import type { Fault } from "../../settings/faults";
import { smallestNodePrefix } from "../../settings/networkLayout";
import type { Settings } from "../../settings/settings";

/** A subnet that the settings name (`nodeSubnetIds`, `opsSubnetId`). */
export interface GivenSubnet {
  readonly id: string;
  readonly vpcId: string;
  readonly zone: string;
  readonly cidr: string;
  /** Its own route table, or the main one of its VPC. */
  readonly routes: { readonly id: string; readonly toInternetGateway: boolean };
}

/** The gateway endpoint for S3 of a VPC. */
export interface S3Endpoint {
  readonly id: string;
  readonly routeTableIds: readonly string[];
}

/**
 * The reasons for which the cluster can't be built in the subnets that the settings name.
 * @param nodes in the order of `nodeSubnetIds`
 */
export function givenSubnetFaults(
  { region, network }: Pick<Settings, "region" | "network">,
  nodes: readonly GivenSubnet[],
  ops: GivenSubnet,
  s3: S3Endpoint | undefined,
): Fault[] {
  const faults = nodes.flatMap((subnet, index): Fault[] => {
    const path = `nodeSubnetIds[${index}]`;
    const zone = network.zones[index] ?? "";
    const isSmall = cidrOf(subnet.cidr).prefix > smallestNodePrefix;
    return [
      ...vpcFault(path, subnet, network.vpcId),
      ...(subnet.zone === zone
        ? []
        : [
            {
              path,
              message:
                `${subnet.id} is in ${subnet.zone}; give a subnet in ${zone}, which is ` +
                `availabilityZones[${index}]`,
            },
          ]),
      ...(isSmall
        ? [
            {
              path,
              message:
                `${subnet.id} has ${subnet.cidr}; give a /${smallestNodePrefix} or larger: nodes have fixed ` +
                "addresses",
            },
          ]
        : []),
    ];
  });
  const tables = [...new Set(nodes.map(({ routes }) => routes.id))];
  const unrouted = tables.filter((id) => !s3?.routeTableIds.includes(id));
  const remedy =
    s3 === undefined
      ? `aws ec2 create-vpc-endpoint --vpc-id ${network.vpcId} --service-name com.amazonaws.${region}.s3 ` +
        `--route-table-ids ${tables.join(" ")}`
      : `aws ec2 modify-vpc-endpoint --vpc-endpoint-id ${s3.id} --add-route-table-ids ${unrouted.join(" ")}`;
  return [
    ...faults,
    ...vpcFault("opsSubnetId", ops, network.vpcId),
    ...(ops.routes.toInternetGateway
      ? []
      : [
          {
            path: "opsSubnetId",
            message:
              `${ops.id} has no route to an internet gateway, so the ops host could not be reached; give a public ` +
              "subnet",
          },
        ]),
    ...(unrouted.length === 0
      ? []
      : [
          {
            path: "nodeSubnetIds",
            message:
              `${unrouted.join(", ")} has no route to S3's gateway endpoint, by which nodes fetch what they run; ` +
              `it costs nothing: ${remedy}`,
          },
        ]),
  ];
}

function vpcFault(path: string, { id, vpcId }: GivenSubnet, wanted: string): Fault[] {
  return vpcId === wanted ? [] : [{ path, message: `${id} is in ${vpcId}; give a subnet of vpcId ${wanted}` }];
}
