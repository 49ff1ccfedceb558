"""Instances: how they come from a launch, and their states. What really happens to a machine is reported by the lab
daemon.
"""

import time
from typing import Any

from moto.ec2.models.block_device import BlockDeviceMapping
from moto.ec2.models.instances import (
    Instance,
    InstancePlacement,
    InstanceState,
    MetadataOptions,
    Reservation,
    StateReason,
)
from moto.ec2.utils import random_instance_id, random_reservation_id

from .errors import ApiError, unsupported
from .interfaces import private_dns_name
from .keys import may_use
from .launch import Launch, check_shortage, plan_launch
from .quotas import check_quota
from .world import now, world

SHOWN_SECONDS = 3600  # a terminated instance is still described
CODES = {"pending": 0, "running": 16, "shutting-down": 32, "terminated": 48, "stopping": 64, "stopped": 80}


class LabInstance(Instance):
    def __init__(self, backend: Any, launch: Launch, index: int, client_token: str | None):
        # moto's own constructor finds the network by itself and starts running; nothing of it is wanted
        self.ec2_backend = backend
        self.id = random_instance_id()
        self.owner_id = backend.account_id
        self.client_token = client_token
        self.lifecycle = None
        self._placement = InstancePlacement(launch.zone)
        self.hypervisor = "xen"
        self.kernel = self.ramdisk = None
        self.product_codes: list[str] = []
        self.image_id = launch.image.id
        self.architecture = launch.image.architecture
        self.platform = launch.image.platform
        self.virtualization_type = launch.image.virtualization_type
        self.root_device_name = launch.image.root_device_name
        self.root_device_type = "ebs"
        self.kernel_id = None
        self.instance_type = launch.instance_type
        self.region_name = backend.region_name
        self.user_data = launch.user_data
        self.key_name = launch.key_name
        self.ebs_optimized = launch.ebs_optimized
        self.monitoring_state = "enabled" if launch.monitoring else "disabled"
        self.source_dest_check = True
        self.launch_time = now()
        self.ami_launch_index = index
        self.cpu_credits = launch.cpu_credits
        self.disable_api_termination = launch.keep
        self.disable_api_stop = launch.keep_running
        self.instance_initiated_shutdown_behavior = launch.shutdown_behavior
        self.hibernation_options = None
        self.sriov_net_support = "simple"
        self._spot_fleet_id = self._fleet_id = None
        self.associate_public_ip = launch.public_address
        self.metadata_options = MetadataOptions(launch.metadata)
        self.iam_instance_profile: dict[str, str] | None = None
        self.profile = launch.profile
        self.block_device_mapping = BlockDeviceMapping()
        self.nics: dict[int, Any] = {}
        self._state = InstanceState("pending", 0)
        self._reason = ""
        self.state_reason = StateReason()
        # counts the boots: the daemon starts the machine anew whenever it rises
        self.boot = 1
        self.reservation_id = ""
        self.shutting_down_since = 0.0

    def __del__(self) -> None:
        pass

    @property
    def instance_id(self) -> str:
        return self.id

    @property
    def ena_support(self) -> bool:
        return True

    @property
    def security_groups(self) -> list[Any]:
        return self.nics[0].group_set if self.nics else []

    @property
    def network_interfaces(self) -> list[Any]:
        return list(self.nics.values())

    @property
    def private_ip(self) -> str | None:
        return self.nics[0].private_ip_address if self.nics else None

    @property
    def private_ip_address(self) -> str | None:
        return self.private_ip

    @property
    def public_ip(self) -> str | None:
        return self.nics[0].public_ip if self.nics else None

    @property
    def public_ip_address(self) -> str | None:
        return self.public_ip

    @property
    def private_dns_name(self) -> str:
        return private_dns_name(self.private_ip, self.region_name) if self.private_ip else ""

    @property
    def subnet_id(self) -> str | None:
        return self.nics[0].subnet.id if self.nics else None

    @property
    def vpc_id(self) -> str | None:
        return self.nics[0].subnet.vpc_id if self.nics else None

    @property
    def zone(self) -> str:
        return self._placement.zone or ""

    @property
    def block_device_mappings(self) -> list[dict[str, Any]]:
        return [{"DeviceName": name, "Ebs": block} for name, block in self.block_device_mapping.items()]

    @property
    def volumes(self) -> list[Any]:
        return [self.ec2_backend.volumes[block.volume_id] for block in self.block_device_mapping.values()]

    def is_gone(self) -> bool:
        return self.state in ("shutting-down", "terminated")

    def is_long_gone(self) -> bool:
        return self.state == "terminated" and time.monotonic() - self.shutting_down_since > SHOWN_SECONDS

    def become(self, state: str) -> None:
        self._state = InstanceState(state, CODES[state])
        world.touch()

    def why(self, code: str, message: str) -> None:
        self._reason = f"{message} ({now().strftime('%Y-%m-%d %H:%M:%S GMT')})"
        self.state_reason = StateReason(f"{code}: {message}", code)

    def refuse(self, action: str) -> ApiError:
        return ApiError(
            "IncorrectInstanceState", f"The instance '{self.id}' is not in a state from which it can be {action}."
        )

    # what a caller asks for

    def begin_stop(self) -> None:
        if self.state in ("stopping", "stopped"):
            return
        if self.state != "running":
            raise self.refuse("stopped")
        self.why("Client.UserInitiatedShutdown", "User initiated")
        self.become("stopping")
        if world.auto_lifecycle:
            self.report_stopped()

    def begin_start(self) -> None:
        if self.state in ("pending", "running"):
            return
        if self.state != "stopped":
            raise self.refuse("started")
        self._reason, self.state_reason = "", StateReason()
        self.launch_time = now()
        self.boot += 1
        self.become("pending")
        if world.auto_lifecycle:
            self.report_running()

    def begin_reboot(self) -> None:
        if self.state != "running":
            raise self.refuse("rebooted")
        self.boot += 1
        world.touch()

    def begin_terminate(self, code: str = "Client.UserInitiatedShutdown", message: str = "User initiated") -> None:
        if self.is_gone():
            return
        was = self.state
        self.why(code, message)
        self.shutting_down_since = time.monotonic()
        self.become("shutting-down")
        if world.auto_lifecycle or was == "stopped":
            self.report_terminated()

    def end_without_keys(self, principals: set[str], documents: list[dict[str, Any]]) -> bool:
        """EC2 makes an instance and ends it at once when whoever launches it may not use the key of a disk."""
        keys = [volume.kms_key_id for volume in self.volumes if volume.encrypted]
        if all(may_use(self.ec2_backend.region_name, key, principals, documents) for key in keys):
            return False
        self.begin_terminate("Client.InternalError", "Client error on launch")
        return True

    # what the daemon saw

    def report_running(self) -> None:
        if self.state != "pending":
            return
        self.become("running")
        for nic in self.nics.values():
            nic.check_auto_public_ip()
        for volume in self.volumes:
            if volume.is_root or world.auto_lifecycle:
                volume.attachment.set("attached")

    def report_stopped(self) -> None:
        """Stopped on request, or by itself: then the instance's shutdown behaviour decides."""
        if self.state in ("stopped", "terminated"):
            return
        if self.state == "shutting-down":
            self.report_terminated()
            return
        if self.state != "stopping":
            self.why("Client.InstanceInitiatedShutdown", "Instance initiated shutdown")
            if self.instance_initiated_shutdown_behavior == "terminate":
                self.shutting_down_since = time.monotonic()
                self.become("shutting-down")
                self.report_terminated()
                return
        for nic in self.nics.values():
            nic.stop()
        for volume in self.volumes:
            if volume.attachment.status == "detaching":
                self.ec2_backend.release_volume(volume)
            else:
                volume.attachment.set("attached")
        self.become("stopped")

    def report_terminated(self) -> None:
        """Only now is the machine really gone: what it held is free for the next one."""
        if self.state == "terminated":
            return
        if self.state != "shutting-down":
            self.why(
                "Server.InternalError",
                "Internal error on launch" if self.state == "pending" else "The host of the instance failed",
            )
            self.shutting_down_since = time.monotonic()
        for nic in list(self.nics.values()):
            nic.release()
            if nic.delete_on_termination:
                self.ec2_backend.drop_interface(nic)
        self.nics = {}
        for volume in self.volumes:
            deleted = volume.attachment.delete_on_termination
            self.ec2_backend.release_volume(volume)
            if deleted:
                self.ec2_backend.delete_volume(volume.id)
        self.ec2_backend.iam_instance_profile_associations.pop(self.id, None)
        self.become("terminated")


