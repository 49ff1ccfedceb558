"""Elastic network interfaces: addresses that are really allocated, groups that really exist, and "in use" that means
it.
"""

import ipaddress
from typing import Any

from moto.ec2.models.elastic_network_interfaces import NetworkInterface
from moto.ec2.exceptions import InvalidNetworkInterfaceIdError

from .account import account
from .addresses import take_public_address
from .errors import ApiError, unsupported


def private_dns_name(address: str, region: str) -> str:
    domain = "ec2.internal" if region == "us-east-1" else f"{region}.compute.internal"
    return f"ip-{address.replace('.', '-')}.{domain}"


class LabInterface(NetworkInterface):
    def __init__(self, ec2_backend: Any, subnet: Any, address: str, groups: list[Any], **kwargs: Any):
        super().__init__(ec2_backend, subnet, address, group_ids=[group.id for group in groups], **kwargs)
        self.device_index = None
        self.requester_managed = False
        # an interface endpoint of the VPC owns this one; it can't be deleted or attached by hand
        self.owned_by: str | None = None
        # launches that still find it in use, although its instance is gone
        self.lingers = 0
        self.private_dns_name = private_dns_name(address, ec2_backend.region_name)
        for each in self.private_ip_addresses:
            each["PrivateDnsName"] = self.private_dns_name

    # moto finds the value of NetworkInterfaceId by its own class's name, which is not this one's
    @property
    def network_interface_id(self) -> str:
        return self.id

    @property
    def group_set(self) -> list[Any]:
        return self._group_set

    @property
    def groups(self) -> list[Any]:
        return self._group_set

    def start(self) -> None:
        """moto gives the public address when the interface is made; EC2 does when its instance starts."""

    def stop(self) -> None:
        if self.public_ip_auto_assign and not self.elastic_address:
            self.public_ip = None

    @property
    def elastic_address(self) -> Any:
        return next((each for each in self.ec2_backend.addresses if each.eni is self), None)

    def check_auto_public_ip(self) -> None:
        if self.public_ip_auto_assign and not self.public_ip:
            self.public_ip = take_public_address(self.ec2_backend)

    @property
    def association(self) -> dict[str, Any] | None:
        if not self.public_ip:
            return None
        found = super().association
        found["publicDnsName"] = f"ec2-{self.public_ip.replace('.', '-')}.compute-1.amazonaws.com"
        found["ipOwnerId"] = self.ec2_backend.account_id if self.elastic_address else "amazon"
        return found

    def get_filter_value(self, filter_name: str, method_name: str | None = None) -> Any:
        if filter_name == "status":
            return self.status
        if filter_name == "mac-address":
            return self.mac_address
        if filter_name == "attachment.status":
            return "attached" if self.attachment_id else None
        if filter_name == "attachment.device-index":
            return str(self.device_index) if self.attachment_id else None
        if filter_name == "interface-type":
            return self.interface_type
        if filter_name == "requester-managed":
            return self.requester_managed
        return super().get_filter_value(filter_name, method_name)

    def attach(self, instance: Any, device_index: int) -> None:
        instance.attach_eni(self, device_index)

    def release(self) -> None:
        """Its instance is gone: free for the next one."""
        self.stop()
        self.instance = None
        self.attachment_id = None
        self.attach_time = None
        self.device_index = None
        self.status = "available"
        self.lingers = account["interfaceInUse"]


