"""Auto Scaling groups: what they hold, and the steps by which each keeps its number of instances. Time comes in as a
number.
"""

import json
import time
import uuid
from typing import Any

from . import ACCOUNT_ID
from .account import account
from .alerts import group_failed
from .cloud import ec2
from .errors import ApiError
from .keys import SCALING_ROLE
from .launch import plan_launch, template_version
from .world import log, now, world

PROCESSES = (
    "Launch",
    "Terminate",
    "AddToLoadBalancer",
    "AlarmNotification",
    "AZRebalance",
    "HealthCheck",
    "InstanceRefresh",
    "ReplaceUnhealthy",
    "ScheduledActions",
)
KEPT_ACTIVITIES = 200


def stamp() -> str:
    return now().strftime("%Y-%m-%dT%H:%M:%SZ")


def taken_out(why: str) -> str:
    return f"At {stamp()} an instance was taken out of service in response to {why}."


class Activity:
    def __init__(self, group: "Group", description: str, cause: str):
        self.group = group
        self.id = str(uuid.uuid4())
        self.description = description
        self.cause = cause
        self.start = now()
        self.end: Any = None
        self.status = "InProgress"
        self.message: str | None = None
        self.progress = 30
        self.details: dict[str, str] = {}
        group.activities.insert(0, self)
        del group.activities[KEPT_ACTIVITIES:]

    def finish(self, status: str = "Successful", message: str | None = None) -> None:
        self.status, self.message, self.progress, self.end = status, message, 100, now()

    def describe(self) -> dict[str, Any]:
        return {
            "ActivityId": self.id,
            "AutoScalingGroupName": self.group.name,
            "AutoScalingGroupARN": self.group.arn,
            "Description": self.description,
            "Cause": self.cause,
            "StartTime": self.start,
            "EndTime": self.end,
            "StatusCode": self.status,
            "StatusMessage": self.message,
            "Progress": self.progress,
            "Details": json.dumps(self.details),
        }


class Member:
    """An instance of a group, with the template version that it was really launched from."""

    def __init__(self, instance: Any, template: dict[str, str], protected: bool, activity: Activity):
        self.instance = instance
        self.template = template
        self.protected = protected
        self.lifecycle = "Pending"
        self.healthy = True
        self.activity = activity  # the latest one: of its launch or of its end

    def describe(self) -> dict[str, Any]:
        return {
            "InstanceId": self.instance.id,
            "InstanceType": self.instance.instance_type,
            "AvailabilityZone": self.instance.zone,
            "LifecycleState": self.lifecycle,
            "HealthStatus": "Healthy" if self.healthy else "Unhealthy",
            "LaunchTemplate": self.template,
            "ProtectedFromScaleIn": self.protected,
        }


