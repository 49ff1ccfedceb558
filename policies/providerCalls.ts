/**
 * What the AWS provider calls, for each resource and function of the program, for what the program sets. Groups,
 * volumes, addresses, interfaces and zones were read in its source (hashicorp/terraform-provider-aws,
 * `internal/service/…`), the other rows compared with the table of pike. Names are IAM's, which differ from the API's
 * in S3. Held to the program by test/program/policies.test.ts.
 */

const of = (service: string, names: string) => names.split(" ").map((name) => `${service}:${name}`);
const ec2 = (names: string) => of("ec2", names);
const iam = (names: string) => of("iam", names);
const s3 = (names: string) => of("s3", names);
const route53 = (names: string) => of("route53", names);

/** The rights for tags, which are given when a thing is made, and changed later. */
const tagged = ec2("CreateTags DeleteTags");

/** The actions of each resource, by Pulumi's name without the package. */
export const resourceCalls: Readonly<Record<string, readonly string[]>> = {
  "autoscaling.Group": [
    ...of("autoscaling", "CreateAutoScalingGroup UpdateAutoScalingGroup DeleteAutoScalingGroup"),
    ...of("autoscaling", "DescribeAutoScalingGroups DescribeScalingActivities CreateOrUpdateTags DeleteTags"),
    // Auto Scaling asks whether its caller might start what the launch template names ("Control Amazon EC2 launch
    // template usage").
    ...ec2("RunInstances CreateTags"),
    ...iam("PassRole"),
    // The first group of an account makes Auto Scaling's service-linked role.
    ...iam("CreateServiceLinkedRole"),
  ],
  "cloudwatch.EventRule": of("events", "PutRule DescribeRule DeleteRule TagResource UntagResource ListTagsForResource"),
  "cloudwatch.EventTarget": of("events", "PutTargets RemoveTargets ListTargetsByRule"),
  "cloudwatch.MetricAlarm": of(
    "cloudwatch",
    "PutMetricAlarm DescribeAlarms DeleteAlarms TagResource UntagResource ListTagsForResource",
  ),
  "ebs.Volume": [...ec2("CreateVolume ModifyVolume DeleteVolume DescribeVolumes"), ...tagged],
  "ec2.DefaultSecurityGroup": ec2(
    "DescribeSecurityGroups DescribeSecurityGroupRules RevokeSecurityGroupEgress RevokeSecurityGroupIngress",
  ),
  "ec2.Eip": [
    ...ec2("AllocateAddress ReleaseAddress DisassociateAddress DescribeAddresses DescribeAddressesAttribute"),
    ...tagged,
  ],
  "ec2.EipAssociation": ec2("AssociateAddress DisassociateAddress DescribeAddresses"),
  "ec2.FlowLog": [
    ...ec2("CreateFlowLogs DeleteFlowLogs DescribeFlowLogs"),
    // Logs that AWS delivers for others ("Publish flow logs to Amazon S3").
    ...of("logs", "CreateLogDelivery DeleteLogDelivery"),
    ...tagged,
  ],
  "ec2.InternetGateway": [
    ...ec2("CreateInternetGateway AttachInternetGateway DetachInternetGateway DeleteInternetGateway"),
    ...ec2("DescribeInternetGateways"),
    ...tagged,
  ],
  "ec2.LaunchTemplate": [
    ...ec2("CreateLaunchTemplate CreateLaunchTemplateVersion ModifyLaunchTemplate DeleteLaunchTemplate"),
    ...ec2("DescribeLaunchTemplates DescribeLaunchTemplateVersions DescribeInstanceTypes"),
    ...tagged,
  ],
  "ec2.NetworkInterface": [
    ...ec2("CreateNetworkInterface ModifyNetworkInterfaceAttribute DetachNetworkInterface DeleteNetworkInterface"),
    ...ec2("AssignPrivateIpAddresses UnassignPrivateIpAddresses DescribeNetworkInterfaces"),
    ...tagged,
  ],
  "ec2.Route": ec2("CreateRoute ReplaceRoute DeleteRoute DescribeRouteTables"),
  "ec2.RouteTable": [...ec2("CreateRouteTable DeleteRouteTable DisassociateRouteTable DescribeRouteTables"), ...tagged],
  "ec2.RouteTableAssociation": ec2(
    "AssociateRouteTable ReplaceRouteTableAssociation DisassociateRouteTable DescribeRouteTables",
  ),
  "ec2.SecurityGroup": [
    // A new one may send anywhere until the provider has taken that away.
    ...ec2("CreateSecurityGroup RevokeSecurityGroupEgress RevokeSecurityGroupIngress DeleteSecurityGroup"),
    ...ec2("DescribeSecurityGroups DescribeSecurityGroupRules DescribeNetworkInterfaces"),
    ...tagged,
  ],
  "ec2.Subnet": [
    ...ec2("CreateSubnet ModifySubnetAttribute DeleteSubnet DescribeSubnets DescribeNetworkInterfaces"),
    ...tagged,
  ],
  "ec2.SubnetCidrReservation": ec2("CreateSubnetCidrReservation DeleteSubnetCidrReservation GetSubnetCidrReservations"),
  "ec2.Vpc": [
    ...ec2("CreateVpc ModifyVpcAttribute DeleteVpc DescribeVpcs DescribeVpcAttribute"),
    // Those that come with a VPC.
    ...ec2("DescribeNetworkAcls DescribeRouteTables DescribeSecurityGroups"),
    ...tagged,
  ],
  "ec2.VpcEndpoint": [
    ...ec2("CreateVpcEndpoint ModifyVpcEndpoint DeleteVpcEndpoints DescribeVpcEndpoints DescribePrefixLists"),
    ...ec2("DescribeNetworkInterfaces"),
    // One with private DNS puts a zone of AWS's into the VPC (service authorization reference: CreateVpcEndpoint).
    ...route53("AssociateVPCWithHostedZone"),
    ...tagged,
  ],
  "iam.InstanceProfile": [
    ...iam("CreateInstanceProfile DeleteInstanceProfile GetInstanceProfile TagInstanceProfile UntagInstanceProfile"),
    ...iam("AddRoleToInstanceProfile RemoveRoleFromInstanceProfile GetRole PassRole"),
  ],
  "iam.Policy": [
    ...iam("CreatePolicy DeletePolicy GetPolicy TagPolicy UntagPolicy"),
    // A change is a new version, made the default; the oldest of five goes.
    ...iam("CreatePolicyVersion SetDefaultPolicyVersion DeletePolicyVersion GetPolicyVersion ListPolicyVersions"),
  ],
  "iam.Role": [
    ...iam("CreateRole DeleteRole GetRole UpdateRole UpdateRoleDescription UpdateAssumeRolePolicy TagRole UntagRole"),
    ...iam("ListRolePolicies ListAttachedRolePolicies ListInstanceProfilesForRole"),
    ...iam("PutRolePermissionsBoundary DeleteRolePermissionsBoundary"),
  ],
  "iam.RolePolicy": iam("PutRolePolicy GetRolePolicy DeleteRolePolicy"),
  "route53.Record": route53("ChangeResourceRecordSets ListResourceRecordSets GetHostedZone GetChange"),
  "route53.Zone": [
    ...route53("CreateHostedZone DeleteHostedZone UpdateHostedZoneComment GetHostedZone GetChange"),
    ...route53("AssociateVPCWithHostedZone DisassociateVPCFromHostedZone ListResourceRecordSets"),
    ...route53("ChangeTagsForResource ListTagsForResource"),
    // Route 53 asks for the VPC in the caller's name.
    ...ec2("DescribeVpcs"),
  ],
  "route53.ZoneAssociation": [
    ...route53("AssociateVPCWithHostedZone DisassociateVPCFromHostedZone ListHostedZonesByVPC GetChange"),
    ...ec2("DescribeVpcs"),
  ],
  "s3.Bucket": [
    ...s3("CreateBucket DeleteBucket ListBucket GetBucketLocation"),
    // Read at every refresh, though nothing of it is set here.
    ...s3("GetBucketAcl GetBucketCORS GetBucketWebsite GetBucketVersioning GetAccelerateConfiguration"),
    ...s3("GetBucketRequestPayment GetBucketLogging GetLifecycleConfiguration GetReplicationConfiguration"),
    ...s3("GetEncryptionConfiguration GetBucketObjectLockConfiguration GetBucketPolicy"),
    // By S3's older and, since v6.23, its newer interface for tags.
    ...s3("GetBucketTagging PutBucketTagging ListTagsForResource TagResource UntagResource"),
    // `forceDestroy`.
    ...s3("ListBucketVersions DeleteObject DeleteObjectVersion"),
  ],
  "s3.BucketLifecycleConfiguration": s3("GetLifecycleConfiguration PutLifecycleConfiguration"),
  "s3.BucketObjectv2": [
    ...s3("PutObject GetObject DeleteObject DeleteObjectVersion ListBucket ListBucketVersions"),
    ...s3("GetObjectTagging PutObjectTagging DeleteObjectTagging"),
    // Kafka's archive goes up in parts.
    ...s3("AbortMultipartUpload"),
  ],
  "s3.BucketPolicy": s3("GetBucketPolicy PutBucketPolicy DeleteBucketPolicy"),
  "s3.BucketPublicAccessBlock": s3("GetBucketPublicAccessBlock PutBucketPublicAccessBlock"),
  "s3.BucketServerSideEncryptionConfiguration": s3("GetEncryptionConfiguration PutEncryptionConfiguration"),
  "sns.Topic": of(
    "sns",
    "CreateTopic GetTopicAttributes SetTopicAttributes DeleteTopic TagResource UntagResource ListTagsForResource",
  ),
  "sns.TopicPolicy": of("sns", "GetTopicAttributes SetTopicAttributes"),
  "sns.TopicSubscription": of("sns", "Subscribe Unsubscribe GetSubscriptionAttributes"),
  "ssm.Parameter": of(
    "ssm",
    "PutParameter GetParameter DeleteParameter DescribeParameters AddTagsToResource RemoveTagsFromResource " +
      "ListTagsForResource",
  ),
  "vpc.SecurityGroupEgressRule": [
    ...ec2("AuthorizeSecurityGroupEgress ModifySecurityGroupRules RevokeSecurityGroupEgress"),
    ...ec2("DescribeSecurityGroupRules"),
    ...tagged,
  ],
  "vpc.SecurityGroupIngressRule": [
    ...ec2("AuthorizeSecurityGroupIngress ModifySecurityGroupRules RevokeSecurityGroupIngress"),
    ...ec2("DescribeSecurityGroupRules"),
    ...tagged,
  ],
};

