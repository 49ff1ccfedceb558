"""What a launch asks for: a launch template overlaid by the request, checked as EC2 checks it, before anything is made.
"""

import base64
import binascii
from dataclasses import dataclass, field
from typing import Any

from moto.ec2.models.instance_types import INSTANCE_TYPE_OFFERINGS, INSTANCE_TYPES
from moto.ec2.utils import filter_iam_instance_profiles

from .account import account
from .errors import ApiError, refuse_others, unsupported
from .volumes import check_performance

USER_DATA_LIMIT = 16384
NOT_BOTH = "Network interfaces and an instance-level {} may not be specified on the same request"

# What a launch template and RunInstances both know and the emulator honours. The last row is accepted for its defaults
# only.
TEMPLATE_KEYS = {
    "ImageId", "InstanceType", "KeyName", "SecurityGroupIds", "UserData", "IamInstanceProfile", "NetworkInterfaces",
    "BlockDeviceMappings", "TagSpecifications", "MetadataOptions", "Monitoring", "Placement", "EbsOptimized",
    "InstanceInitiatedShutdownBehavior", "DisableApiTermination", "DisableApiStop", "CreditSpecification",
    "HibernationOptions", "EnclaveOptions", "MaintenanceOptions", "PrivateDnsNameOptions",
}  # fmt: skip
REQUEST_KEYS = TEMPLATE_KEYS | {
    "SubnetId",
    "PrivateIpAddress",
    "MinCount",
    "MaxCount",
    "ClientToken",
    "DryRun",
    "LaunchTemplate",
    "TagSpecification",
}
INTERFACE_KEYS = {
    "DeviceIndex", "NetworkInterfaceId", "SubnetId", "Groups", "PrivateIpAddress", "AssociatePublicIpAddress",
    "DeleteOnTermination", "Description", "NetworkCardIndex",
}  # fmt: skip
VOLUME_KEYS = {
    "VolumeSize",
    "VolumeType",
    "Iops",
    "Throughput",
    "Encrypted",
    "KmsKeyId",
    "SnapshotId",
    "DeleteOnTermination",
}
METADATA_VALUES = {
    "HttpTokens": ("optional", "required"),
    "HttpEndpoint": ("enabled", "disabled"),
    "HttpProtocolIpv6": ("enabled", "disabled"),
    "InstanceMetadataTags": ("enabled", "disabled"),
}


def bad(message: str) -> ApiError:
    return ApiError("InvalidParameterValue", message)


def yes(value: Any) -> bool:
    return str(value).lower() == "true"


@dataclass
class Launch:
    image: Any
    instance_type: str
    subnet: Any
    groups: list[Any]
    zone: str
    interface: Any = None  # an existing one, exclusively; otherwise one is made
    private_address: str | None = None
    public_address: bool = False
    interface_deleted: bool = True
    interface_description: str = ""
    user_data: Any = None
    key_name: str | None = None
    profile: Any = None
    disks: list[dict[str, Any]] = field(default_factory=list)
    tags: dict[str, dict[str, str]] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    monitoring: bool = False
    ebs_optimized: bool = False
    cpu_credits: str = "standard"
    shutdown_behavior: str = "stop"
    keep: bool = False  # DisableApiTermination
    keep_running: bool = False  # DisableApiStop
    template: Any = None  # the version of the launch template


def check_template_data(data: dict[str, Any]) -> None:
    """At CreateLaunchTemplate: only the form. EC2 too looks at the things themselves when it launches."""
    refuse_others(data, TEMPLATE_KEYS, "LaunchTemplateData")
    check_forms(data)


