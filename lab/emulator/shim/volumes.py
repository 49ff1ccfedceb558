"""EBS volumes: attached to one instance at a time, in steps that the lab daemon confirms; they only grow."""

import re
from datetime import timedelta
from typing import Any

from moto.ec2.models.block_device import BlockDeviceType
from moto.ec2.models.elastic_block_store import Volume, VolumeAttachment
from moto.ec2.utils import generic_filter, random_volume_id

from .errors import ApiError, unsupported
from .keys import default_key, find_key
from .world import now, world

# type: smallest and largest size in GiB
SIZES = {
    "gp3": (1, 65536),
    "gp2": (1, 16384),
    "io1": (4, 16384),
    "io2": (4, 65536),
    "st1": (125, 16384),
    "sc1": (125, 16384),
    "standard": (1, 1024),
}
GP3_IOPS = (3000, 80000)
GP3_THROUGHPUT = (125, 2000)
DEVICE = re.compile(r"/dev/(sd[a-z][0-9]{0,2}|xvd[a-z]{1,2})")


def bad(message: str) -> ApiError:
    return ApiError("InvalidParameterValue", message)


def check_performance(
    volume_type: str, size: int, iops: int | None, throughput: int | None
) -> tuple[int | None, int | None]:
    """The values that EC2 would use; raises its errors for values that do not fit the type."""
    if volume_type not in SIZES:
        raise ApiError("UnknownVolumeType", f"Unknown volume type: '{volume_type}'")
    low, high = SIZES[volume_type]
    if not low <= size <= high:
        raise bad(f"Volume of {size}GiB is invalid; must be between {low}GiB and {high}GiB for {volume_type}.")
    if volume_type == "gp3":
        iops, throughput = iops or GP3_IOPS[0], throughput or GP3_THROUGHPUT[0]
        if not GP3_IOPS[0] <= iops <= GP3_IOPS[1]:
            raise bad(f"Volume iops of {iops} is invalid; must be between {GP3_IOPS[0]} and {GP3_IOPS[1]} for gp3.")
        if not GP3_THROUGHPUT[0] <= throughput <= GP3_THROUGHPUT[1]:
            raise bad(
                f"Throughput of {throughput} is invalid; must be between {GP3_THROUGHPUT[0]} and "
                f"{GP3_THROUGHPUT[1]} for gp3."
            )
        if iops > GP3_IOPS[0] and iops > 500 * size:
            raise bad(f"Iops to volume size ratio of {iops / size:.1f} is too high; maximum is 500.")
        if throughput > iops / 4:
            raise bad(f"Throughput (MiBps) to iops ratio of {throughput / iops:.6f} is too high; maximum is 0.250000.")
        return iops, throughput
    if throughput:
        raise ApiError(
            "InvalidParameterCombination", f"The parameter throughput is not supported for {volume_type} volumes."
        )
    if volume_type in ("io1", "io2") and not iops:
        raise ApiError("MissingParameter", "The request must contain the parameter iops")
    if volume_type not in ("io1", "io2") and iops:
        raise ApiError("InvalidParameterCombination", f"The parameter iops is not supported for {volume_type} volumes.")
    return iops, throughput


class LabVolume(Volume):
    # the root disk of an instance: the lab keeps it as the instance's own file tree, not as a device
    is_root = False

    @property
    def sse_type(self) -> str | None:
        return "sse-ebs" if self.encrypted else None

    @property
    def multi_attach(self) -> bool:
        return False

    def get_filter_value(self, filter_name: str, method_name: str | None = None) -> Any:
        if filter_name == "attachment.delete-on-termination":
            return str(self.attachment.delete_on_termination).lower() if self.attachment else None
        if filter_name == "volume-type":
            return self.volume_type
        return super().get_filter_value(filter_name, method_name)


class LabAttachment(VolumeAttachment):
    def __init__(self, volume: LabVolume, instance: Any, device: str, delete_on_termination: bool):
        super().__init__(volume, instance, device, "attaching")
        self.delete_on_termination = delete_on_termination

    @property
    def state(self) -> str:
        return self.status

    def show_on_instance(self) -> None:
        """Keeps the instance's own list in step; DescribeInstances reads that one."""
        self.instance.block_device_mapping[self.device] = BlockDeviceType(
            volume_id=self.volume.id,
            status=self.status,
            attach_time=self.attach_time,
            delete_on_termination=self.delete_on_termination,
            size=self.volume.size,
        )

    def set(self, status: str) -> None:
        self.status = status
        self.show_on_instance()


