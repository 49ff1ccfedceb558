"""Public addresses: only 198.51.100.10 to .250 (TEST-NET-2), each given out once; Elastic IPs that stay with their
interface.
"""

from typing import Any

from moto.ec2.models.elastic_ip_addresses import ElasticAddress
from moto.ec2.utils import random_eip_association_id

from .errors import ApiError

POOL = [f"198.51.100.{host}" for host in range(10, 251)]


def take_public_address(backend: Any) -> str:
    """The next free one, round robin, so that an address which was just released is not used by another host at once.
    """
    from .cloud import all_ec2_backends

    used = set()
    for each in all_ec2_backends():
        used |= {address.public_ip for address in each.addresses}
        used |= {interface.public_ip for interface in each.enis.values() if interface.public_ip}
    last = getattr(take_public_address, "last", -1)
    for step in range(1, len(POOL) + 1):
        index = (last + step) % len(POOL)
        if POOL[index] not in used:
            take_public_address.last = index
            return POOL[index]
    raise ApiError(
        "AddressLimitExceeded", f"The maximum number of addresses has been reached ({len(POOL)} in the lab)."
    )


class LabAddress(ElasticAddress):
    """An Elastic IP. Its instance is whichever one holds the interface now."""

    def __init__(self, ec2_backend: Any, tags: dict[str, str] | None):
        super().__init__(ec2_backend, domain="vpc", address=take_public_address(ec2_backend), tags=tags)

    @property
    def instance(self) -> Any:
        return self.eni.instance if self.eni else None

    @instance.setter
    def instance(self, _: Any) -> None:
        pass

    @property
    def network_interface_owner_id(self) -> str | None:
        return self.ec2_backend.account_id if self.eni else None


class AddressOperations:
    """Overrides of moto's Elastic IP backend."""

    def allocate_address(
        self, domain: str, address: str | None = None, tags: dict[str, str] | None = None
    ) -> LabAddress:
        if domain not in (None, "vpc"):
            raise ApiError("InvalidParameterValue", f"Invalid value '{domain}' for domain.")
        if address:
            raise ApiError("InvalidAddress.NotFound", f"Address '{address}' not found.")
        allocated = LabAddress(self, tags)
        self.addresses.append(allocated)
        return allocated

    def associate_address(
        self,
        instance: Any = None,
        eni: Any = None,
        address: str | None = None,
        allocation_id: str | None = None,
        reassociate: bool = False,
    ) -> LabAddress:
        eip = self.address_by_ip([address])[0] if address else self.address_by_allocation([allocation_id])[0]
        if instance is not None:
            if instance.state not in ("running", "stopping", "stopped"):
                raise ApiError(
                    "InvalidInstanceID",
                    f"The {instance.state} instance '{instance.id}' is not in a valid state for this operation.",
                )
            eni = instance.nics[0]
        if not any(gateway.vpc and gateway.vpc.id == eni.vpc_id for gateway in self.internet_gateways.values()):
            raise ApiError("Gateway.NotAttached", f"Network {eni.vpc_id} is not attached to any internet gateway")
        if eip.eni is eni:
            return eip
        if eip.eni and not reassociate:
            raise ApiError(
                "Resource.AlreadyAssociated",
                f"resource {eip.allocation_id} is already associated with associate-id {eip.association_id}",
            )
        for other in self.addresses:
            if other.eni is eni:
                if not reassociate:
                    raise ApiError(
                        "Resource.AlreadyAssociated",
                        f"resource {eni.id} is already associated with associate-id {other.association_id}",
                    )
                self._unlink_address(other)
        self._unlink_address(eip)
        eip.eni = eni
        eni.public_ip = eip.public_ip
        eip.association_id = random_eip_association_id()
        return eip

    def _unlink_address(self, eip: LabAddress) -> None:
        if eip.eni:
            eip.eni.public_ip = None
            if eip.eni.instance and eip.eni.instance.state == "running":
                eip.eni.check_auto_public_ip()
        eip.eni = None
        eip.association_id = None

    def disassociate_address(self, address: str | None = None, association_id: str | None = None) -> None:
        found = self.address_by_ip([address]) if address else self.address_by_association([association_id])
        self._unlink_address(found[0])

    def release_address(self, address: str | None = None, allocation_id: str | None = None) -> None:
        found = self.address_by_ip([address]) if address else self.address_by_allocation([allocation_id])
        eip = found[0]
        if eip.eni:
            raise ApiError("InvalidIPAddress.InUse", f"Address {eip.public_ip} is in use.")
        self.addresses.remove(eip)
        self.forget_tags(eip.id)