class InterfaceOperations:
    """Overrides of moto's interface backend."""

    def choose_address(self, subnet: Any, wanted: str | None) -> str:
        """EC2's rules: inside the subnet, not one of its five reserved addresses, used by nobody else."""
        network = ipaddress.IPv4Network(subnet.cidr_block)
        used = {
            ipaddress.IPv4Address(each["PrivateIpAddress"])
            for interface in self.enis.values()
            if interface.subnet.id == subnet.id
            for each in interface.private_ip_addresses
        }
        first, last = network.network_address + 4, network.broadcast_address - 1
        if wanted:
            try:
                address = ipaddress.IPv4Address(wanted)
            except ValueError:
                raise ApiError(
                    "InvalidParameterValue",
                    f"Value ({wanted}) for parameter privateIpAddress is invalid. Invalid IP address",
                )
            if address not in network:
                raise ApiError(
                    "InvalidParameterValue", f"Address {wanted} does not fall within the subnet's address range"
                )
            if not first <= address <= last:
                raise ApiError("InvalidParameterValue", f"Address {wanted} is in subnet's reserved address range")
            if address in used:
                raise ApiError("InvalidIPAddress.InUse", f"Address {wanted} is in use.")
            return wanted
        # EC2 takes any free one outside of the subnet's reservations. The lab begins with the second block of sixteen,
        # where a program that fixes addresses from a low number on will want its next ones.
        reserved = [reservation.cidr for reservation in subnet._cidr_reservations]
        hosts = [network[host] for host in range(4, network.num_addresses - 1)]
        for address in hosts[12:] + hosts[:12]:
            if address not in used and not any(address in block for block in reserved):
                return str(address)
        raise ApiError(
            "InsufficientFreeAddressesInSubnet",
            f"The specified subnet does not have enough free addresses ({subnet.id}).",
        )

    def groups_in_vpc(self, group_ids: list[str], vpc_id: str) -> list[Any]:
        found = []
        for group_id in group_ids:
            group = self.get_security_group_from_id(group_id)
            if group is None:
                raise ApiError("InvalidGroup.NotFound", f"The security group '{group_id}' does not exist")
            if group.vpc_id != vpc_id:
                raise ApiError(
                    "InvalidParameter", f"Security group {group_id} and the subnet belong to different networks."
                )
            found.append(group)
        return found or [self.get_default_security_group(vpc_id)]

    def get_default_security_group(self, vpc_id: str | None = None) -> Any:
        for group in self.groups[vpc_id or self.default_vpc.id].values():
            if group.name == "default":
                return group
        raise ApiError("InvalidGroup.NotFound", f"The security group 'default' does not exist in {vpc_id}")

    def create_network_interface(
        self,
        subnet: Any,
        private_ip_address: str | None = None,
        private_ip_addresses: list[dict[str, Any]] | None = None,
        group_ids: list[str] | None = None,
        description: str | None = None,
        tags: dict[str, str] | None = None,
        delete_on_termination: bool | None = False,
        **kwargs: Any,
    ) -> LabInterface:
        if isinstance(subnet, str):
            subnet = self.get_subnet(subnet)
        for name in ("ipv6_addresses", "ipv6_address_count", "secondary_ips_count"):
            if kwargs.get(name):
                raise unsupported(f"{name} of a network interface")
        if private_ip_addresses:
            if len(private_ip_addresses) > 1:
                raise unsupported("secondary private addresses of a network interface")
            private_ip_address = private_ip_addresses[0]["PrivateIpAddress"]
        interface = LabInterface(
            self,
            subnet,
            self.choose_address(subnet, private_ip_address),
            self.groups_in_vpc(group_ids or [], subnet.vpc_id),
            description=description,
            tags=tags,
            delete_on_termination=bool(delete_on_termination),
            public_ip_auto_assign=bool(kwargs.get("public_ip_auto_assign")),
        )
        self.enis[interface.id] = interface
        return interface

    def delete_network_interface(self, eni_id: str) -> None:
        interface = self.enis.get(eni_id)
        if not interface:
            raise InvalidNetworkInterfaceIdError(eni_id)
        if interface.owned_by:
            raise ApiError(
                "OperationNotPermitted", f"You are not allowed to manage '{interface.owned_by}' attachments."
            )
        if interface.instance:
            raise ApiError("InvalidParameterValue", f"Network interface '{eni_id}' is currently in use.")
        self.drop_interface(interface)

    def drop_interface(self, interface: LabInterface) -> None:
        eip = interface.elastic_address
        if eip:
            self._unlink_address(eip)
        self.enis.pop(interface.id, None)
        self.forget_tags(interface.id)

    def attach_network_interface(self, eni_id: str, instance_id: str, device_index: int) -> Any:
        raise unsupported("AttachNetworkInterface (interfaces are attached at launch)")

    def detach_network_interface(self, attachment_id: str) -> None:
        """An instance keeps the interface that it was launched with until it ends: there are no others here."""
        if not any(each.attachment_id == attachment_id for each in self.enis.values()):
            raise ApiError("InvalidAttachmentID.NotFound", f"The attachment '{attachment_id}' does not exist")
        raise ApiError(
            "OperationNotPermitted",
            "The network interface at device index 0 and networkCard index 0 cannot be detached.",
        )

    def modify_network_interface_attribute(
        self, eni_id: str, group_ids: list[str], source_dest_check: bool | None = None, description: str | None = None
    ) -> None:
        interface = self.get_network_interface(eni_id)
        if group_ids:
            interface._group_set = self.groups_in_vpc(group_ids, interface.vpc_id)
        if source_dest_check is not None:
            interface.source_dest_check = source_dest_check
        if description is not None:
            interface.description = description
