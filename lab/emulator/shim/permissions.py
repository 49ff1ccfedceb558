"""Turns a request into the questions that IAM asks, and answers them from the caller's and the bucket's policies."""

import json
from dataclasses import dataclass
from typing import Any

from . import ACCOUNT_ID
from .alerts import events_questions, metrics_questions, sns_questions
from .cloud import ec2
from .credentials import Caller, RoleCredentials
from .ec2_permissions import ec2_questions, launch_questions, passing, tag_keys
from .groups import groups
from .keys import ROOT, may_use, used_key
from .policies import Question, decide

# the action that IAM knows by another name than the API
S3_NAMES = {
    "HeadObject": "GetObject",
    "HeadBucket": "ListBucket",
    "ListObjects": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "ListObjectVersions": "ListBucketVersions",
    "ListBuckets": "ListAllMyBuckets",
    "CreateMultipartUpload": "PutObject",
    "UploadPart": "PutObject",
    "CompleteMultipartUpload": "PutObject",
    "CopyObject": "PutObject",
    "DeleteObjects": "DeleteObject",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "PutBucketEncryption": "PutEncryptionConfiguration",
    "DeleteBucketEncryption": "PutEncryptionConfiguration",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
    "DeletePublicAccessBlock": "PutBucketPublicAccessBlock",
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
    "DeleteBucketLifecycle": "PutLifecycleConfiguration",
    "GetBucketAccelerateConfiguration": "GetAccelerateConfiguration",
    "GetBucketCors": "GetBucketCORS",
    "GetBucketReplication": "GetReplicationConfiguration",
    "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
    "DeleteBucketTagging": "PutBucketTagging",
    "DeleteBucketOwnershipControls": "PutBucketOwnershipControls",
}
GROUP_ACTIONS = {
    "CreateAutoScalingGroup", "UpdateAutoScalingGroup", "DeleteAutoScalingGroup", "SetDesiredCapacity",
    "TerminateInstanceInAutoScalingGroup", "SetInstanceHealth", "SetInstanceProtection",
    "SuspendProcesses", "ResumeProcesses",
}  # fmt: skip


def questions(service: str, action: str, region: str, params: dict[str, Any]) -> list[Question]:
    """All of them must be answered with yes. A call whose resources are not known here asks for "*"."""
    if service == "ec2":
        return ec2_questions(action, region, params)
    if service == "autoscaling":
        return autoscaling_questions(action, region, params)
    if service == "ssm":
        return ssm_questions(action, region, params)
    if service == "s3":
        return s3_questions(action, params)
    if service == "iam":
        return iam_questions(action, params)
    if service == "route53":
        return route53_questions(action, params)
    if service == "sns":
        return sns_questions(action, region, params)
    if service == "monitoring":
        return metrics_questions(action, region, params)
    if service == "events":
        return events_questions(action, region, params)
    if service == "kms" and action in ("Encrypt", "Decrypt"):
        return [(f"kms:{action}", used_key(region, params), {})]
    return [(f"{service}:{action}", "*", {})]


def autoscaling_questions(action: str, region: str, params: dict[str, str]) -> list[Question]:
    name = f"autoscaling:{action}"
    if action in ("CreateOrUpdateTags", "DeleteTags"):
        named = {value for key, value in params.items() if key.endswith(".ResourceId")}
        return [(name, *group_resource(region, each)) for each in sorted(named)]
    if action not in GROUP_ACTIONS:
        return [(name, "*", {})]
    group_name = params.get("AutoScalingGroupName", "")
    if not group_name and params.get("InstanceId"):
        members = (
            group.name
            for group in groups.of(region).values()
            for member in group.members
            if member.instance.id == params["InstanceId"]
        )
        group_name = next(members, "")
    return [(name, *group_resource(region, group_name))]


def group_resource(region: str, group_name: str) -> tuple[str, dict[str, Any]]:
    group = groups.of(region).get(group_name)
    if group is None:
        return f"arn:aws:autoscaling:{region}:{ACCOUNT_ID}:autoScalingGroup:*:autoScalingGroupName/{group_name}", {}
    return group.arn, tag_keys({key: tag["Value"] for key, tag in group.tags.items()}, "aws", "autoscaling")


def iam_questions(action: str, params: dict[str, str]) -> list[Question]:
    asked: list[Question] = []
    for key, kind in (("InstanceProfileName", "instance-profile"), ("RoleName", "role"), ("UserName", "user")):
        # a call that names a profile and a role is about the profile
        if params.get(key) and not asked:
            asked.append((f"iam:{action}", f"arn:aws:iam::{ACCOUNT_ID}:{kind}/{params[key]}", {}))
    if not asked and (params.get("PolicyArn") or params.get("PolicyName")):
        path = params.get("Path") or "/"
        arn = params.get("PolicyArn") or f"arn:aws:iam::{ACCOUNT_ID}:policy{path}{params['PolicyName']}"
        asked.append((f"iam:{action}", arn, {}))
    if asked and action in ("AttachRolePolicy", "DetachRolePolicy"):
        asked = [(*asked[0][:2], {"iam:PolicyARN": params.get("PolicyArn", "")})]
    if action == "AddRoleToInstanceProfile":
        asked += passing(params.get("RoleName", ""))
    return asked or [(f"iam:{action}", "*", {})]