def check_forms(data: dict[str, Any]) -> None:
    interfaces = data.get("NetworkInterfaces") or []
    for interface in interfaces:
        refuse_others(interface, INTERFACE_KEYS, "NetworkInterfaces")
    for mapping in data.get("BlockDeviceMappings") or []:
        refuse_others(mapping, {"DeviceName", "Ebs"}, "BlockDeviceMappings")
        refuse_others(mapping.get("Ebs") or {}, VOLUME_KEYS, "BlockDeviceMappings.Ebs")
    refuse_others(data.get("Placement") or {}, {"AvailabilityZone", "Tenancy"}, "Placement")
    if (data.get("Placement") or {}).get("Tenancy") not in (None, "default"):
        raise unsupported("a tenancy that is not 'default'")
    for name, nested in (("HibernationOptions", "Configured"), ("EnclaveOptions", "Enabled")):
        if yes((data.get(name) or {}).get(nested)):
            raise unsupported(name)
    metadata = data.get("MetadataOptions") or {}
    refuse_others(metadata, set(METADATA_VALUES) | {"HttpPutResponseHopLimit"}, "MetadataOptions")
    for name, values in METADATA_VALUES.items():
        if metadata.get(name) not in (None, *values):
            raise bad(f"Value ({metadata[name]}) for parameter {name} is invalid. Valid values: {', '.join(values)}")
    if not 1 <= int(metadata.get("HttpPutResponseHopLimit") or 1) <= 64:
        raise bad("HttpPutResponseHopLimit must be between 1 and 64")
    if data.get("InstanceInitiatedShutdownBehavior") not in (None, "stop", "terminate"):
        raise bad(
            f"Value ({data['InstanceInitiatedShutdownBehavior']}) for parameter "
            "instanceInitiatedShutdownBehavior is invalid."
        )
    for spec in data.get("TagSpecifications") or []:
        if spec.get("ResourceType") not in (
            "instance",
            "volume",
            "network-interface",
            "launch-template",
            "spot-instances-request",
        ):
            raise bad(f"'{spec.get('ResourceType')}' is not a valid taggable resource type for this operation.")
        for tag in spec.get("Tags") or []:
            if tag["Key"].lower().startswith("aws:"):
                raise bad("Tag keys starting with 'aws:' are reserved for internal use")
    if data.get("UserData"):
        try:
            size = len(base64.b64decode(str(data["UserData"]), validate=True))
        except (binascii.Error, ValueError):
            raise ApiError("InvalidUserData.Malformed", "Invalid BASE64 encoding of user data.")
        if size > USER_DATA_LIMIT:
            raise bad(f"User data is limited to {USER_DATA_LIMIT} bytes")


def template_version(backend: Any, reference: dict[str, Any]) -> Any:
    template_id, name = reference.get("LaunchTemplateId"), reference.get("LaunchTemplateName")
    if bool(template_id) == bool(name):
        raise ApiError("InvalidParameterCombination", "Specify either the ID or the name of the launch template")
    template = backend.get_launch_template(template_id) if template_id else backend.get_launch_template_by_name(name)
    version = str(reference.get("Version") or "$Default")
    if version in ("$Default", "$Latest"):
        return template.get_version(version)
    for each in template.versions:
        if str(each.number) == version:
            return each
    raise ApiError(
        "InvalidLaunchTemplateId.VersionNotFound",
        f"Could not find the specified version {version} for the launch template with ID {template.id}.",
    )


def merge_tags(*lists: Any) -> dict[str, dict[str, str]]:
    merged: dict[str, dict[str, str]] = {}
    for specs in lists:
        for spec in specs or []:
            merged.setdefault(spec["ResourceType"], {}).update(
                {tag["Key"]: tag.get("Value", "") for tag in spec.get("Tags") or []}
            )
    return merged


