"""What IAM is asked when EC2 is called: every resource that the call makes, uses or changes, with its tags.

As the "Service Authorization Reference" has it: a condition on tags of the request holds for what is made only, one on
tags of a resource only for what is there already.
"""

import re
from typing import Any

from moto.core.exceptions import ServiceException

from . import ACCOUNT_ID
from .cloud import ec2
from .credentials import role_named
from .launch import chosen_profile, merge_tags, template_version
from .policies import Question

# action -> kind of what it makes
MAKES = {
    "AllocateAddress": "elastic-ip",
    "AuthorizeSecurityGroupEgress": "security-group-rule",
    "AuthorizeSecurityGroupIngress": "security-group-rule",
    "CreateFlowLogs": "vpc-flow-log",
    "CreateInternetGateway": "internet-gateway",
    "CreateKeyPair": "key-pair",
    "CreateLaunchTemplate": "launch-template",
    "CreateNetworkInterface": "network-interface",
    "CreateRouteTable": "route-table",
    "CreateSecurityGroup": "security-group",
    "CreateSubnet": "subnet",
    "CreateVolume": "volume",
    "CreateVpc": "vpc",
    "CreateVpcEndpoint": "vpc-endpoint",
    "ImportKeyPair": "key-pair",
}
# the name of an id's parameter (without its number, and without the Add or Remove of a change) -> kind
KINDS = {
    "AllocationId": "elastic-ip",
    "FlowLogId": "vpc-flow-log",
    "GroupId": "security-group",
    "InstanceId": "instance",
    "InternetGatewayId": "internet-gateway",
    "LaunchTemplateId": "launch-template",
    "NetworkInterfaceId": "network-interface",
    "RouteTableId": "route-table",
    "SecurityGroupId": "security-group",
    "SecurityGroupRuleId": "security-group-rule",
    "SubnetId": "subnet",
    "VolumeId": "volume",
    "VpcEndpointId": "vpc-endpoint",
    "VpcId": "vpc",
}
# these are asked for one kind only, whatever else the call names
ONLY = {
    "RevokeSecurityGroupEgress": "security-group",
    "RevokeSecurityGroupIngress": "security-group",
    "CreateRoute": "route-table",
    "ReplaceRoute": "route-table",
    "DeleteRoute": "route-table",
}
KIND_OF_PREFIX = {
    "eipalloc": "elastic-ip",
    "eni": "network-interface",
    "fl": "vpc-flow-log",
    "i": "instance",
    "igw": "internet-gateway",
    "key": "key-pair",
    "lt": "launch-template",
    "rtb": "route-table",
    "sg": "security-group",
    "sgr": "security-group-rule",
    "subnet": "subnet",
    "vol": "volume",
    "vpc": "vpc",
    "vpce": "vpc-endpoint",
}
# IAM knows no resources for these
WITHOUT_RESOURCE = re.compile(r"^(Describe|Get(?!ConsoleOutput))|SubnetCidrReservation$")


def tag_keys(tags: dict[str, str], *prefixes: str) -> dict[str, str]:
    return {f"{prefix}:ResourceTag/{key}": value for prefix in prefixes for key, value in tags.items()}


def request_keys(tags: dict[str, str]) -> dict[str, Any]:
    keys: dict[str, Any] = {f"aws:RequestTag/{key}": value for key, value in tags.items()}
    return {**keys, "aws:TagKeys": list(tags)} if tags else {}


def arn(region: str, kind: str, resource_id: str = "*") -> str:
    return f"arn:aws:ec2:{region}:{'' if kind == 'image' else ACCOUNT_ID}:{kind}/{resource_id}"


def existing(region: str, kind: str, resource_id: str) -> tuple[str, dict[str, Any]]:
    context: dict[str, Any] = tag_keys(ec2(region).tags_of(resource_id), "aws", "ec2")
    if kind == "instance":
        context["ec2:InstanceID"] = resource_id
    if kind == "volume":
        context["ec2:VolumeID"] = resource_id
    return arn(region, kind, resource_id), context