def route53_questions(action: str, params: dict[str, Any]) -> list[Question]:
    name = f"route53:{action}"
    resource_id = (params.get("HostedZoneId") or params.get("ResourceId") or params.get("Id") or "").split("/")[-1]
    kind = "change" if action == "GetChange" else "hostedzone"
    context: dict[str, Any] = {}
    if action == "ChangeResourceRecordSets":
        context["route53:ChangeResourceRecordSetsNormalizedRecordNames"] = params.get("record-names", [])
    asked: list[Question] = [(name, f"arn:aws:route53:::{kind}/{resource_id}" if resource_id else "*", context)]
    if action in ("CreateHostedZone", "AssociateVPCWithHostedZone", "DisassociateVPCFromHostedZone"):
        # Route 53 looks the VPC up in the caller's name
        asked.append(("ec2:DescribeVpcs", "*", {}))
    return asked


def ssm_questions(action: str, region: str, params: dict[str, Any]) -> list[Question]:
    names = params.get("Names") or [params[key] for key in ("Name", "ResourceId") if params.get(key)]
    if action == "GetParametersByPath":
        names = [params.get("Path", "")]
    if not names or action.startswith("Describe"):
        return [(f"ssm:{action}", "*", {})]
    return [
        (f"ssm:{action}", f"arn:aws:ssm:{region}:{owner_of(name)}:parameter/{name.lstrip('/')}", {}) for name in names
    ]


def owner_of(parameter: str) -> str:
    return "" if parameter.startswith("/aws/service/") else ACCOUNT_ID


def s3_questions(action: str, params: dict[str, Any]) -> list[Question]:
    bucket, key = params.get("Bucket"), params.get("Key")
    # the operator's calls and presigned URLs come without TLS in the lab: a bucket policy that demands it is content
    context: dict[str, Any] = {"aws:SecureTransport": "true"}
    name = f"s3:{S3_NAMES.get(action, action)}"
    if params.get("versionId") and action in ("GetObject", "DeleteObject"):
        name += "Version"
    if name in ("s3:ListBucket", "s3:ListBucketVersions"):
        context.update(
            {f"s3:{each}": params[each] for each in ("prefix", "delimiter", "max-keys") if params.get(each) is not None}
        )
    if not bucket:
        return [(name, "*", context)]
    found = [(name, f"arn:aws:s3:::{bucket}/{key}" if key else f"arn:aws:s3:::{bucket}", context)]
    if params.get("tagged"):
        found.append(("s3:PutObjectTagging", found[0][1], context))
    if action == "CopyObject" and params.get("copy-source"):
        found.append(("s3:GetObject", f"arn:aws:s3:::{params['copy-source'].lstrip('/')}", context))
    if action == "DeleteObjects":
        found = [(name, f"arn:aws:s3:::{bucket}/*", context)]
    return found


def bucket_policy(bucket: str | None) -> list[dict[str, Any]]:
    from moto.s3.models import s3_backends

    known = s3_backends[ACCOUNT_ID]["aws"].buckets.get(bucket or "")
    policy = known.policy if known else None
    return [json.loads(policy)] if policy else []


@dataclass
class Refusal:
    """The first question that was not answered with yes, and what decided."""

    question: Question
    # "deny" (a statement says so) or "nothing" (none allows it)
    by: str
    # the launch template that may not be used, when Auto Scaling asks for its caller
    template: str = ""


def refusal_of(caller: Caller | None, service: str, action: str, region: str, params: dict[str, Any]) -> Refusal | None:
    """`caller` None is the lab's own key: refused only by an explicit deny of a bucket policy."""
    if service == "sts" and action == "GetCallerIdentity":
        return None
    resource_policies = bucket_policy(params.get("Bucket")) if service == "s3" else []
    if caller is None and not resource_policies:
        return None
    names = ROOT | (caller.names if caller else set())
    documents = caller.documents() if caller else []
    for question in questions(service, action, region, params):
        by_resource = decide(resource_policies, question, names)
        if by_resource == "deny":
            return Refusal(question, "deny")
        if caller and (by := identity_refuses(caller, documents, region, question, by_resource)):
            return Refusal(question, by)
    template = params.get("LaunchTemplate.LaunchTemplateId") or params.get("LaunchTemplate.LaunchTemplateName")
    if caller and template and service == "autoscaling":
        # "Control Amazon EC2 launch template usage in Auto Scaling groups": checked when a group is made or changed
        for question in launch_questions(region, params):
            if by := identity_refuses(caller, documents, region, question):
                return Refusal(question, by, "" if question[0] == "iam:PassRole" else template)
    if caller and service == "ec2" and action == "AttachVolume":
        volume = ec2(region).volumes.get(params.get("VolumeId", ""))
        if volume and volume.encrypted:
            if not may_use(region, volume.kms_key_id, caller.names, documents):
                return Refusal(("kms:CreateGrant", volume.kms_key_id, {}), "nothing")
    return None


def identity_refuses(
    caller: Caller, documents: list[dict[str, Any]], region: str, question: Question, by_resource: str = "nothing"
) -> str:
    """What decides against it, or ""."""
    name, resource, context = question
    if isinstance(caller, RoleCredentials):
        source = f"arn:aws:ec2:{region}:{ACCOUNT_ID}:instance/{caller.instance_id}"
        context = {**context, "ec2:SourceInstanceARN": source}
    decision = decide(documents, (name, resource, context))
    if decision == "deny" or (decision == "nothing" and by_resource != "allow"):
        return decision
    return ""