/** The actions of each function, by Pulumi's name. */
export const functionCalls: Readonly<Record<string, readonly string[]>> = {
  "ebs.getEbsVolumes": ec2("DescribeVolumes"),
  "ebs.getVolume": ec2("DescribeVolumes"),
  "ec2.getAmi": ec2("DescribeImages"),
  "ec2.getInstances": ec2("DescribeInstances"),
  "ec2.getInstanceType": ec2("DescribeInstanceTypes"),
  "ec2.getInstanceTypeOfferings": ec2("DescribeInstanceTypeOfferings"),
  "ec2.getInternetGateway": ec2("DescribeInternetGateways"),
  "ec2.getRouteTable": ec2("DescribeRouteTables"),
  "ec2.getSubnet": ec2("DescribeSubnets"),
  "ec2.getSubnets": ec2("DescribeSubnets"),
  "ec2.getVpc": ec2("DescribeVpcs DescribeVpcAttribute DescribeRouteTables"),
  "ec2.getVpcDhcpOptions": ec2("DescribeDhcpOptions"),
  "ec2.getVpcEndpoint": ec2("DescribeVpcEndpoints DescribePrefixLists"),
  "route53.getZone": route53("ListHostedZones GetHostedZone ListTagsForResource"),
  "iam.getRole": iam("GetRole"),
  "kms.getKey": of("kms", "DescribeKey"),
  "sns.getTopic": of("sns", "ListTopics ListTagsForResource"),
  "servicequotas.getServiceQuota": of("servicequotas", "GetServiceQuota GetAWSDefaultServiceQuota"),
  "ssm.getParameter": of("ssm", "GetParameter"),
};

/**
 * The actions that the lab's stand-in for the provider needs besides, to find faults at a preview or where it reads
 * another way. They only read, and are no part of the policies for AWS.
 */
export const standInCalls: readonly string[] = [
  // It waits for a group's instances to be gone.
  ...ec2("DescribeInstances"),
  ...ec2(
    "DescribeAvailabilityZones DescribeManagedPrefixLists DescribeVpcEndpointServices DescribeVolumesModifications",
  ),
  ...iam("ListRoleTags"),
];
