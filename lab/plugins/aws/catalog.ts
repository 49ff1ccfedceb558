/** Where each type and function is; a file is loaded at its first use only, so that the plugin starts fast. */
import { Refusal } from "./core/errors";
import { nearest } from "./core/nearest";
import type { AnyFunction, AnyResourceType } from "./core/resourceType";

const resourceTypes: Readonly<Record<string, () => Promise<AnyResourceType>>> = {
  "aws:autoscaling/group:Group": async () => (await import("./autoscaling/group")).group,
  "aws:cloudwatch/eventRule:EventRule": async () => (await import("./cloudwatch/eventRule")).eventRule,
  "aws:cloudwatch/eventTarget:EventTarget": async () => (await import("./cloudwatch/eventRule")).eventTarget,
  "aws:cloudwatch/metricAlarm:MetricAlarm": async () => (await import("./cloudwatch/metricAlarm")).metricAlarm,
  "aws:ebs/volume:Volume": async () => (await import("./ec2/volume")).volume,
  "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": async () =>
    (await import("./ec2/defaultSecurityGroup")).defaultSecurityGroup,
  "aws:ec2/eip:Eip": async () => (await import("./ec2/elasticIp")).elasticIp,
  "aws:ec2/eipAssociation:EipAssociation": async () => (await import("./ec2/elasticIp")).elasticIpAssociation,
  "aws:ec2/internetGateway:InternetGateway": async () => (await import("./ec2/internetGateway")).internetGateway,
  "aws:ec2/launchTemplate:LaunchTemplate": async () => (await import("./ec2/launchTemplate")).launchTemplate,
  "aws:ec2/networkInterface:NetworkInterface": async () => (await import("./ec2/networkInterface")).networkInterface,
  "aws:ec2/route:Route": async () => (await import("./ec2/routeTable")).route,
  "aws:ec2/routeTable:RouteTable": async () => (await import("./ec2/routeTable")).routeTable,
  "aws:ec2/routeTableAssociation:RouteTableAssociation": async () =>
    (await import("./ec2/routeTable")).routeTableAssociation,
  "aws:ec2/securityGroup:SecurityGroup": async () => (await import("./ec2/securityGroup")).securityGroup,
  "aws:ec2/subnet:Subnet": async () => (await import("./ec2/subnet")).subnet,
  "aws:ec2/subnetCidrReservation:SubnetCidrReservation": async () =>
    (await import("./ec2/subnetCidrReservation")).subnetCidrReservation,
  "aws:ec2/vpc:Vpc": async () => (await import("./ec2/vpc")).vpc,
  "aws:ec2/vpcEndpoint:VpcEndpoint": async () => (await import("./ec2/vpcEndpoint")).vpcEndpoint,
  "aws:iam/instanceProfile:InstanceProfile": async () => (await import("./iam/instanceProfile")).instanceProfile,
  "aws:iam/policy:Policy": async () => (await import("./iam/policy")).policy,
  "aws:iam/role:Role": async () => (await import("./iam/role")).role,
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment": async () =>
    (await import("./iam/rolePolicyAttachment")).rolePolicyAttachment,
  "aws:iam/rolePolicy:RolePolicy": async () => (await import("./iam/role")).rolePolicy,
  "aws:route53/record:Record": async () => (await import("./route53/record")).record,
  "aws:route53/zoneAssociation:ZoneAssociation": async () =>
    (await import("./route53/zoneAssociation")).zoneAssociation,
  "aws:route53/zone:Zone": async () => (await import("./route53/zone")).zone,
  "aws:s3/bucket:Bucket": async () => (await import("./s3/bucket")).bucket,
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": async () =>
    (await import("./s3/bucketLifecycle")).bucketLifecycle,
  "aws:s3/bucketObjectv2:BucketObjectv2": async () => (await import("./s3/bucketObject")).bucketObject,
  "aws:s3/bucketPolicy:BucketPolicy": async () => (await import("./s3/bucketPolicy")).bucketPolicy,
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": async () =>
    (await import("./s3/bucketPublicAccessBlock")).bucketPublicAccessBlock,
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": async () =>
    (await import("./s3/bucketEncryption")).bucketEncryption,
  "aws:sns/topic:Topic": async () => (await import("./sns/topic")).topic,
  "aws:sns/topicPolicy:TopicPolicy": async () => (await import("./sns/topicPolicy")).topicPolicy,
  "aws:sns/topicSubscription:TopicSubscription": async () =>
    (await import("./sns/topicSubscription")).topicSubscription,
  "aws:ssm/parameter:Parameter": async () => (await import("./ssm/parameter")).parameter,
  "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": async () =>
    (await import("./ec2/securityGroupRules")).egressRule,
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": async () =>
    (await import("./ec2/securityGroupRules")).ingressRule,
};

