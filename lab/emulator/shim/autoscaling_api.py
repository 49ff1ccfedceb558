"""The Auto Scaling API over groups.py. moto's own is not used at all; an action that is missing here is an error."""

import time
from typing import Any

from moto.core.responses import ActionResult, BaseResponse, EmptyResult

from .cloud import ec2
from .credentials import iam
from .errors import ApiError, refuse_others, unsupported
from .keys import SCALING_ROLE
from .groups import PROCESSES, Activity, Group, groups, stamp, taken_out, validation
from .world import now, world

DEFAULTS = {
    "DefaultCooldown": 300,
    "HealthCheckType": "EC2",
    "TerminationPolicies": ["Default"],
    "CapacityRebalance": False,
    "AvailabilityZoneDistribution": {"CapacityDistributionStrategy": "balanced-best-effort"},
}
SHOWN = {
    "DefaultCooldown",
    "HealthCheckType",
    "TerminationPolicies",
    "CapacityRebalance",
    "Context",
    "DefaultInstanceWarmup",
    "InstanceMaintenancePolicy",
    "DesiredCapacityType",
    "AvailabilityZoneDistribution",
}
SIZES = {"MinSize", "MaxSize", "DesiredCapacity"}
CHANGEABLE = SHOWN | SIZES | {
    "AutoScalingGroupName", "LaunchTemplate", "AvailabilityZones", "VPCZoneIdentifier", "HealthCheckGracePeriod",
    "NewInstancesProtectedFromScaleIn",
}  # fmt: skip


def yes(value: Any) -> bool:
    return str(value).lower() == "true"


def make_scaling_role() -> None:
    """An account's first group makes Auto Scaling's service-linked role."""
    if not any(role.arn == SCALING_ROLE for role in iam().roles.values()):
        iam().create_service_linked_role("autoscaling.amazonaws.com", "", "")


