"""Which actions there are. Reading ones: all that moto has for these services. Changing ones: only those that are known
to be right.
"""

READING = ("Describe", "Get", "List", "Head", "Lookup", "Search")

CHANGING = {
    "ec2": """
        RunInstances StartInstances StopInstances RebootInstances TerminateInstances ModifyInstanceAttribute
        ModifyInstanceMetadataOptions
        ModifyInstanceCreditSpecification MonitorInstances UnmonitorInstances
        AssociateIamInstanceProfile DisassociateIamInstanceProfile ReplaceIamInstanceProfileAssociation
        CreateTags DeleteTags
        CreateVolume DeleteVolume AttachVolume DetachVolume ModifyVolume
        CreateNetworkInterface DeleteNetworkInterface DetachNetworkInterface ModifyNetworkInterfaceAttribute
        AllocateAddress ReleaseAddress AssociateAddress DisassociateAddress
        CreateDhcpOptions AssociateDhcpOptions DeleteDhcpOptions
        CreateVpc DeleteVpc ModifyVpcAttribute CreateSubnet DeleteSubnet ModifySubnetAttribute
        CreateSubnetCidrReservation DeleteSubnetCidrReservation
        CreateInternetGateway DeleteInternetGateway AttachInternetGateway DetachInternetGateway
        CreateRouteTable DeleteRouteTable AssociateRouteTable DisassociateRouteTable ReplaceRouteTableAssociation
        CreateRoute ReplaceRoute DeleteRoute
        CreateVpcEndpoint ModifyVpcEndpoint DeleteVpcEndpoints
        CreateSecurityGroup DeleteSecurityGroup AuthorizeSecurityGroupIngress AuthorizeSecurityGroupEgress
        RevokeSecurityGroupIngress
        RevokeSecurityGroupEgress ModifySecurityGroupRules UpdateSecurityGroupRuleDescriptionsIngress
        UpdateSecurityGroupRuleDescriptionsEgress
        CreateLaunchTemplate CreateLaunchTemplateVersion ModifyLaunchTemplate DeleteLaunchTemplate
        ImportKeyPair CreateKeyPair DeleteKeyPair""",
    "autoscaling": """
        CreateAutoScalingGroup UpdateAutoScalingGroup DeleteAutoScalingGroup SetDesiredCapacity SetInstanceHealth
        SetInstanceProtection
        TerminateInstanceInAutoScalingGroup SuspendProcesses ResumeProcesses CreateOrUpdateTags DeleteTags""",
    "iam": """
        CreateRole DeleteRole UpdateRole UpdateRoleDescription UpdateAssumeRolePolicy PutRolePolicy DeleteRolePolicy
        AttachRolePolicy DetachRolePolicy TagRole UntagRole
        CreatePolicy DeletePolicy CreatePolicyVersion DeletePolicyVersion SetDefaultPolicyVersion TagPolicy
        UntagPolicy
        CreateInstanceProfile DeleteInstanceProfile AddRoleToInstanceProfile RemoveRoleFromInstanceProfile
        TagInstanceProfile UntagInstanceProfile""",
    "s3": """
        CreateBucket DeleteBucket PutObject CopyObject DeleteObject DeleteObjects CreateMultipartUpload UploadPart
        CompleteMultipartUpload
        AbortMultipartUpload PutBucketPolicy DeleteBucketPolicy PutBucketEncryption DeleteBucketEncryption
        PutPublicAccessBlock
        DeletePublicAccessBlock PutBucketTagging DeleteBucketTagging PutBucketVersioning PutObjectTagging
        DeleteObjectTagging
        PutBucketOwnershipControls DeleteBucketOwnershipControls PutBucketLifecycleConfiguration
        DeleteBucketLifecycle""",
    "route53": """
        CreateHostedZone DeleteHostedZone ChangeResourceRecordSets ChangeTagsForResource UpdateHostedZoneComment
        AssociateVPCWithHostedZone DisassociateVPCFromHostedZone""",
    "ssm": "PutParameter DeleteParameter DeleteParameters AddTagsToResource RemoveTagsFromResource",
    "kms": "CreateKey PutKeyPolicy DisableKey EnableKey CreateAlias CreateGrant RevokeGrant Encrypt Decrypt",
    "sns": "CreateTopic DeleteTopic SetTopicAttributes Subscribe Unsubscribe Publish TagResource UntagResource",
    "monitoring": "PutMetricAlarm DeleteAlarms PutMetricData SetAlarmState TagResource UntagResource",
    "events": "PutRule DeleteRule PutTargets RemoveTargets TagResource UntagResource",
    "servicequotas": "",
    "sts": "",
}
ALLOWED = {service: set(names.split()) for service, names in CHANGING.items()}

# Answered by the lab daemon or not really there although moto has a stub of it.
NOT_REALLY = {
    "ec2": {"DescribeInstanceConnectEndpoints", "GetPasswordData"},
    "sts": {"GetSessionToken", "GetFederationToken"},
}


def is_reading(action: str) -> bool:
    return action.startswith(READING)


def is_allowed(service: str, action: str) -> bool:
    if service not in ALLOWED or action in NOT_REALLY.get(service, ()):
        return False
    return is_reading(action) or action in ALLOWED[service]
