import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

/**
 * What KafkaCluster needs of a network: a private subnet (/25 or larger) in each of three zones, with a way to S3 that
 * costs nothing, and a public one for its ops host. Machines in the private subnets need no way to the internet for it.
 */
export function makeVpc(name: string, { cidrBlock, zones }: { cidrBlock: string; zones: readonly string[] }) {
  const base = cidrBlock.split(".").slice(0, 2).join(".");
  const tags = { Name: name };
  const vpc = new aws.ec2.Vpc(name, { cidrBlock, enableDnsSupport: true, enableDnsHostnames: true, tags });
  const vpcId = vpc.id;
  const gateway = new aws.ec2.InternetGateway(name, { vpcId, tags });

  const privateRoutes = new aws.ec2.RouteTable(`${name}-private`, { vpcId, tags });
  const privateSubnets = zones.map((availabilityZone, index) => {
    const block = `${base}.${index}.0/24`;
    const subnet = new aws.ec2.Subnet(`${name}-${availabilityZone}`, {
      vpcId,
      availabilityZone,
      cidrBlock: block,
      tags,
    });
    const association = { subnetId: subnet.id, routeTableId: privateRoutes.id };
    return new aws.ec2.RouteTableAssociation(`${name}-${availabilityZone}`, association).subnetId.apply(
      (id) => id ?? "",
    );
  });
  const endpoint = new aws.ec2.VpcEndpoint(`${name}-s3`, {
    vpcId,
    serviceName: pulumi.interpolate`com.amazonaws.${aws.getRegionOutput().region}.s3`,
    vpcEndpointType: "Gateway",
    routeTableIds: [privateRoutes.id],
    tags,
  });

  const publicRoutes = new aws.ec2.RouteTable(`${name}-public`, { vpcId, tags });
  const publicSubnet = new aws.ec2.Subnet(`${name}-public`, {
    vpcId,
    availabilityZone: zones[0],
    cidrBlock: `${base}.${zones.length}.0/24`,
    tags,
  });
  const association = { subnetId: publicSubnet.id, routeTableId: publicRoutes.id };
  const associated = new aws.ec2.RouteTableAssociation(`${name}-public`, association);
  const route = new aws.ec2.Route(`${name}-internet`, {
    routeTableId: publicRoutes.id,
    destinationCidrBlock: "0.0.0.0/0",
    gatewayId: gateway.id,
  });

  // Whoever uses a subnet finds its routes there.
  return {
    vpcId,
    privateSubnetIds: pulumi.all([...privateSubnets, endpoint.id]).apply((ids) => ids.slice(0, zones.length)),
    publicSubnetId: pulumi.all([associated.subnetId, route.id]).apply(([id]) => id ?? ""),
  };
}