class Group:
    def __init__(self, region: str, name: str):
        self.region = region
        self.name = name
        self.arn = (
            f"arn:aws:autoscaling:{region}:{ACCOUNT_ID}:autoScalingGroup:{uuid.uuid4()}:autoScalingGroupName/{name}"
        )
        self.created = now()
        self.template: dict[str, str] = {}
        self.min_size = self.max_size = self.desired = 0
        self.zones: list[str] = []
        self.subnet_ids: list[str] = []
        self.tags: dict[str, dict[str, Any]] = {}
        self.suspended: set[str] = set()
        self.protect_new = False
        self.grace_period = 0
        # what is only kept and shown again
        self.shown: dict[str, Any] = {}
        self.members: list[Member] = []
        self.activities: list[Activity] = []
        self.deleting = False
        self.next_launch = 0.0
        self.failed_launches = 0  # one after the other

    # the launch

    def reference(self) -> dict[str, Any]:
        return {"LaunchTemplateId": self.template["LaunchTemplateId"], "Version": self.template.get("Version")}

    def launch_request(self) -> dict[str, Any]:
        request: dict[str, Any] = {"LaunchTemplate": self.reference()}
        if self.subnet_ids:
            return {**request, "SubnetId": self.least_used(self.subnet_ids, lambda member: member.instance.subnet_id)}
        return {
            **request,
            "Placement": {"AvailabilityZone": self.least_used(self.zones, lambda member: member.instance.zone)},
        }

    def least_used(self, places: list[str], place_of: Any) -> str:
        used = [place_of(member) for member in self.alive()]
        return min(places, key=used.count)

    def check_template(self) -> None:
        """What AWS checks when a group is made or its template changed: whether it could launch, shortages aside."""
        backend = ec2(self.region)
        try:
            data = template_version(backend, self.reference()).data
            nics = data.get("NetworkInterfaces") or []
            if nics and data.get("SecurityGroupIds"):
                raise ApiError("", "When a network interface is provided, the security groups must be a part of it.")
            if any(nic.get("PrivateIpAddress") for nic in nics):
                raise ApiError("", "Private IP addresses are not supported.")
            if any(nic.get("NetworkInterfaceId") for nic in nics) and self.subnet_ids:
                raise ApiError(
                    "",
                    "A network interface ID can't be used together with VPCZoneIdentifier. Specify Availability Zones.",
                )
            plan_launch(backend, self.launch_request())
        except ApiError as error:
            if error.code != "InvalidNetworkInterface.InUse" or account["templateCheck"] == "refuses":
                raise validation(f"You must use a valid fully-formed launch template. {error.message}")
        except Exception as error:  # moto's own errors have a message too
            raise validation(f"You must use a valid fully-formed launch template. {getattr(error, 'message', error)}")

    # the steps

    def alive(self) -> list[Member]:
        return [member for member in self.members if member.lifecycle != "Terminating"]

    def step(self, time_now: float) -> None:
        """Looks at each member and at the number of them; called often, cheap when there is nothing to do."""
        for member in list(self.members):
            self.watch(member, time_now)
        if self.deleting:
            return
        alive = self.alive()
        if len(alive) > self.desired and "Terminate" not in self.suspended:
            spare = [member for member in alive if not member.protected][: len(alive) - self.desired]
            for member in spare:
                cause = taken_out(
                    "a difference between desired and actual capacity, shrinking it from "
                    f"{len(alive)} to {self.desired}"
                )
                self.retire(member, cause, time_now)
        elif len(alive) < self.desired and "Launch" not in self.suspended and time_now >= self.next_launch:
            self.launch(len(alive), time_now)

    def watch(self, member: Member, time_now: float) -> None:
        instance = member.instance
        if member.lifecycle == "Terminating":
            if instance.state == "terminated":
                member.activity.finish()
                self.members.remove(member)
                world.touch()
            return
        if member.lifecycle == "Pending" and instance.state == "running":
            member.lifecycle = "InService"
            member.activity.finish()
            world.touch()
        if instance.state not in ("pending", "running") and "HealthCheck" not in self.suspended:
            member.healthy = False
            cause = taken_out("an EC2 health check indicating it has been terminated or stopped")
        else:
            cause = taken_out("a user health-check")
        gone = instance.is_gone()
        if not member.healthy and (gone or not self.suspended & {"ReplaceUnhealthy", "Terminate"}):
            self.retire(member, cause, time_now)

    def retire(self, member: Member, cause: str, time_now: float) -> Activity:
        member.activity = Activity(self, f"Terminating EC2 instance: {member.instance.id}", cause)
        member.activity.details = {"Availability Zone": member.instance.zone}
        member.lifecycle = "Terminating"
        self.next_launch = time_now + world.replace_delay
        member.instance.begin_terminate("Server.AutoScaling", "Taken out of service by its Auto Scaling group")
        world.touch()
        return member.activity

    def launch(self, have: int, time_now: float) -> None:
        why = f"a difference between desired and actual capacity, increasing it from {have} to {self.desired}"
        cause = f"At {stamp()} an instance was started in response to {why}."
        activity = Activity(self, "Launching a new EC2 instance", cause)
        tags = {key: tag["Value"] for key, tag in self.tags.items() if tag["PropagateAtLaunch"]}
        try:
            backend = ec2(self.region)
            template = template_version(backend, self.reference())
            reservation = backend.launch(self.launch_request(), {**tags, "aws:autoscaling:groupName": self.name})
        except Exception as error:
            code = getattr(error, "code", None)
            if code is None:
                log(f"group {self.name}: launch failed unexpectedly: {error!r}")
            self.fail(activity, f"{getattr(error, 'message', error)} Launching EC2 instance failed.", time_now)
            return
        instance = reservation.instances[0]
        activity.description = f"Launching a new EC2 instance: {instance.id}"
        if instance.end_without_keys({SCALING_ROLE}, []):
            why = "Instance became unhealthy while waiting for instance to be in InService state."
            self.fail(activity, f"{why} Termination Reason: Client.InternalError: Client error on launch", time_now)
            return
        self.failed_launches = 0
        activity.details = {"Subnet ID": instance.subnet_id, "Availability Zone": instance.zone}
        used = {
            "LaunchTemplateId": template.template.id,
            "LaunchTemplateName": template.template.name,
            "Version": str(template.number),
        }
        self.members.append(Member(instance, used, self.protect_new, activity))
        world.touch()

    def fail(self, activity: Activity, message: str, time_now: float) -> None:
        activity.description = f"{activity.description}.  Status Reason: {message}"
        activity.finish("Failed", message)
        group_failed(self.region, self.name, launching=True, message=message)
        # AWS does not document its delays; it gives up after 24 hours (Auto Scaling guide, "administrative suspension")
        self.next_launch = time_now + account["retrySeconds"] * min(16, 2**self.failed_launches)
        self.failed_launches += 1
        world.touch()

    def due(self) -> float | None:
        """When this group wants to be looked at without anything else happening."""
        if not self.deleting and len(self.alive()) < self.desired and "Launch" not in self.suspended:
            return self.next_launch
        return None

    def describe(self) -> dict[str, Any]:
        return {
            "AutoScalingGroupName": self.name,
            "AutoScalingGroupARN": self.arn,
            "LaunchTemplate": self.template,
            "MinSize": self.min_size,
            "MaxSize": self.max_size,
            "DesiredCapacity": self.desired,
            "AvailabilityZones": self.zones,
            "VPCZoneIdentifier": ",".join(self.subnet_ids),
            "LoadBalancerNames": [],
            "TargetGroupARNs": [],
            "TrafficSources": [],
            "EnabledMetrics": [],
            "HealthCheckGracePeriod": self.grace_period,
            "Instances": [member.describe() for member in self.members],
            "CreatedTime": self.created,
            "SuspendedProcesses": [
                {"ProcessName": name, "SuspensionReason": f"User suspended at {stamp()}"}
                for name in sorted(self.suspended)
            ],
            "Status": "Delete in progress" if self.deleting else None,
            "Tags": self.describe_tags(),
            "NewInstancesProtectedFromScaleIn": self.protect_new,
            "ServiceLinkedRoleARN": SCALING_ROLE,
            **self.shown,
        }

    def describe_tags(self) -> list[dict[str, Any]]:
        return [
            {"ResourceId": self.name, "ResourceType": "auto-scaling-group", "Key": key, **tag}
            for key, tag in sorted(self.tags.items())
        ]


