import { cidrOf, cidrsOverlap, containsCidr, hostAddress } from "../../settings/cidr";
import type { Fault } from "../../settings/faults";
import { nodeSubnetPath, opsSubnetPath } from "../../settings/networkLayout";
import { unroutedFaults } from "../../settings/rules/networkRules";
import type { Settings } from "../../settings/settings";
import { planNetwork } from "../node/addresses";

/** An existing VPC (`vpcId`). */
export interface ExistingVpc {
  readonly id: string;
  readonly cidrs: readonly string[];
  /** Its subnets that are not this cluster's own. */
  readonly subnets: readonly { readonly id: string; readonly cidr: string }[];
}

/** The faults of the settings' blocks in an existing VPC: outside its own, or taken by its subnets. */
export function existingVpcFaults(settings: Settings, vpc: ExistingVpc): Fault[] {
  const { vpcCidr } = settings.network;
  if (!vpc.cidrs.some((cidr) => containsCidr(cidrOf(cidr), cidrOf(vpcCidr)))) {
    return [
      {
        path: "vpcCidr",
        message: `${vpcCidr} is not inside ${vpc.id}, which has ${vpc.cidrs.join(", ")}; give a free block of that VPC`,
      },
    ];
  }
  const { nodeSubnets, opsSubnet } = planNetwork(settings);
  const planned = [
    ...nodeSubnets.map(({ cidr }, index) => ({ cidr, path: nodeSubnetPath(settings.network, index) })),
    { cidr: opsSubnet.cidr, path: opsSubnetPath(settings.network) },
  ];
  const overlaps = planned.flatMap(({ cidr, path }) =>
    vpc.subnets
      .filter((subnet) => cidrsOverlap(cidrOf(subnet.cidr), cidrOf(cidr)))
      .map((subnet) => ({
        path,
        message:
          `subnet ${cidr} overlaps ${subnet.id} (${subnet.cidr}) of ${vpc.id}; ` +
          `give nodeSubnetCidrs and opsSubnetCidr in free space`,
      })),
  );
  return [...overlaps, ...unroutedFaults(settings.access.clientCidrs, settings.network.clientRoutes, vpc.cidrs)];
}

/** A private zone of the cluster's name, with a VPC in which the cluster's own has to be seen. */
export interface RivalZone {
  readonly zoneId: string;
  readonly vpcId: string;
}

/**
 * The fault of a VPC that would have two private zones of one name, which Route 53 refuses (`ConflictingDomainExists`).
 */
export function rivalZoneFaults(domain: string, rivals: readonly RivalZone[]): Fault[] {
  return rivals.map(({ zoneId, vpcId }) => ({
    path: "dnsDomain",
    message:
      `${vpcId} has a private zone ${domain} already (${zoneId}), such as another cluster's, and a VPC takes one of ` +
      `a name; choose another, e.g. kafka-2.${domain.split(".").slice(1).join(".")}`,
  }));
}

/**
 * A warning about the name servers that a VPC's DHCP options give its machines: only the VPC's own resolver knows
 * private zones. The cluster itself needs no private names. Undefined when all is well.
 */
export function nameServerWarning(
  domain: string,
  vpc: Pick<ExistingVpc, "id" | "cidrs">,
  nameServers: readonly string[],
): Fault | undefined {
  const own = ["AmazonProvidedDNS", "169.254.169.253", ...vpc.cidrs.map((cidr) => hostAddress(cidrOf(cidr), 2))];
  const foreign = nameServers.filter((server) => !own.includes(server));
  if (nameServers.length > 0 && foreign.length === 0) return undefined;
  const given = foreign.length > 0 ? `name ${foreign.join(", ")}` : "name no DNS server";
  return {
    path: "vpcId",
    message:
      `the DHCP options of ${vpc.id} ${given}: clients there resolve kafka-1.${domain} only if those servers ask the ` +
      `VPC's own resolver for ${domain} (a Route 53 Resolver inbound endpoint), or with AmazonProvidedDNS in the ` +
      "DHCP options",
  };
}

/** An interface endpoint of somebody else with private DNS: it answers for the service's name in the whole VPC. */
export interface CapturingEndpoint {
  readonly id: string;
  /** `ssm`. */
  readonly service: string;
  readonly securityGroupIds: readonly string[];
}

/**
 * Warnings about what must be so for the ops host to get through to services whose names such an endpoint answers for.
 */
export function captureWarnings(settings: Settings, endpoints: readonly CapturingEndpoint[]): Fault[] {
  const { cidr } = planNetwork(settings).opsSubnet;
  return endpoints.map(({ id, service, securityGroupIds }) => ({
    path: "vpcId",
    message:
      `the ops host's calls of ${service} go to ${id}, which has private DNS in this VPC: let ${cidr} in on port 443 ` +
      `(security groups ${securityGroupIds.join(", ")})`,
  }));
}