class AutoScalingApi(BaseResponse):
    def __init__(self) -> None:
        super().__init__(service_name="autoscaling")
        self.automated_parameter_parsing = True

    def given(self) -> dict[str, Any]:
        return {key: value for key, value in self._get_params().items() if value is not None}

    def group(self) -> Group:
        return groups.get(self.region, self._get_param("AutoScalingGroupName"))

    # groups

    def create_auto_scaling_group(self) -> ActionResult:
        given = self.given()
        refuse_others(given, CHANGEABLE | {"Tags"}, "CreateAutoScalingGroup")
        name = given["AutoScalingGroupName"]
        if name in groups.of(self.region):
            being = " that is being deleted" if groups.of(self.region)[name].deleting else ""
            raise ApiError(
                "AlreadyExistsFault",
                f"AutoScalingGroup by this name already exists - A group with the name {name} already exists{being}",
            )
        group = Group(self.region, name)
        group.shown = dict(DEFAULTS)
        for missing in ("MinSize", "MaxSize", "LaunchTemplate"):
            if missing not in given:
                raise validation(f"Valid requests must contain {missing}.")
        self.put_tags(group, given.get("Tags") or [])
        self.change(group, given)
        make_scaling_role()
        groups.of(self.region)[name] = group
        return EmptyResult()

    def update_auto_scaling_group(self) -> ActionResult:
        given = self.given()
        refuse_others(given, CHANGEABLE, "UpdateAutoScalingGroup")
        group = self.group()
        if group.deleting:
            raise ApiError(
                "ScalingActivityInProgressFault", "You cannot update an AutoScalingGroup while it is being deleted"
            )
        self.change(group, given)
        return EmptyResult()

    def change(self, group: Group, given: dict[str, Any]) -> None:
        """All or nothing: on an error the group is as it was."""
        before = dict(group.__dict__)
        try:
            self.apply(group, given)
        except Exception:
            group.__dict__.update(before)
            raise

    def apply(self, group: Group, given: dict[str, Any]) -> None:
        group.shown = {**group.shown, **{key: given[key] for key in SHOWN if key in given}}
        if group.shown["HealthCheckType"] != "EC2":
            raise unsupported(f"HealthCheckType {group.shown['HealthCheckType']}")
        if group.shown.get("DesiredCapacityType") not in (None, "units"):
            raise unsupported("DesiredCapacityType")
        strategy = group.shown["AvailabilityZoneDistribution"].get("CapacityDistributionStrategy")
        if strategy not in ("balanced-best-effort", "balanced-only"):
            raise validation(f"AvailabilityZoneDistribution: {strategy} is not a CapacityDistributionStrategy.")
        self.check_maintenance(group)
        group.grace_period = int(given.get("HealthCheckGracePeriod", group.grace_period))
        if "NewInstancesProtectedFromScaleIn" in given:
            group.protect_new = yes(given["NewInstancesProtectedFromScaleIn"])
        if given.get("VPCZoneIdentifier"):
            subnets = [ec2(self.region).get_subnet(subnet_id) for subnet_id in given["VPCZoneIdentifier"].split(",")]
            group.subnet_ids = [subnet.id for subnet in subnets]
            group.zones = sorted({subnet.availability_zone for subnet in subnets})
            if given.get("AvailabilityZones") and set(given["AvailabilityZones"]) != set(group.zones):
                raise validation(
                    "The availability zones of the specified subnets and the Auto Scaling group do not match"
                )
        elif given.get("AvailabilityZones"):
            for zone in given["AvailabilityZones"]:
                ec2(self.region).zone_must_exist(zone)
            group.zones, group.subnet_ids = list(given["AvailabilityZones"]), []
        if not group.zones:
            raise validation("At least one Availability Zone or VPC Subnet is required.")
        self.size(group, given)
        if given.get("LaunchTemplate"):
            self.set_template(group, given["LaunchTemplate"])
        if "LaunchTemplate" in given or "AvailabilityZones" in given or "VPCZoneIdentifier" in given:
            group.check_template()

    def check_maintenance(self, group: Group) -> None:
        policy = group.shown.get("InstanceMaintenancePolicy")
        if policy is None:
            return
        low, high = int(policy.get("MinHealthyPercentage", -1)), int(policy.get("MaxHealthyPercentage", -1))
        if (low, high) == (-1, -1):
            group.shown = {key: value for key, value in group.shown.items() if key != "InstanceMaintenancePolicy"}
        elif not (0 <= low <= 100 <= high <= 200 and high - low <= 100):
            raise validation(
                "InstanceMaintenancePolicy: MinHealthyPercentage must be 0-100, MaxHealthyPercentage "
                "100-200, at most 100 apart."
            )

    def size(self, group: Group, given: dict[str, Any]) -> None:
        group.min_size = int(given.get("MinSize", group.min_size))
        group.max_size = int(given.get("MaxSize", group.max_size))
        if group.min_size > group.max_size:
            raise validation(
                "Min bound, {}, must be less than or equal to max bound, {}".format(group.min_size, group.max_size)
            )
        if "DesiredCapacity" in given:
            self.must_fit(group, int(given["DesiredCapacity"]))
            group.desired = int(given["DesiredCapacity"])
        else:
            group.desired = min(max(group.desired, group.min_size), group.max_size)

    def must_fit(self, group: Group, desired: int) -> None:
        if not group.min_size <= desired <= group.max_size:
            raise validation(
                f"Desired capacity:{desired} must be between the specified min size:{group.min_size} "
                f"and max size:{group.max_size}"
            )

    def set_template(self, group: Group, reference: dict[str, Any]) -> None:
        template_id, name = reference.get("LaunchTemplateId"), reference.get("LaunchTemplateName")
        if bool(template_id) == bool(name):
            raise validation("Valid requests must contain either launchTemplateId or LaunchTemplateName")
        backend = ec2(self.region)
        try:
            template = (
                backend.get_launch_template(template_id) if template_id else backend.get_launch_template_by_name(name)
            )
        except Exception as error:
            raise validation(f"You must use a valid fully-formed launch template. {getattr(error, 'message', error)}")
        group.template = {"LaunchTemplateId": template.id, "LaunchTemplateName": template.name}
        if reference.get("Version"):
            group.template["Version"] = reference["Version"]

    def delete_auto_scaling_group(self) -> ActionResult:
        group = self.group()
        if group.members and not yes(self._get_param("ForceDelete")):
            raise ApiError(
                "ResourceInUseFault",
                "You cannot delete an AutoScalingGroup while there are instances or pending Spot "
                "instance request(s) still in the group.",
            )
        group.deleting = True
        group.desired = group.min_size = group.max_size = 0
        for member in group.alive():
            group.retire(
                member,
                taken_out("a user request: the group is being deleted"),
                time.monotonic(),
            )
        groups.step()
        return EmptyResult()

    def set_desired_capacity(self) -> ActionResult:
        group, desired = self.group(), int(self._get_param("DesiredCapacity"))
        self.must_fit(group, desired)
        group.desired = desired
        return EmptyResult()

    def describe_auto_scaling_groups(self) -> ActionResult:
        groups.step()
        names = self._get_param("AutoScalingGroupNames", [])
        found = [group for group in groups.of(self.region).values() if not names or group.name in names]
        for each in self._get_param("Filters", []):
            found = [group for group in found if self.matches(group, each["Name"], each.get("Values", []))]
        return ActionResult({"AutoScalingGroups": [group.describe() for group in found]})

    def matches(self, group: Group, name: str, values: list[str]) -> bool:
        if name.startswith("tag:"):
            return name[4:] in group.tags and group.tags[name[4:]]["Value"] in values
        if name == "tag-key":
            return any(key in values for key in group.tags)
        if name == "tag-value":
            return any(tag["Value"] in values for tag in group.tags.values())
        raise unsupported(f"filter {name} of DescribeAutoScalingGroups")

    def describe_scaling_activities(self) -> ActionResult:
        groups.step()
        name, ids = self._get_param("AutoScalingGroupName"), self._get_param("ActivityIds", [])
        known = list(groups.of(self.region).values())
        if yes(self._get_param("IncludeDeletedGroups")):
            known += [group for group in groups.deleted if group.region == self.region]
        elif name:
            known = [self.group()]
        found = [
            activity
            for group in known
            if not name or group.name == name
            for activity in group.activities
            if not ids or activity.id in ids
        ]
        found.sort(key=lambda activity: activity.start, reverse=True)
        limit = self._get_int_param("MaxRecords") or 100
        return ActionResult({"Activities": [activity.describe() for activity in found[:limit]]})

    # instances

    def describe_auto_scaling_instances(self) -> ActionResult:
        groups.step()
        ids = self._get_param("InstanceIds", [])
        found = [
            {
                **member.describe(),
                "HealthStatus": "HEALTHY" if member.healthy else "UNHEALTHY",
                "AutoScalingGroupName": group.name,
            }
            for group in groups.of(self.region).values()
            for member in group.members
            if not ids or member.instance.id in ids
        ]
        return ActionResult({"AutoScalingInstances": found})

    def set_instance_health(self) -> ActionResult:
        status = self._get_param("HealthStatus")
        group, member = groups.member(self.region, self._get_param("InstanceId"))
        if status not in ("Healthy", "Unhealthy"):
            raise validation(f"Valid instance health states are: [Healthy, Unhealthy], not {status}")
        respect = self._get_param("ShouldRespectGracePeriod")
        young = (now() - member.instance.launch_time).total_seconds() < group.grace_period
        if not ((respect is None or yes(respect)) and young):
            member.healthy = status == "Healthy"
        return EmptyResult()

    def set_instance_protection(self) -> ActionResult:
        for instance_id in self._get_param("InstanceIds", []):
            groups.member(self.region, instance_id)[1].protected = yes(self._get_param("ProtectedFromScaleIn"))
        return EmptyResult()

    def terminate_instance_in_auto_scaling_group(self) -> ActionResult:
        group, member = groups.member(self.region, self._get_param("InstanceId"))
        cause = f"At {stamp()} instance {member.instance.id} was taken out of service in response to a user request"
        if yes(self._get_param("ShouldDecrementDesiredCapacity")):
            if group.desired <= group.min_size:
                raise validation(
                    f"Currently, desiredSize equals minSize ({group.min_size}). Terminating instance "
                    "without replacement will violate group's min size "
                    "constraint. Either set shouldDecrementDesiredCapacity flag to false or lower group's min size."
                )
            group.desired -= 1
            cause += f", shrinking the capacity from {group.desired + 1} to {group.desired}"
        if member.lifecycle == "Terminating":
            return ActionResult({"Activity": member.activity.describe()})
        activity: Activity = group.retire(member, cause + ".", time.monotonic())
        return ActionResult({"Activity": activity.describe()})

    # processes and tags

    def suspend_processes(self) -> ActionResult:
        self.group().suspended |= self.processes()
        return EmptyResult()

    def resume_processes(self) -> ActionResult:
        self.group().suspended -= self.processes()
        return EmptyResult()

    def processes(self) -> set[str]:
        named = set(self._get_param("ScalingProcesses", []) or PROCESSES)
        if named - set(PROCESSES):
            raise validation(f"Unknown scaling process: {', '.join(sorted(named - set(PROCESSES)))}")
        return named

    def put_tags(self, group: Group, tags: list[dict[str, Any]]) -> None:
        for tag in tags:
            if tag["Key"].lower().startswith("aws:"):
                raise validation("Tag keys starting with 'aws:' are reserved for internal use")
            group.tags[tag["Key"]] = {
                "Value": tag.get("Value", ""),
                "PropagateAtLaunch": yes(tag.get("PropagateAtLaunch")),
            }

    def create_or_update_tags(self) -> ActionResult:
        for tag in self._get_param("Tags", []):
            self.put_tags(groups.get(self.region, tag["ResourceId"]), [tag])
        return EmptyResult()

    def delete_tags(self) -> ActionResult:
        for tag in self._get_param("Tags", []):
            groups.get(self.region, tag["ResourceId"]).tags.pop(tag["Key"], None)
        return EmptyResult()

    def describe_tags(self) -> ActionResult:
        tags = [tag for group in groups.of(self.region).values() for tag in group.describe_tags()]
        names = {"auto-scaling-group": "ResourceId", "key": "Key", "value": "Value"}
        for each in self._get_param("Filters", []):
            if each["Name"] not in names:
                raise unsupported(f"filter {each['Name']} of DescribeTags")
            tags = [tag for tag in tags if tag[names[each["Name"]]] in each.get("Values", [])]
        return ActionResult({"Tags": tags})


def start_scaler() -> None:
    import threading

    threading.Thread(target=groups.run, name="auto scaling", daemon=True).start()


__all__ = ["AutoScalingApi", "start_scaler", "world"]
