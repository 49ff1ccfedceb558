"""Images: the lab's own (images.json) and every Amazon Linux image that SSM's public parameters name in this region."""

import json
from typing import Any

from moto.core.parse import default_timestamp_parser as parse_timestamp
from moto.ec2.models.amis import Ami
from moto.ec2.utils import generic_filter
from moto.utilities.utils import load_resource

from .errors import ApiError
from .world import now, world

AMAZON = "137112412989"
ROOT_VOLUME_GIB = 8


class LabImage(Ami):
    def __init__(self, *args: Any, deprecation_time: str | None = None, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.ebs_snapshot.volume.size = ROOT_VOLUME_GIB
        self.deprecation_time = deprecation_time

    @property
    def is_deprecated(self) -> bool:
        time = self.deprecation_time
        return time is not None and parse_timestamp(time).replace(tzinfo=None) <= now()

    @property
    def block_device_mappings(self) -> list[dict[str, Any]]:
        return [
            {
                "DeviceName": self.root_device_name,
                "Ebs": {
                    "SnapshotId": self.ebs_snapshot.id,
                    "VolumeSize": ROOT_VOLUME_GIB,
                    "DeleteOnTermination": True,
                    "VolumeType": "gp3",
                    "Iops": 3000,
                    "Throughput": 125,
                    "Encrypted": False,
                },
            }
        ]

    @property
    def ena_support(self) -> bool:
        return True

    @property
    def image_owner_alias(self) -> str | None:
        return self.owner_alias if self.owner_alias != "self" else None


def resource(path: str) -> list[dict[str, Any]]:
    try:
        return load_resource(path)
    except FileNotFoundError:
        return []


def own_images() -> list[dict[str, Any]]:
    with open(world.images_file, encoding="utf-8") as file:
        return json.load(file)


def amazon_linux_images(region: str) -> list[dict[str, Any]]:
    """moto knows some images of its SSM parameters only by id: those are described from the parameter's name."""
    known = {image["ami_id"]: image for image in resource(f"ec2/resources/latest_amis/{region}.json")}
    for parameter in resource(f"ssm/resources/ami-amazon-linux-latest/{region}.json"):
        name = parameter["Name"].rsplit("/", 1)[1]
        known.setdefault(
            parameter["Value"],
            {
                "ami_id": parameter["Value"],
                "name": name,
                "description": name,
                "architecture": "arm64" if "arm64" in name else "x86_64",
                "owner_id": AMAZON,
                "root_device_name": "/dev/xvda",
                "virtualization_type": "paravirtual" if "-pv-" in name else "hvm",
                "hypervisor": "xen",
            },
        )
    return list(known.values())


class ImageOperations:
    """Overrides of moto's image backend. moto's other images (1,200 of ECS, old Windows) are left out: they cost two
    seconds.
    """

    def _load_amis(self) -> None:
        own = [{key: image[key] for key in image if key != "public_parameter"} for image in own_images()]
        amazon = [{**image, "owner_alias": "amazon"} for image in amazon_linux_images(self.region_name)]
        for description in own + amazon:
            description = {**description, "public": True, "root_device_type": "ebs"}
            if isinstance(description.get("creation_date"), str):
                description["creation_date"] = parse_timestamp(description["creation_date"])
            image = LabImage(self, **description)
            self.amis[image.id] = image

    def describe_images(
        self,
        ami_ids: list[str] | None = None,
        filters: dict[str, Any] | None = None,
        exec_users: list[str] | None = None,
        owners: list[str] | None = None,
        include_deprecated: bool = False,
    ) -> list[LabImage]:
        images = list(self.amis.values())
        if ami_ids:
            for ami_id in ami_ids:
                if not ami_id.startswith("ami-"):
                    raise ApiError("InvalidAMIID.Malformed", f'Invalid id: "{ami_id}" (expecting "ami-...")')
                if ami_id not in self.amis:
                    raise ApiError("InvalidAMIID.NotFound", f"The image id '[{ami_id}]' does not exist")
            images = [image for image in images if image.id in ami_ids]
        elif not include_deprecated:
            # Their owner sees deprecated images too; everybody else only by id (EC2 guide, "deprecate an AMI").
            images = [image for image in images if not image.is_deprecated or image.owner_id == self.account_id]
        if owners:
            wanted = {self.account_id if owner == "self" else owner for owner in owners}
            images = [image for image in images if image.owner_id in wanted or image.owner_alias in wanted]
        return generic_filter(filters or {}, images)