class InstanceOperations:
    """Overrides of moto's instance backend."""

    def launch(self, request: dict[str, Any], more_tags: dict[str, str] | None = None) -> Reservation:
        """RunInstances. `more_tags` (aws:… ones of a group too) win over those of the request."""
        self.forget_old_instances()
        known = self.launched_before(request.get("ClientToken"))
        if known:
            if known.request != request:
                raise ApiError(
                    "IdempotentParameterMismatch",
                    "Arguments on this idempotent request are inconsistent with arguments used in previous request(s).",
                )
            return known
        launch = plan_launch(self, request)
        check_shortage(launch)
        count = int(request.get("MaxCount") or 1)
        check_quota(self, launch.instance_type, count)
        reservation = Reservation(random_reservation_id(), owner_id=self.account_id)
        reservation.request = request
        for index in range(count):
            instance = LabInstance(self, launch, index, request.get("ClientToken"))
            instance.reservation_id = reservation.id
            interface = launch.interface or self.create_network_interface(
                launch.subnet,
                launch.private_address,
                group_ids=[group.id for group in launch.groups],
                description=launch.interface_description,
                tags=launch.tags.get("network-interface"),
                delete_on_termination=launch.interface_deleted,
                public_ip_auto_assign=launch.public_address,
            )
            instance.attach_eni(interface, 0)
            reservation.instances.append(instance)
            self.reservations[reservation.id] = reservation
            try:
                self.equip(instance, launch, more_tags or {})
            except Exception:
                # nothing of it stays: the interface above all must be free again
                for each in reservation.instances:
                    each.report_terminated()
                del self.reservations[reservation.id]
                raise
        world.touch()
        if world.auto_lifecycle:
            for instance in reservation.instances:
                instance.report_running()
        return reservation

    def launched_before(self, client_token: str | None) -> Reservation | None:
        """A caller that did not hear the answer asks again with the same token: it gets the same instances."""
        for reservation in self.reservations.values():
            if client_token and any(instance.client_token == client_token for instance in reservation.instances):
                return reservation
        return None

    def forget_old_instances(self) -> None:
        """As EC2, which shows a terminated instance for about an hour."""
        for reservation_id, reservation in list(self.reservations.items()):
            if all(instance.is_long_gone() for instance in reservation.instances):
                del self.reservations[reservation_id]
                for instance in reservation.instances:
                    self.forget_tags(instance.id)

    def equip(self, instance: LabInstance, launch: Launch, more_tags: dict[str, str]) -> None:
        tags = {**launch.tags.get("instance", {}), **more_tags}
        if launch.template:
            tags["aws:ec2launchtemplate:id"] = launch.template.template.id
            tags["aws:ec2launchtemplate:version"] = str(launch.template.number)
        instance.add_tags(tags)
        self.make_disks(instance, launch)
        if launch.profile:
            self.associate_iam_instance_profile(instance.id, iam_instance_profile_arn=launch.profile.arn)

    def associate_iam_instance_profile(self, instance_id: str, *args: Any, **kwargs: Any) -> Any:
        association = super().associate_iam_instance_profile(instance_id, *args, **kwargs)
        return self.follow(association)

    def replace_iam_instance_profile_association(self, *args: Any, **kwargs: Any) -> Any:
        association = super().replace_iam_instance_profile_association(*args, **kwargs)
        return self.follow(association)

    def disassociate_iam_instance_profile(self, association_id: str) -> Any:
        association = super().disassociate_iam_instance_profile(association_id)
        association.instance.profile = None
        return association

    def follow(self, association: Any) -> Any:
        """The instance shows the profile's own id; moto shows the association's."""
        profile = association.iam_instance_profile
        association.instance.profile = profile
        association.instance.iam_instance_profile = {"Arn": profile.arn, "Id": profile.id}
        return association

    def make_disks(self, instance: LabInstance, launch: Launch) -> None:
        for disk in launch.disks:
            volume = self.create_volume(
                int(disk["VolumeSize"]) if disk.get("VolumeSize") else None,
                instance.zone,
                snapshot_id=disk.get("SnapshotId"),
                encrypted=str(disk.get("Encrypted")).lower() == "true",
                kms_key_id=disk.get("KmsKeyId"),
                volume_type=disk.get("VolumeType"),
                iops=int(disk["Iops"]) if disk.get("Iops") else None,
                throughput=int(disk["Throughput"]) if disk.get("Throughput") else None,
            )
            volume.is_root = disk["root"]
            volume.add_tags(launch.tags.get("volume", {}))
            self.place_volume(volume, instance, disk["DeviceName"], str(disk["DeleteOnTermination"]).lower() == "true")

    def get_instance_by_id(self, instance_id: str) -> Any:
        for reservation in self.reservations.values():
            for instance in reservation.instances:
                if instance.id == instance_id:
                    return instance
        return None

    def run_instances(self, *args: Any, **kwargs: Any) -> Reservation:
        raise unsupported("this way of launching an instance")

    def terminate_instances(self, instance_ids: list[str]) -> list[tuple[Any, InstanceState]]:
        instances = self.get_multi_instances_by_id(instance_ids)
        for instance in instances:
            if str(instance.disable_api_termination).lower() == "true":
                raise ApiError(
                    "OperationNotPermitted",
                    f"The instance '{instance.id}' may not be terminated. Modify its "
                    "'disableApiTermination' instance attribute and try again.",
                )
        before = [(instance, instance._state) for instance in instances]
        for instance in instances:
            instance.begin_terminate()
        return before

    def stop_instances(self, instance_ids: list[str]) -> list[tuple[Any, InstanceState]]:
        instances = self.get_multi_instances_by_id(instance_ids)
        for instance in instances:
            if str(instance.disable_api_stop).lower() == "true":
                raise ApiError(
                    "OperationNotPermitted",
                    f"The instance '{instance.id}' may not be stopped. Modify its 'disableApiStop' "
                    "instance attribute and try again.",
                )
        before = [(instance, instance._state) for instance in instances]
        for instance in instances:
            instance.begin_stop()
        return before

    def start_instances(self, instance_ids: list[str]) -> list[tuple[Any, InstanceState]]:
        instances = self.get_multi_instances_by_id(instance_ids)
        before = [(instance, instance._state) for instance in instances]
        for instance in instances:
            instance.begin_start()
        return before

    def reboot_instances(self, instance_ids: list[str]) -> list[Any]:
        instances = self.get_multi_instances_by_id(instance_ids)
        for instance in instances:
            instance.begin_reboot()
        return instances

    def modify_instance_security_groups(self, instance_id: str, new_group_id_list: list[str]) -> Any:
        instance = self.get_instance(instance_id)
        if not instance.nics:
            raise ApiError("IncorrectInstanceState", f"The instance '{instance_id}' has no network interface")
        self.modify_network_interface_attribute(instance.nics[0].id, new_group_id_list)
        return instance

    def modify_instance_attribute(self, instance_id: str, key: str, value: Any) -> Any:
        instance = self.get_instance(instance_id)
        if key in ("instance_type", "user_data", "ebs_optimized") and instance.state != "stopped":
            raise ApiError("IncorrectInstanceState", f"The instance '{instance_id}' is not in the 'stopped' state.")
        if key == "iam_instance_profile":
            instance.iam_instance_profile = value
            return instance
        if key not in (
            "instance_type",
            "user_data",
            "ebs_optimized",
            "disable_api_termination",
            "disable_api_stop",
            "source_dest_check",
            "instance_initiated_shutdown_behavior",
        ):
            raise unsupported(f"ModifyInstanceAttribute of {key}")
        setattr(instance, key, value)
        return instance

    def modify_instance_metadata_options(
        self, instance_id: str, dry_run: bool | None = False, **options: Any
    ) -> MetadataOptions:
        """Only what is given changes; moto sets the rest back to nothing."""
        instance = self.get_instance(instance_id)
        current = instance.metadata_options
        names = {
            "http_tokens": "http_tokens",
            "hop_limit": "http_put_response_hop_limit",
            "http_endpoint": "http_endpoint",
            "http_protocol": "http_protocol_ipv6",
            "metadata_tags": "instance_metadata_tags",
        }
        for name, value in options.items():
            if value is not None:
                setattr(current, names[name], value)
        world.touch()
        return current
