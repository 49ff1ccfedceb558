"""EC2's quotas: how many vCPUs may run on demand. The account's own (account.py) holds for the standard families."""

import json
import re
from typing import Any

from moto.ec2.models.instance_types import INSTANCE_TYPES
from moto.servicequotas.responses import ServiceQuotasResponse

from . import ACCOUNT_ID
from .account import account
from .errors import ApiError

# code: name, AWS's default, families
VCPUS = {
    "L-1216C47A": ("Running On-Demand Standard instances", 5.0, re.compile(r"([acdhmrtz]|i(?!nf)|im|is)[0-9]")),
    "L-7295265B": ("Running On-Demand X instances", 0.0, re.compile(r"x[0-9]")),
}


def value_of(code: str) -> float:
    return float(account["vcpus"]) if code == "L-1216C47A" else VCPUS[code][1]


def vcpus_of(instance_type: str) -> int:
    return int(INSTANCE_TYPES[instance_type]["VCpuInfo"]["DefaultVCpus"])


def check_quota(backend: Any, instance_type: str, count: int) -> None:
    for code, (_, _, families) in VCPUS.items():
        if not families.match(instance_type):
            continue
        running = sum(
            vcpus_of(instance.instance_type)
            for reservation in backend.reservations.values()
            for instance in reservation.instances
            if instance.state in ("pending", "running") and families.match(instance.instance_type)
        )
        if running + count * vcpus_of(instance_type) > value_of(code):
            raise ApiError(
                "VcpuLimitExceeded",
                f"You have requested more vCPU capacity than your current vCPU limit of {value_of(code):.0f} allows "
                "for the instance bucket that the specified instance type belongs to. Please visit "
                "http://aws.amazon.com/contact-us/ec2-request to request an adjustment to this limit.",
            )


class ServiceQuotasApi(ServiceQuotasResponse):
    def describe(self, default: bool) -> str:
        params = json.loads(self.body)
        code = params.get("QuotaCode")
        if params.get("ServiceCode") != "ec2" or code not in VCPUS:
            raise ApiError("NoSuchResourceException", "The request failed because the specified quota does not exist.")
        name, first, _ = VCPUS[code]
        return json.dumps(
            {
                "Quota": {
                    "ServiceCode": "ec2",
                    "ServiceName": "Amazon Elastic Compute Cloud (Amazon EC2)",
                    "QuotaArn": f"arn:aws:servicequotas:{self.region}:{ACCOUNT_ID}:ec2/{code}",
                    "QuotaCode": code,
                    "QuotaName": name,
                    "Value": first if default else value_of(code),
                    "Unit": "None",
                    "Adjustable": True,
                    "GlobalQuota": False,
                }
            }
        )

    def get_service_quota(self) -> str:
        return self.describe(default=False)

    def get_aws_default_service_quota(self) -> str:
        return self.describe(default=True)
