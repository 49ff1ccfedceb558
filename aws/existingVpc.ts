import * as ec2 from "@pulumi/aws/ec2";
import type { InvokeOptions } from "@pulumi/pulumi";
import { tagKeys } from "../planning/cluster/tags";
import {
  captureWarnings,
  existingVpcFaults,
  nameServerWarning,
  type CapturingEndpoint,
  type ExistingVpc,
} from "../planning/checks/existingVpc";
import type { Fault, Warn } from "../settings/faults";
import type { Settings } from "../settings/settings";
import { answerOrReason } from "./answer";
import { findSubnets, type FoundSubnets } from "./existingSubnets";

/** The parts of an existing VPC (`vpcId`) that the cluster's network is joined to. */
export interface FoundVpc extends Partial<FoundSubnets> {
  readonly vpcId: string;
  readonly internetGatewayId: string;
}

/** Looks at the VPC that the settings name, and says why the cluster can't be built in it. */
export async function findVpc(
  settings: Settings,
  ask: InvokeOptions,
  warn: Warn,
): Promise<{ found?: FoundVpc; faults: Fault[] }> {
  const { vpcId } = settings.network;
  const fault = (message: string): Fault => ({ path: "vpcId", message });
  const vpc = await answerOrReason(ec2.getVpc({ id: vpcId }, ask));
  if (typeof vpc === "string") {
    return {
      faults: [
        fault(`${vpcId} is not found in ${settings.region} (${vpc}); give a VPC of that region, or leave it empty`),
      ],
    };
  }

  const ofVpc = [{ name: "vpc-id", values: [vpcId] }];
  const hasSubnets = settings.network.subnetIds.length > 0;
  const [{ ids }, gateway, dhcpOptions, capturing, given] = await Promise.all([
    ec2.getSubnets({ filters: ofVpc }, ask),
    answerOrReason(ec2.getInternetGateway({ filters: [{ name: "attachment.vpc-id", values: [vpcId] }] }, ask)),
    answerOrReason(ec2.getVpcDhcpOptions({ dhcpOptionsId: vpc.dhcpOptionsId }, ask)),
    capturingEndpoints(settings, ask),
    hasSubnets ? findSubnets(settings, vpc.cidrBlock, ask) : { found: undefined, faults: [] },
  ]);
  const subnets = await Promise.all(ids.map((id) => ec2.getSubnet({ id }, ask)));
  const facts: ExistingVpc = {
    id: vpcId,
    cidrs: vpc.cidrBlockAssociations.map(({ cidrBlock }) => cidrBlock),
    subnets: subnets
      .filter(({ tags }) => tags[tagKeys.cluster] !== settings.clusterName)
      .map(({ id, cidrBlock }) => ({ id, cidr: cidrBlock })),
  };
  const faults = hasSubnets ? given.faults : existingVpcFaults(settings, facts);
  // "default" is what a VPC has when it has no DHCP options; who may not look at those it has is not warned of them.
  const none = vpc.dhcpOptionsId === "default" ? [] : undefined;
  const nameServers = typeof dhcpOptions === "string" ? none : dhcpOptions.domainNameServers;
  warn(
    nameServers && nameServerWarning(settings.network.domain, facts, nameServers),
    ...captureWarnings(settings, capturing),
  );
  if (!vpc.enableDnsSupport || !vpc.enableDnsHostnames) {
    faults.push(
      fault(`${vpcId} has DNS support or DNS hostnames off, so the cluster's names would not resolve; turn both on`),
    );
  }
  if (typeof gateway === "string") {
    faults.push(fault(`${vpcId} has no internet gateway, so the ops host could not be reached; attach one`));
    return { faults };
  }
  return { found: { vpcId, internetGatewayId: gateway.internetGatewayId, ...given.found }, faults };
}

/** The services that the ops host calls by their public names: its keys, the groups, its tools and packages. */
const opsHostServices = ["ssm", "autoscaling", "s3"];

async function capturingEndpoints({ region, network }: Settings, ask: InvokeOptions): Promise<CapturingEndpoint[]> {
  const found = opsHostServices.map(async (service): Promise<CapturingEndpoint[]> => {
    const endpoint = await answerOrReason(
      ec2.getVpcEndpoint(
        {
          vpcId: network.vpcId,
          serviceName: `com.amazonaws.${region}.${service}`,
          filters: [{ name: "vpc-endpoint-type", values: ["Interface"] }],
        },
        ask,
      ),
    );
    if (typeof endpoint === "string" || !endpoint.privateDnsEnabled) return [];
    return [{ id: endpoint.id, service, securityGroupIds: endpoint.securityGroupIds }];
  });
  return (await Promise.all(found)).flat();
}