def plan_launch(backend: Any, request: dict[str, Any]) -> Launch:
    """Raises the error that EC2 would answer; makes nothing."""
    request = {key: value for key, value in request.items() if value is not None}
    refuse_others(request, REQUEST_KEYS, "RunInstances")
    version = template_version(backend, request["LaunchTemplate"]) if request.get("LaunchTemplate") else None
    data = {**(version.data if version else {}), **request}
    check_forms(data)

    image = chosen_image(backend, data)
    instance_type = data.get("InstanceType") or "m1.small"
    if instance_type not in INSTANCE_TYPES:
        raise bad(f"Invalid value '{instance_type}' for InstanceType.")
    interface, subnet, nic = chosen_network(backend, data)
    zone = subnet.availability_zone
    offered = INSTANCE_TYPE_OFFERINGS["availability-zone"].get(backend.region_name, [])
    if not any(each["InstanceType"] == instance_type and each["Location"] == zone for each in offered):
        raise unsupported_type(instance_type, zone)
    architectures = INSTANCE_TYPES[instance_type]["ProcessorInfo"]["SupportedArchitectures"]
    if image.architecture not in architectures:
        raise bad(
            f"The architecture '{','.join(architectures)}' of the specified instance type does not "
            "match the architecture "
            f"'{image.architecture}' of the specified AMI. Specify an instance type and an AMI that "
            "have matching architectures, and try again."
        )
    key_name = data.get("KeyName")
    if key_name and key_name not in backend.key_pairs:
        raise ApiError("InvalidKeyPair.NotFound", f"The key pair '{key_name}' does not exist")
    group_ids = nic.get("Groups") or data.get("SecurityGroupIds") or []
    return Launch(
        image=image,
        instance_type=instance_type,
        subnet=subnet,
        zone=zone,
        groups=interface.group_set if interface else backend.groups_in_vpc(group_ids, subnet.vpc_id),
        interface=interface,
        private_address=None if interface else nic.get("PrivateIpAddress") or data.get("PrivateIpAddress"),
        public_address=not interface
        and (
            yes(nic["AssociatePublicIpAddress"])
            if nic.get("AssociatePublicIpAddress") is not None
            else subnet.map_public_ip_on_launch
        ),
        interface_deleted=not interface
        and (yes(nic["DeleteOnTermination"]) if nic.get("DeleteOnTermination") is not None else True),
        interface_description=nic.get("Description") or "",
        user_data=data.get("UserData"),
        key_name=key_name,
        profile=chosen_profile(backend, data.get("IamInstanceProfile")),
        disks=chosen_disks(image, data.get("BlockDeviceMappings") or []),
        tags=merge_tags(
            version.data.get("TagSpecifications") if version else None,
            request.get("TagSpecifications") or request.get("TagSpecification"),
        ),
        metadata=data.get("MetadataOptions") or {},
        monitoring=yes((data.get("Monitoring") or {}).get("Enabled")),
        ebs_optimized=yes(data.get("EbsOptimized")),
        cpu_credits=(data.get("CreditSpecification") or {}).get("CpuCredits")
        or ("unlimited" if instance_type.startswith(("t3", "t4g")) else "standard"),
        shutdown_behavior=data.get("InstanceInitiatedShutdownBehavior") or "stop",
        keep=yes(data.get("DisableApiTermination")),
        keep_running=yes(data.get("DisableApiStop")),
        template=version,
    )


def unsupported_type(instance_type: str, zone: str) -> ApiError:
    return ApiError(
        "Unsupported",
        f"Your requested instance type ({instance_type}) is not supported in your requested Availability Zone "
        f"({zone}).",
    )


def check_shortage(launch: Launch) -> None:
    """What only a launch meets, and no look at a request before."""
    instance_type, zone = launch.instance_type, launch.zone
    if account.is_short("unsupported", zone, instance_type):
        raise unsupported_type(instance_type, zone)
    if account.is_short("capacity", zone, instance_type):
        raise ApiError(
            "InsufficientInstanceCapacity",
            f"We currently do not have sufficient {instance_type} capacity in the Availability Zone you requested "
            f"({zone}). Our system will be working on provisioning additional capacity.",
        )
    if launch.interface and launch.interface.lingers > 0:
        launch.interface.lingers -= 1
        raise in_use(launch.interface)


def in_use(interface: Any) -> ApiError:
    return ApiError("InvalidNetworkInterface.InUse", f"Interface: [{interface.id}] in use.")


def chosen_image(backend: Any, data: dict[str, Any]) -> Any:
    if not data.get("ImageId"):
        raise ApiError("MissingParameter", "The request must contain the parameter ImageId")
    return backend.describe_images(ami_ids=[data["ImageId"]])[0]