def tag_specifications(params: dict[str, str]) -> dict[str, dict[str, str]]:
    """Kind -> tags, from the flat parameters of a query."""
    found: dict[str, dict[str, str]] = {}
    for name, kind in params.items():
        place = re.fullmatch(r"(TagSpecification\.\d+)\.ResourceType", name)
        if place:
            found.setdefault(kind, {}).update(tags_at(f"{place[1]}.Tag", params))
    return found


def tags_at(prefix: str, params: dict[str, str]) -> dict[str, str]:
    keys = {name: key for name, key in params.items() if re.fullmatch(re.escape(prefix) + r"\.\d+\.Key", name)}
    return {key: params.get(name.removesuffix("Key") + "Value", "") for name, key in keys.items()}


def ec2_questions(action: str, region: str, params: dict[str, str]) -> list[Question]:
    if action == "RunInstances":
        asked = launch_questions(region, params)
    elif action in ("CreateTags", "DeleteTags"):
        given = request_keys(tags_at("Tag", params))
        asked = [
            (f"ec2:{action}", resource, {**context, **given})
            for resource, context in (
                existing(region, KIND_OF_PREFIX.get(each.split("-")[0], "*"), each)
                for name, each in params.items()
                if re.fullmatch(r"ResourceId\.\d+", name)
            )
        ]
    elif WITHOUT_RESOURCE.search(action):
        asked = [(f"ec2:{action}", "*", {})]
    else:
        asked = plain_questions(action, region, params)
    return [(name, resource, {**context, "ec2:Region": region}) for name, resource, context in asked]


def plain_questions(action: str, region: str, params: dict[str, str]) -> list[Question]:
    asked: list[Question] = []
    tags = tag_specifications(params)
    if action in MAKES:
        kind = MAKES[action]
        asked.append((f"ec2:{action}", arn(region, kind), request_keys(tags.get(kind, {}))))
        asked += tagging_questions(action, region, tags)
    for kind, each in used(action, region, params):
        asked.append((f"ec2:{action}", *existing(region, kind, each)))
    if action == "CreateVpcEndpoint" and params.get("PrivateDnsEnabled", "").lower() == "true":
        asked.append(("route53:AssociateVPCWithHostedZone", "arn:aws:route53:::hostedzone/*", {}))
    return asked or [(f"ec2:{action}", "*", {})]


def tagging_questions(action: str, region: str, tags: dict[str, dict[str, str]]) -> list[Question]:
    """Who makes a thing with tags must also be allowed to tag it, by this call."""
    return [
        ("ec2:CreateTags", arn(region, kind), {"ec2:CreateAction": action, **request_keys(given)})
        for kind, given in tags.items()
        if given
    ]


def used(action: str, region: str, params: dict[str, str]) -> list[tuple[str, str]]:
    """(kind, id) of what the call uses or changes."""
    found: list[tuple[str, str]] = []
    for name, value in params.items():
        last = re.sub("^(Add|Remove)", "", [part for part in name.split(".") if not part.isdigit()][-1])
        nested = "." in re.sub(r"\.\d+$", "", name)
        # nested ones are mostly about the other side of a rule, which is not asked for
        if last in KINDS and value and (not nested or last == "SecurityGroupRuleId"):
            found.append((KINDS[last], value))
    if params.get("LaunchTemplateName") and action not in MAKES:
        template = safely(lambda: ec2(region).get_launch_template_by_name(params["LaunchTemplateName"]))
        found += [("launch-template", template.id)] if template else []
    found += associated(action, region, params)
    only = ONLY.get(action)
    return [each for each in dict.fromkeys(found) if only in (None, each[0])]