def validation(message: str) -> ApiError:
    return ApiError("ValidationError", message)


class Groups:
    def __init__(self) -> None:
        self.by_region: dict[str, dict[str, Group]] = {}
        # activities of deleted groups stay readable for a while
        self.deleted: list[Group] = []

    def of(self, region: str) -> dict[str, Group]:
        return self.by_region.setdefault(region, {})

    def get(self, region: str, name: str) -> Group:
        group = self.of(region).get(name)
        if group is None:
            raise validation(f"AutoScalingGroup name not found - AutoScalingGroup: {name} not found")
        return group

    def member(self, region: str, instance_id: str) -> tuple[Group, Member]:
        for group in self.of(region).values():
            for member in group.members:
                if member.instance.id == instance_id:
                    return group, member
        raise validation(f"Instance Id not found - No managed instance found for instance ID: {instance_id}")

    def step(self) -> float:
        """One look at every group; returns the seconds until the next look is due anyway."""
        time_now = time.monotonic()
        wait = 1.0
        for region in list(self.by_region):
            for group in list(self.of(region).values()):
                group.step(time_now)
                if group.deleting and not group.members:
                    del self.of(region)[group.name]
                    self.deleted = [group, *self.deleted][:50]
                    world.touch()
                due = group.due()
                if due is not None:
                    wait = min(wait, max(0.01, due - time.monotonic()))
        return wait

    def run(self) -> None:
        """The background thread: the groups act although nobody asks."""
        while True:
            with world.lock:
                before = world.generation
                try:
                    wait = self.step()
                except Exception as error:
                    log(f"Auto Scaling: {error!r}")
                    wait = 1.0
                if world.generation == before:
                    world.changed.wait(wait)


groups = Groups()