const functions: Readonly<Record<string, () => Promise<AnyFunction>>> = {
  "aws:ebs/getEbsVolumes:getEbsVolumes": async () => (await import("./functions/getVolume")).getEbsVolumes,
  "aws:ebs/getVolume:getVolume": async () => (await import("./functions/getVolume")).getVolume,
  "aws:ec2/getAmi:getAmi": async () => (await import("./functions/getAmi")).getAmi,
  "aws:ec2/getInstanceType:getInstanceType": async () => (await import("./functions/getInstanceType")).getInstanceType,
  "aws:ec2/getInstanceTypeOfferings:getInstanceTypeOfferings": async () =>
    (await import("./functions/getInstanceTypeOfferings")).getInstanceTypeOfferings,
  "aws:index/getRegion:getRegion": async () => (await import("./functions/getRegion")).getRegion,
  "aws:ec2/getRouteTable:getRouteTable": async () => (await import("./functions/getRouteTable")).getRouteTable,
  "aws:ec2/getInternetGateway:getInternetGateway": async () =>
    (await import("./functions/getInternetGateway")).getInternetGateway,
  "aws:ec2/getSubnet:getSubnet": async () => (await import("./functions/getSubnets")).getSubnet,
  "aws:ec2/getSubnets:getSubnets": async () => (await import("./functions/getSubnets")).getSubnets,
  "aws:ec2/getVpc:getVpc": async () => (await import("./functions/getVpc")).getVpc,
  "aws:ec2/getVpcDhcpOptions:getVpcDhcpOptions": async () =>
    (await import("./functions/getVpcDhcpOptions")).getVpcDhcpOptions,
  "aws:ec2/getVpcEndpoint:getVpcEndpoint": async () => (await import("./functions/getVpcEndpoint")).getVpcEndpoint,
  "aws:ec2/getInstances:getInstances": async () => (await import("./functions/getInstances")).getInstances,
  "aws:servicequotas/getServiceQuota:getServiceQuota": async () =>
    (await import("./functions/getServiceQuota")).getServiceQuota,
  "aws:iam/getRole:getRole": async () => (await import("./functions/getRole")).getRole,
  "aws:kms/getKey:getKey": async () => (await import("./functions/getKey")).getKey,
  "aws:route53/getZone:getZone": async () => (await import("./functions/getZone")).getZone,
  "aws:sns/getTopic:getTopic": async () => (await import("./functions/getTopic")).getTopic,
  "aws:ssm/getParameter:getParameter": async () => (await import("./functions/getParameter")).getParameter,
};

export const resourceTokens = Object.keys(resourceTypes);
export const functionTokens = Object.keys(functions);

export async function resourceTypeOf(token: string): Promise<AnyResourceType> {
  const load = resourceTypes[token];
  if (load === undefined) {
    throw new Refusal(
      `resource type ${token} is not supported by the local stand-in for the AWS ` +
        `provider${nearest(token, resourceTokens)}`,
    );
  }
  return load();
}

export async function functionOf(token: string): Promise<AnyFunction> {
  const load = functions[token];
  if (load === undefined) {
    throw new Refusal(
      `function ${token} is not supported by the local stand-in for the AWS provider${nearest(token, functionTokens)}`,
    );
  }
  return load();
}