class Modification:
    def __init__(self, volume: LabVolume, before: dict[str, Any], after: dict[str, Any]):
        self.volume_id = volume.id
        for name in ("size", "volume_type", "iops", "throughput"):
            setattr(self, f"original_{name}", before[name])
            setattr(self, f"target_{name}", after[name])
        self.original_multi_attach_enabled = self.target_multi_attach_enabled = False
        self.modification_state = "completed"
        self.progress = 100
        self.start_time = self.end_time = now()

    def get_filter_value(self, filter_name: str) -> Any:
        name = filter_name.replace("-", "_")
        if not hasattr(self, name):
            raise unsupported(f"filter {filter_name} of DescribeVolumesModifications")
        return getattr(self, name)


def performance_of(volume: LabVolume) -> dict[str, Any]:
    return {name: getattr(volume, name) for name in ("size", "volume_type", "iops", "throughput")}


class VolumeOperations:
    """Overrides of moto's EBS backend."""

    def create_volume(
        self,
        size: int | None,
        zone_name: str,
        snapshot_id: str | None = None,
        encrypted: bool = False,
        kms_key_id: str | None = None,
        volume_type: str | None = None,
        iops: int | None = None,
        throughput: int | None = None,
        multi_attach_enabled: bool | None = None,
    ) -> LabVolume:
        if multi_attach_enabled:
            raise unsupported("MultiAttachEnabled")
        if kms_key_id and not encrypted:
            raise ApiError(
                "InvalidParameterDependency", "The parameter KmsKeyId requires the parameter Encrypted to be set."
            )
        if encrypted:
            key = find_key(self.region_name, kms_key_id) if kms_key_id else default_key(self.region_name)
            kms_key_id = key.arn
        zone = self.get_zone_by_name(zone_name)
        if zone is None and zone_name != "us-east-1a":  # moto makes the snapshots of its images there in every region
            raise ApiError("InvalidZone.NotFound", f"The zone '{zone_name}' does not exist.")
        if snapshot_id:
            snapshot = self.get_snapshot(snapshot_id)
            size = size or snapshot.volume.size
            if size < snapshot.volume.size:
                raise bad(f"The volume size is invalid for the snapshot: {size}GiB < {snapshot.volume.size}GiB")
        if size is None:
            raise ApiError("MissingParameter", "The request must contain the parameter size/snapshot")
        volume_type = volume_type or "gp2"
        iops, throughput = check_performance(volume_type, int(size), iops, throughput)
        volume = LabVolume(
            self,
            random_volume_id(),
            int(size),
            zone,
            snapshot_id,
            encrypted,
            kms_key_id,
            volume_type,
            iops or (3 * int(size) if volume_type == "gp2" else None),
            throughput,
            False,
        )
        self.volumes[volume.id] = volume
        return volume

    def describe_volumes(self, volume_ids: list[str] | None = None, filters: Any = None) -> list[LabVolume]:
        for volume_id in volume_ids or []:
            self.get_volume(volume_id)
        found = [each for each in self.volumes.values() if not volume_ids or each.id in volume_ids]
        return generic_filter(filters or {}, found)

    def modify_volume(
        self,
        volume_id: str,
        target_size: int | None = None,
        target_volume_type: str | None = None,
        target_iops: int | None = None,
        target_throughput: int | None = None,
        target_multi_attach_enabled: bool | None = None,
    ) -> LabVolume:
        volume = self.get_volume(volume_id)
        if target_multi_attach_enabled:
            raise unsupported("MultiAttachEnabled")
        if not any((target_size, target_volume_type, target_iops, target_throughput)):
            raise bad("Invalid input: Must specify at least one of size, type, iops, throughput, multi_attach_enabled")
        if target_size and int(target_size) < volume.size:
            raise bad("New size cannot be smaller than existing size")
        recent = [each for each in volume.modifications if now() - each.start_time < timedelta(hours=24)]
        if len(recent) >= 4:
            raise ApiError(
                "VolumeModificationRateExceeded",
                f"You've reached the maximum modification rate per volume limit: {volume_id} was modified 4 times in "
                "24 hours.",
            )
        before = performance_of(volume)
        size, kind = int(target_size or volume.size), target_volume_type or volume.volume_type
        same_kind = kind == volume.volume_type
        keeps_iops = kind in ("gp3", "io1", "io2") and same_kind
        iops, throughput = check_performance(
            kind,
            size,
            target_iops or (volume.iops if keeps_iops else None),
            target_throughput or (volume.throughput if same_kind else None),
        )
        volume.size, volume.volume_type, volume.throughput = size, kind, throughput
        volume.iops = iops or (3 * size if kind == "gp2" else None)
        volume.modifications.append(Modification(volume, before, performance_of(volume)))
        return volume

    def describe_volumes_modifications(
        self, volume_ids: list[str] | None = None, filters: Any = None
    ) -> list[Modification]:
        for volume_id in volume_ids or []:
            if not self.get_volume(volume_id).modifications:
                raise ApiError(
                    "InvalidVolumeModification.NotFound", f"Modification for volume '{volume_id}' does not exist."
                )
        found = [volume.modifications[-1] for volume in self.describe_volumes(volume_ids) if volume.modifications]
        return generic_filter(filters or {}, found)

    def delete_volume(self, volume_id: str) -> LabVolume:
        volume = self.get_volume(volume_id)
        if volume.attachment:
            raise ApiError(
                "VolumeInUse", f"Volume {volume_id} is currently attached to {volume.attachment.instance.id}"
            )
        self.forget_tags(volume_id)
        return self.volumes.pop(volume_id)

    def attach_volume(
        self, volume_id: str, instance_id: str, device_path: str, delete_on_termination: bool = False
    ) -> LabAttachment:
        volume = self.get_volume(volume_id)
        instance = self.get_instance(instance_id)
        if volume.attachment:
            raise ApiError("VolumeInUse", f"{volume_id} is already attached to an instance")
        if instance.state not in ("running", "stopped"):
            raise ApiError("IncorrectState", f"Instance '{instance_id}' is not 'running'.")
        if volume.availability_zone != instance.availability_zone:
            raise ApiError(
                "InvalidVolume.ZoneMismatch",
                f"The volume '{volume_id}' is not in the same availability zone as instance '{instance_id}'",
            )
        self.check_device(instance, device_path)
        return self.place_volume(volume, instance, device_path, delete_on_termination)

    def check_device(self, instance: Any, device_path: str) -> None:
        if not device_path or not DEVICE.fullmatch(device_path):
            raise bad(
                f"Value ({device_path}) for parameter device is invalid. {device_path} is not a valid EBS device name."
            )
        if device_path in instance.block_device_mapping:
            raise bad(f"Invalid value '{device_path}' for unixDevice. Attachment point {device_path} is already in use")

    def place_volume(
        self, volume: LabVolume, instance: Any, device_path: str, delete_on_termination: bool
    ) -> LabAttachment:
        volume.attachment = LabAttachment(volume, instance, device_path, delete_on_termination)
        volume.attachment.show_on_instance()
        if instance.state == "stopped" or (world.auto_lifecycle and instance.state == "running"):
            volume.attachment.set("attached")
        return volume.attachment

    def detach_volume(self, volume_id: str, instance_id: str | None, device_path: str | None) -> LabAttachment:
        volume = self.get_volume(volume_id)
        attachment = volume.attachment
        if not attachment:
            raise ApiError("IncorrectState", f"Volume '{volume_id}' is in the 'available' state.")
        if (instance_id and attachment.instance.id != instance_id) or (
            device_path and attachment.device != device_path
        ):
            raise ApiError(
                "InvalidAttachment.NotFound",
                f"The volume '{volume_id}' is not attached to instance '{instance_id}' as device '{device_path}'.",
            )
        if volume.is_root and attachment.instance.state != "stopped":
            raise ApiError(
                "OperationNotPermitted",
                f"Unable to detach root volume '{volume_id}' from instance '{attachment.instance.id}'",
            )
        attachment.set("detaching")
        if world.auto_lifecycle or attachment.instance.state == "stopped":
            self.release_volume(volume)
        return attachment

    def release_volume(self, volume: LabVolume) -> None:
        """The device is gone from the instance (or the instance is): available again, or deleted with its instance."""
        attachment = volume.attachment
        attachment.instance.block_device_mapping.pop(attachment.device, None)
        attachment.status = "detached"
        volume.attachment = None