def chosen_network(backend: Any, data: dict[str, Any]) -> tuple[Any, Any, dict[str, Any]]:
    """(an existing interface or none, the subnet, the first network interface of the request or {})"""
    nics = data.get("NetworkInterfaces") or []
    if len(nics) > 1:
        raise unsupported("more than one network interface at launch")
    nic = nics[0] if nics else {}
    wanted_zone = (data.get("Placement") or {}).get("AvailabilityZone")
    if nic:
        if int(nic.get("DeviceIndex") or 0) != 0:
            raise bad("The network interface of a launch must have device index 0.")
        for key, name in (
            ("SubnetId", "subnet ID"),
            ("SecurityGroupIds", "security groups"),
            ("PrivateIpAddress", "private address"),
        ):
            if data.get(key):
                raise ApiError("InvalidParameterCombination", NOT_BOTH.format(name))
    if nic.get("NetworkInterfaceId"):
        for key in ("SubnetId", "Groups", "PrivateIpAddress"):
            if nic.get(key):
                raise ApiError(
                    "InvalidParameterCombination",
                    f"A network interface may not specify both a network interface ID and {key}",
                )
        if yes(nic.get("AssociatePublicIpAddress")):
            raise ApiError(
                "InvalidParameterCombination",
                "The associatePublicIPAddress parameter can only be specified for a new network interface",
            )
        if yes(nic.get("DeleteOnTermination")):
            raise ApiError(
                "InvalidParameterCombination", "DeleteOnTermination may only be true for a new network interface"
            )
        if int(data.get("MaxCount") or 1) > 1:
            raise ApiError(
                "InvalidParameterCombination",
                "Network interfaces may not be specified when launching more than one instance",
            )
        interface = backend.get_network_interface(nic["NetworkInterfaceId"])
        if wanted_zone and wanted_zone != interface.availability_zone:
            raise bad(
                f"Network interface '{interface.id}' is in {interface.availability_zone}, not in the "
                f"requested Availability Zone {wanted_zone}."
            )
        if interface.instance or interface.owned_by:
            raise in_use(interface)
        return interface, interface.subnet, nic
    subnet_id = nic.get("SubnetId") or data.get("SubnetId")
    if subnet_id:
        subnet = backend.get_subnet(subnet_id)
        if wanted_zone and wanted_zone != subnet.availability_zone:
            raise bad(
                f"The subnet '{subnet_id}' is in {subnet.availability_zone}, not in the requested "
                f"Availability Zone {wanted_zone}."
            )
        return None, subnet, nic
    if wanted_zone:
        backend.zone_must_exist(wanted_zone)
    subnets = backend.get_default_subnets()
    subnet = subnets.get(wanted_zone) if wanted_zone else next(iter(subnets.values()), None)
    if subnet is None:
        raise ApiError("MissingInput", f"No default subnet for availability zone: '{wanted_zone}'.")
    return None, subnet, nic


def chosen_profile(backend: Any, reference: dict[str, Any] | None) -> Any:
    if not reference:
        return None
    try:
        return filter_iam_instance_profiles(
            backend.account_id,
            partition=backend.partition,
            iam_instance_profile_arn=reference.get("Arn"),
            iam_instance_profile_name=reference.get("Name"),
        )
    except Exception:
        kind = "arn" if reference.get("Arn") else "name"
        value = reference.get("Arn") or reference.get("Name")
        raise bad(
            f"Value ({value}) for parameter iamInstanceProfile.{kind} is invalid. Invalid IAM "
            f"Instance Profile {'ARN' if kind == 'arn' else 'name'}"
        )


def chosen_disks(image: Any, mappings: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The image's root disk first, then the others of the request; each a dict as in BlockDeviceMappings, flat."""
    root = image.block_device_mappings[0]
    disks = {root["DeviceName"]: {**root["Ebs"], "DeviceName": root["DeviceName"], "root": True}}
    smallest = root["Ebs"]["VolumeSize"]
    for mapping in mappings:
        name, ebs = mapping["DeviceName"], {
            key: value for key, value in (mapping.get("Ebs") or {}).items() if value is not None
        }
        if name in disks:
            if ebs.get("VolumeType", "gp3") != "gp3":
                disks[name].pop("Throughput"), disks[name].pop("Iops")
            disks[name].update(ebs)
        else:
            disks[name] = {"VolumeType": "gp2", "DeleteOnTermination": True, **ebs, "DeviceName": name, "root": False}
    for disk in disks.values():
        if disk.get("VolumeSize"):
            iops, throughput = disk.get("Iops"), disk.get("Throughput")
            check_performance(
                disk["VolumeType"],
                int(disk["VolumeSize"]),
                int(iops) if iops else None,
                int(throughput) if throughput else None,
            )
    size = int(disks[root["DeviceName"]]["VolumeSize"])
    if size < smallest:
        snapshot = root["Ebs"]["SnapshotId"]
        raise ApiError(
            "InvalidBlockDeviceMapping",
            f"Volume of size {size}GB is smaller than snapshot '{snapshot}', expect size >= {smallest}GB",
        )
    return list(disks.values())
