"""Turns a request into the questions that IAM asks, and answers them from the caller's and the bucket's policies."""

import json
from typing import Any

from . import ACCOUNT_ID
from .cloud import ec2
from .credentials import RoleCredentials, policies_of
from .groups import groups
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
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
}
INSTANCE_ACTIONS = {"TerminateInstances", "StopInstances", "StartInstances", "RebootInstances"}
GROUP_ACTIONS = {
    "SetDesiredCapacity", "TerminateInstanceInAutoScalingGroup", "SetInstanceHealth", "UpdateAutoScalingGroup", "DeleteAutoScalingGroup",
    "SuspendProcesses", "ResumeProcesses", "SetInstanceProtection",
}  # fmt: skip


def tag_keys(tags: dict[str, str], *prefixes: str) -> dict[str, str]:
    return {f"{prefix}:ResourceTag/{key}": value for prefix in prefixes for key, value in tags.items()}


def ec2_resource(region: str, kind: str, resource_id: str) -> tuple[str, dict[str, Any]]:
    arn = f"arn:aws:ec2:{region}:{ACCOUNT_ID}:{kind}/{resource_id}"
    context = tag_keys(ec2(region).tags_of(resource_id), "aws", "ec2")
    if kind == "instance":
        context["ec2:InstanceID"] = resource_id
    if kind == "volume":
        context["ec2:VolumeID"] = resource_id
    return arn, context


def numbered(params: dict[str, str], name: str) -> list[str]:
    return [value for key, value in params.items() if key == name or key.startswith(f"{name}.")]


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
    return [(f"{service}:{action}", "*", {})]


def ec2_questions(action: str, region: str, params: dict[str, str]) -> list[Question]:
    name = f"ec2:{action}"
    resources: list[tuple[str, dict[str, Any]]] = []
    if action in ("AttachVolume", "DetachVolume", "ModifyVolume", "DeleteVolume"):
        resources.append(ec2_resource(region, "volume", params.get("VolumeId", "")))
        if action in ("AttachVolume", "DetachVolume") and params.get("InstanceId"):
            resources.append(ec2_resource(region, "instance", params["InstanceId"]))
    elif action in INSTANCE_ACTIONS:
        resources += [ec2_resource(region, "instance", each) for each in numbered(params, "InstanceId")]
    return [(name, arn, {**context, "ec2:Region": region}) for arn, context in resources] or [
        (name, "*", {"ec2:Region": region})
    ]


def autoscaling_questions(action: str, region: str, params: dict[str, str]) -> list[Question]:
    name = f"autoscaling:{action}"
    if action not in GROUP_ACTIONS:
        return [(name, "*", {})]
    known = groups.of(region)
    group = known.get(params.get("AutoScalingGroupName", ""))
    if group is None and params.get("InstanceId"):
        group = next(
            (each for each in known.values() for member in each.members if member.instance.id == params["InstanceId"]),
            None,
        )
    if group is None:
        return [
            (
                name,
                f"arn:aws:autoscaling:{region}:{ACCOUNT_ID}:autoScalingGroup:*:autoScalingGroupName/{params.get('AutoScalingGroupName', '')}",
                {},
            )
        ]
    return [(name, group.arn, tag_keys({key: tag["Value"] for key, tag in group.tags.items()}, "aws", "autoscaling"))]


def ssm_questions(action: str, region: str, params: dict[str, Any]) -> list[Question]:
    names = params.get("Names") or ([params["Name"]] if params.get("Name") else [])
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
    # the lab speaks plain HTTP where AWS speaks TLS: a bucket policy that demands TLS is content
    context: dict[str, Any] = {"aws:SecureTransport": "true"}
    name = f"s3:{S3_NAMES.get(action, action)}"
    if name in ("s3:ListBucket", "s3:ListBucketVersions"):
        context.update(
            {f"s3:{each}": params[each] for each in ("prefix", "delimiter", "max-keys") if params.get(each) is not None}
        )
    if not bucket:
        return [(name, "*", context)]
    found = [(name, f"arn:aws:s3:::{bucket}/{key}" if key else f"arn:aws:s3:::{bucket}", context)]
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


def may(caller: RoleCredentials | None, service: str, action: str, region: str, params: dict[str, Any]) -> bool:
    """`caller` None is the operator: refused only by an explicit deny of a bucket policy."""
    if service == "sts" and action == "GetCallerIdentity":
        return True
    resource_policies = bucket_policy(params.get("Bucket")) if service == "s3" else []
    if caller is None and not resource_policies:
        return True
    names = {f"arn:aws:iam::{ACCOUNT_ID}:root", ACCOUNT_ID}
    documents: list[dict[str, Any]] = []
    if caller:
        names |= {caller.arn, f"arn:aws:iam::{ACCOUNT_ID}:role/{caller.role_name}"}
        documents = policies_of(caller.role_name)
    for question in questions(service, action, region, params):
        by_resource = decide(resource_policies, question, names)
        if by_resource == "deny":
            return False
        if caller is None:
            continue
        if caller:
            question = (
                question[0],
                question[1],
                {
                    **question[2],
                    "ec2:SourceInstanceARN": f"arn:aws:ec2:{region}:{ACCOUNT_ID}:instance/{caller.instance_id}",
                },
            )
        by_identity = decide(documents, question)
        if by_identity == "deny" or (by_identity == "nothing" and by_resource != "allow"):
            return False
    return True