def associated(action: str, region: str, params: dict[str, str]) -> list[tuple[str, str]]:
    """What an association or attachment joins: calls that end one name nothing else."""
    backend = ec2(region)
    association = params.get("AssociationId")
    if association and "RouteTable" in action:
        for table in backend.route_tables.values():
            subnet = table._associations.get(association)
            if subnet:
                return [("route-table", table.id), ("subnet", subnet)]
    if association and action == "DisassociateAddress":
        address = next((each for each in backend.addresses if each.association_id == association), None)
        interface = getattr(getattr(address, "eni", None), "id", None)
        return ([("elastic-ip", address.allocation_id)] if address else []) + (
            [("network-interface", interface)] if interface else []
        )
    if params.get("AttachmentId"):
        for interface in backend.enis.values():
            if interface.attachment_id == params["AttachmentId"]:
                instance = interface.instance
                return [("network-interface", interface.id)] + ([("instance", instance.id)] if instance else [])
    return []


def safely(ask: Any) -> Any:
    """None where the call itself will say what is wrong with it."""
    try:
        return ask()
    except (ServiceException, KeyError, StopIteration):
        return None


def launch_questions(region: str, params: dict[str, str]) -> list[Question]:
    """`params`: of RunInstances, or a group's launch template alone."""
    backend = ec2(region)
    reference = {
        key: params[f"LaunchTemplate.{key}"]
        for key in ("LaunchTemplateId", "LaunchTemplateName", "Version")
        if params.get(f"LaunchTemplate.{key}")
    }
    version = safely(lambda: template_version(backend, reference)) if reference else None
    data: dict[str, Any] = version.data if version else {}
    nic = (data.get("NetworkInterfaces") or [{}])[0]
    first = "NetworkInterface.1"
    groups = [
        value
        for name, value in params.items()
        if re.fullmatch(rf"({re.escape(first)}\.)?SecurityGroupId\.\d+", name)
    ] or [*(nic.get("Groups") or []), *(data.get("SecurityGroupIds") or [])]
    subnet = params.get(f"{first}.SubnetId") or params.get("SubnetId") or nic.get("SubnetId")
    interface = params.get(f"{first}.NetworkInterfaceId") or nic.get("NetworkInterfaceId")
    if interface in backend.enis:
        subnet = backend.enis[interface].subnet.id
        groups = [group.id for group in backend.enis[interface].group_set]
    tags = merge_tags(data.get("TagSpecifications"))
    for kind, given in tag_specifications(params).items():
        tags.setdefault(kind, {}).update(given)
    image = params.get("ImageId") or data.get("ImageId") or "*"
    made = lambda kind: (arn(region, kind), request_keys(tags.get(kind, {})))  # noqa: E731
    resources = [
        existing(region, "image", image),
        made("instance"),
        made("volume"),
        existing(region, "network-interface", interface) if interface else made("network-interface"),
        *(existing(region, "security-group", group) for group in groups),
        *([existing(region, "subnet", subnet)] if subnet else []),
    ]
    template: dict[str, Any] = {}
    if version:
        template = {"ec2:LaunchTemplate": arn(region, "launch-template", version.template.id)}
        resources.append(existing(region, "launch-template", version.template.id))
    asked: list[Question] = [("ec2:RunInstances", resource, {**context, **template}) for resource, context in resources]
    asked += tagging_questions("RunInstances", region, tags)
    profile_name = params.get("IamInstanceProfile.Name") or params.get("IamInstanceProfile.Arn")
    wanted = (
        {"Arn" if profile_name.startswith("arn:") else "Name": profile_name}
        if profile_name
        else data.get("IamInstanceProfile")
    )
    profile = safely(lambda: chosen_profile(backend, wanted))
    return asked + [question for role in (profile.roles if profile else []) for question in passing(role.name)]


def passing(role_name: str) -> list[Question]:
    role = role_named(role_name)
    role_arn = role.arn if role else f"arn:aws:iam::{ACCOUNT_ID}:role/{role_name}"
    return [("iam:PassRole", role_arn, {"iam:PassedToService": "ec2.amazonaws.com"})]
