"""Route 53: private zones. moto takes any VPC id, and makes a public zone unless told twice that it is private."""

from typing import Any

from moto.core.responses import ActionResult
from moto.route53 import models
from moto.route53.responses import Route53

from .cloud import ec2
from .errors import ApiError

moto_zone_id = models.create_route53_zone_id
# the real ones begin with Z
models.create_route53_zone_id = lambda *args, **kwargs: f"Z{moto_zone_id(*args, **kwargs)[1:]}"


class Route53Api(Route53):
    def create_hosted_zone(self) -> ActionResult:
        self.vpc_must_exist()
        self.must_be_only_zone(self._get_param("Name"))
        return super().create_hosted_zone()

    def associate_vpc_with_hosted_zone(self) -> ActionResult:
        self.vpc_must_exist()
        zone_id = self._get_param("HostedZoneId")
        self.must_be_only_zone(self.backend.get_hosted_zone(zone_id).name)
        return super().associate_vpc_with_hosted_zone()

    def must_be_only_zone(self, name: str) -> None:
        """A VPC has one private zone of a name."""
        vpc_id, region = self._get_param("VPC.VPCId"), self._get_param("VPC.VPCRegion")
        for zone in self.backend.zones.values():
            same = zone.private_zone and zone.name.rstrip(".").lower() == name.rstrip(".").lower()
            if vpc_id and same and any(vpc["vpc_id"] == vpc_id for vpc in zone.vpcs):
                raise ApiError(
                    "ConflictingDomainExists",
                    f"The VPC {vpc_id} in region {region} has already been associated with the hosted zone {zone.id} "
                    "with the same domain name.",
                )

    def vpc_must_exist(self) -> None:
        vpc_id, region = self._get_param("VPC.VPCId"), self._get_param("VPC.VPCRegion")
        if vpc_id and vpc_id not in ec2(region).vpcs:
            raise ApiError(
                "InvalidVPCId", f"The VPC: {vpc_id} that you provided is not authorized to make the association."
            )

    def _get_bool_param(self, param_name: str, if_none: Any = None) -> Any:
        if param_name == "HostedZoneConfig.PrivateZone" and self._get_param("VPC.VPCId"):
            return True
        return super()._get_bool_param(param_name, if_none)
