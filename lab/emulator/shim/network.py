"""VPC parts: what is still in use can't be deleted, and what belongs together must fit together."""

import re
from typing import Any

from moto.ec2.exceptions import InvalidKeyPairFormatError
from moto.ec2.models.vpcs import VPCEndPoint

from .errors import ApiError

ENDPOINT_SERVICES = ("s3", "dynamodb", "ec2", "ec2messages", "ssm", "ssmmessages", "autoscaling", "sts", "logs", "monitoring", "kms")
GATEWAY_SERVICES = ("s3", "dynamodb")


def dependency(message: str) -> ApiError:
    return ApiError("DependencyViolation", message)


class NetworkOperations:
    """Overrides of moto's VPC, subnet, gateway and endpoint backends."""

    def delete_vpc(self, vpc_id: str) -> Any:
        self.get_vpc(vpc_id)  # type: ignore[attr-defined]
        gateways = [each for each in self.internet_gateways.values() if each.vpc and each.vpc.id == vpc_id]  # type: ignore[attr-defined]
        groups = [each for each in self.groups[vpc_id].values() if each.name != "default"]  # type: ignore[attr-defined]
        endpoints = [each for each in self.vpc_end_points.values() if each.vpc_id == vpc_id and each.state != "deleted"]  # type: ignore[attr-defined]
        if gateways or groups or endpoints:
            raise dependency(f"The vpc '{vpc_id}' has dependencies and cannot be deleted.")
        return super().delete_vpc(vpc_id)  # type: ignore[misc]

    def create_subnet(self, vpc_id: str, cidr_block: str, *args: Any, **kwargs: Any) -> Any:
        zone = kwargs.get("availability_zone") or (args[1] if len(args) > 1 else None)
        if zone:
            self.zone_must_exist(zone)  # type: ignore[attr-defined]
        return super().create_subnet(vpc_id, cidr_block, *args, **kwargs)  # type: ignore[misc]

    def delete_subnet(self, subnet_id: str) -> Any:
        if any(interface.subnet.id == subnet_id for interface in self.enis.values()):  # type: ignore[attr-defined]
            raise dependency(f"The subnet '{subnet_id}' has dependencies and cannot be deleted.")
        subnet = super().delete_subnet(subnet_id)  # type: ignore[misc]
        for table in self.route_tables.values():  # type: ignore[attr-defined]
            for association_id, association in list(table._associations.items()):
                if getattr(association, "subnet_id", association) == subnet_id:
                    del table._associations[association_id]
        self.forget_tags(subnet_id)  # type: ignore[attr-defined]
        return subnet

    def detach_internet_gateway(self, internet_gateway_id: str, vpc_id: str) -> None:
        if any(interface.public_ip for interface in self.enis.values() if interface.vpc_id == vpc_id):  # type: ignore[attr-defined]
            raise dependency(
                f"Network {vpc_id} has some mapped public address(es). Please unmap those public address(es) before detaching the gateway."
            )
        super().detach_internet_gateway(internet_gateway_id, vpc_id)  # type: ignore[misc]

    def attach_internet_gateway(self, internet_gateway_id: str, vpc_id: str) -> Any:
        if any(each.vpc and each.vpc.id == vpc_id for each in self.internet_gateways.values()):  # type: ignore[attr-defined]
            raise ApiError("Resource.AlreadyAssociated", f"resource {vpc_id} already has an internet gateway attached")
        return super().attach_internet_gateway(internet_gateway_id, vpc_id)  # type: ignore[misc]

    def create_vpc_endpoint(
        self,
        vpc_id: str,
        service_name: str,
        endpoint_type: str | None,
        policy_document: str | None,
        route_table_ids: list[str],
        subnet_ids: list[str] | None = None,
        network_interface_ids: list[str] | None = None,
        dns_entries: dict[str, str] | None = None,
        client_token: str | None = None,
        security_group_ids: list[str] | None = None,
        tags: dict[str, str] | None = None,
        private_dns_enabled: bool | None = None,
    ) -> VPCEndPoint:
        region = self.region_name  # type: ignore[attr-defined]
        service = re.fullmatch(rf"com\.amazonaws\.{region}\.(\w+)", service_name or "")
        endpoint_type = endpoint_type or "Gateway"
        if not service or service[1] not in ENDPOINT_SERVICES or (endpoint_type == "Gateway" and service[1] not in GATEWAY_SERVICES):
            raise ApiError("InvalidServiceName", f"The Vpc Endpoint Service '{service_name}' does not exist")
        vpc = self.get_vpc(vpc_id)  # type: ignore[attr-defined]
        for table_id in route_table_ids or []:
            self.get_route_table(table_id)  # type: ignore[attr-defined]
        interface = endpoint_type == "Interface"
        if interface and private_dns_enabled is not False and not (vpc.enable_dns_support and vpc.enable_dns_hostnames):
            raise ApiError(
                "InvalidParameter",
                f"Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true for {vpc_id}",
            )
        interfaces = [
            self.create_network_interface(subnet_id, group_ids=security_group_ids, description="VPC Endpoint Interface")  # type: ignore[attr-defined]
            for subnet_id in (subnet_ids or [] if interface else [])
        ]
        # the interfaces are made here with real addresses and groups: moto would take a random address outside of the VPC
        endpoint = super().create_vpc_endpoint(  # type: ignore[misc]
            vpc_id,
            service_name,
            endpoint_type,
            policy_document,
            route_table_ids,
            None if interface else subnet_ids,
            None,
            dns_entries,
            client_token,
            security_group_ids,
            tags,
            private_dns_enabled,
        )
        if interface:
            endpoint.subnet_ids = subnet_ids or []
            endpoint.network_interface_ids = [each.id for each in interfaces]
            for each in interfaces:
                each.owned_by = endpoint.id
                each.requester_managed = True
                each.interface_type = "vpc_endpoint"
                each.status = "in-use"
        return endpoint

    def delete_vpc_endpoints(self, vpce_ids: list[str] | None = None) -> None:
        for endpoint_id in vpce_ids or []:
            endpoint = self.vpc_end_points.get(endpoint_id)  # type: ignore[attr-defined]
            if endpoint is None:
                raise ApiError("InvalidVpcEndpointId.NotFound", f"The Vpc Endpoint Id '{endpoint_id}' does not exist")
            for interface_id in endpoint.network_interface_ids or []:
                if interface_id in self.enis:  # type: ignore[attr-defined]
                    self.drop_interface(self.enis[interface_id])  # type: ignore[attr-defined]
            endpoint.network_interface_ids = []
            super().delete_vpc_endpoints([endpoint_id])  # type: ignore[misc]
            # EC2 stops showing it after a while; at once here, or a caller that waits for "not found" would wait for ever
            self.vpc_end_points.pop(endpoint_id, None)  # type: ignore[attr-defined]
            self.forget_tags(endpoint_id)  # type: ignore[attr-defined]

    def import_key_pair(self, key_name: str, public_key_material: bytes, tags: dict[str, str]) -> Any:
        material = public_key_material.decode("utf-8", "replace").strip()
        if not re.fullmatch(r"(ssh-rsa|ssh-ed25519) [A-Za-z0-9+/]+=*( .*)?", material):
            raise InvalidKeyPairFormatError()
        return super().import_key_pair(key_name, public_key_material, tags)  # type: ignore[misc]
