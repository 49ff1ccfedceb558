"""The EC2 backend: moto's, with the operations of this package in front. `install()` makes moto use it."""

from collections.abc import Iterator
from typing import Any

from moto.ec2.models import EC2Backend, ec2_backends
from moto.ec2.models.core import TaggedEC2Resource

from . import ACCOUNT_ID
from .addresses import AddressOperations
from .images import ImageOperations
from .instances import InstanceOperations
from .interfaces import InterfaceOperations
from .network import NetworkOperations
from .security_groups import SecurityGroupOperations
from .volumes import VolumeOperations
from .world import world


class LabEc2Backend(
    InstanceOperations,
    VolumeOperations,
    InterfaceOperations,
    AddressOperations,
    ImageOperations,
    SecurityGroupOperations,
    NetworkOperations,
    EC2Backend,
):
    def forget_tags(self, resource_id: str) -> None:
        self.tags.pop(resource_id, None)

    def tags_of(self, resource_id: str) -> dict[str, str]:
        return self.tags.get(resource_id, {})

    def describe_tags(self, filters: dict[str, list[str]] | None = None) -> list[dict[str, str]]:
        # moto looks at every tag of the region for each resource; the question is nearly always "the tags of this one"
        if filters and list(filters) == ["resource-id"] and len(filters["resource-id"]) == 1:
            resource_id = filters["resource-id"][0]
            if "*" not in resource_id and "?" not in resource_id:
                if resource_id not in self.tags:
                    return []
                filters = {"resource-id": [resource_id]}
                kept, self.tags = self.tags, {resource_id: self.tags[resource_id]}
                try:
                    return super().describe_tags(filters)
                finally:
                    self.tags = kept
        return super().describe_tags(filters)

    def zone_must_exist(self, zone_name: str) -> None:
        if not any(zone.name == zone_name for zone in self.zones_here()):
            raise_zone(zone_name)

    def zones_here(self) -> list[Any]:
        return self.describe_availability_zones(filters=[], zone_names=[], zone_ids=[])


def raise_zone(zone_name: str) -> None:
    from .errors import ApiError

    raise ApiError("InvalidParameterValue", f"Invalid availability zone: [{zone_name}]")


def install() -> None:
    ec2_backends.backend = LabEc2Backend


def ec2(region: str | None = None) -> LabEc2Backend:
    return ec2_backends[ACCOUNT_ID][region or world.region]


def all_ec2_backends() -> Iterator[LabEc2Backend]:
    """The regions that were used so far."""
    for backend in list(ec2_backends[ACCOUNT_ID].values()):
        yield backend


def find_instance(instance_id: str) -> Any:
    for backend in all_ec2_backends():
        instance = backend.get_instance_by_id(instance_id)
        if instance:
            return instance
    return None


def find_volume(volume_id: str) -> Any:
    for backend in all_ec2_backends():
        if volume_id in backend.volumes:
            return backend.volumes[volume_id]
    return None


__all__ = ["LabEc2Backend", "TaggedEC2Resource", "all_ec2_backends", "ec2", "find_instance", "find_volume", "install"]
