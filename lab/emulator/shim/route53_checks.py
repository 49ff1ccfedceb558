"""Route 53: moto takes any VPC id for a private zone."""

import xmltodict

from .cloud import ec2
from .errors import ApiError


def check_hosted_zone(body: bytes) -> None:
    request = xmltodict.parse(body)["CreateHostedZoneRequest"]
    vpc = request.get("VPC")
    if vpc:
        backend = ec2(vpc["VPCRegion"])
        if vpc["VPCId"] not in backend.vpcs:
            raise ApiError("InvalidVPCId", f"The VPC: {vpc['VPCId']} that you provided is not authorized to make the association.")
