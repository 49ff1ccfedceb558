"""VPC parts: what is still in use can't be deleted, and what belongs together must fit together."""

import re
from typing import Any

from moto.ec2.exceptions import InvalidKeyPairFormatError
from moto.ec2.models.vpcs import VPCEndPoint

from .errors import ApiError

ENDPOINT_SERVICES = (
    "s3",
    "dynamodb",
    "ec2",
    "ec2messages",
    "ssm",
    "ssmmessages",
    "autoscaling",
    "sts",
    "logs",
    "monitoring",
    "kms",
)
GATEWAY_SERVICES = ("s3", "dynamodb")
# what the prefix list of S3 holds: where the lab serves it (lab/runtime/names.ts)
S3_BLOCK = "198.51.100.4/31"


def endpoint_types(service_name: str) -> list[str]:
    gateway = service_name.rpartition(".")[2] in GATEWAY_SERVICES
    return ["Gateway", "Interface"] if gateway else ["Interface"]


def dependency(message: str) -> ApiError:
    return ApiError("DependencyViolation", message)


class NetworkOperations:
    """Overrides of moto's VPC, subnet, gateway and endpoint backends."""

    def _create_aws_managed_prefix_list(self, name: str, address_family: str, entries: list[dict[str, str]]) -> None:
        if name.endswith(".s3"):
            entries = [{"Cidr": S3_BLOCK, "Description": "default"}]
        super()._create_aws_managed_prefix_list(name, address_family, entries)

    def create_vpc(self, *args: Any, **kwargs: Any) -> Any:
        """A new VPC has the region's default DHCP options, which name AWS's own resolver; moto gives it none."""
        vpc = super().create_vpc(*args, **kwargs)
        self.associate_dhcp_options(self.create_dhcp_options(["AmazonProvidedDNS"], "ec2.internal"), vpc)
        return vpc

    def delete_vpc(self, vpc_id: str) -> Any:
        self.get_vpc(vpc_id)
        gateways = [each for each in self.internet_gateways.values() if each.vpc and each.vpc.id == vpc_id]
        groups = [each for each in self.groups[vpc_id].values() if each.name != "default"]
        endpoints = [each for each in self.vpc_end_points.values() if each.vpc_id == vpc_id and each.state != "deleted"]
        if gateways or groups or endpoints:
            raise dependency(f"The vpc '{vpc_id}' has dependencies and cannot be deleted.")
        return super().delete_vpc(vpc_id)

    def create_subnet(self, vpc_id: str, cidr_block: str, *args: Any, **kwargs: Any) -> Any:
        zone = kwargs.get("availability_zone") or (args[1] if len(args) > 1 else None)
        if zone:
            self.zone_must_exist(zone)
        return super().create_subnet(vpc_id, cidr_block, *args, **kwargs)

    def delete_subnet(self, subnet_id: str) -> Any:
        if any(interface.subnet.id == subnet_id for interface in self.enis.values()):
            raise dependency(f"The subnet '{subnet_id}' has dependencies and cannot be deleted.")
        subnet = super().delete_subnet(subnet_id)
        for table in self.route_tables.values():
            for association_id, association in list(table._associations.items()):
                if getattr(association, "subnet_id", association) == subnet_id:
                    del table._associations[association_id]
        self.forget_tags(subnet_id)
        return subnet

    def detach_internet_gateway(self, internet_gateway_id: str, vpc_id: str) -> None:
        if any(interface.public_ip for interface in self.enis.values() if interface.vpc_id == vpc_id):
            raise dependency(
                f"Network {vpc_id} has some mapped public address(es). Please unmap those public "
                "address(es) before detaching the gateway."
            )
        super().detach_internet_gateway(internet_gateway_id, vpc_id)

    def attach_internet_gateway(self, internet_gateway_id: str, vpc_id: str) -> Any:
        if any(each.vpc and each.vpc.id == vpc_id for each in self.internet_gateways.values()):
            raise ApiError("Resource.AlreadyAssociated", f"resource {vpc_id} already has an internet gateway attached")
        return super().attach_internet_gateway(internet_gateway_id, vpc_id)

    def describe_vpc_endpoint_services(self, service_names: list[str], **_: Any) -> dict[str, Any]:
        """moto would load all of its services, and what they need, to list them."""
        known = [f"com.amazonaws.{self.region_name}.{service}" for service in ENDPOINT_SERVICES]
        unknown = [name for name in service_names if name not in known]
        if unknown:
            raise ApiError("InvalidServiceName", f"The Vpc Endpoint Service '{unknown[0]}' does not exist")
        details = [
            {
                "ServiceName": name,
                "ServiceId": f"vpce-svc-{index:017x}",
                "ServiceType": [{"ServiceType": kind} for kind in endpoint_types(name)],
                "AvailabilityZones": [zone.name for zone in self.zones_here()],
                "Owner": "amazon",
                "BaseEndpointDnsNames": [".".join(reversed(name.split(".")))],
                "VpcEndpointPolicySupported": True,
                "AcceptanceRequired": False,
                "ManagesVpcEndpoints": False,
            }
            for index, name in enumerate(known)
            if name in (service_names or known)
        ]
        return {"serviceNames": service_names or known, "servicesDetails": details, "nextToken": None}

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
        addresses: dict[str, str] | None = None,
    ) -> VPCEndPoint:
        """`addresses`: the private address that the endpoint shall have, by subnet."""
        region = self.region_name
        endpoint_type = endpoint_type or "Gateway"
        named = (service_name or "").removeprefix(f"com.amazonaws.{region}.")
        if named == service_name or named not in ENDPOINT_SERVICES or endpoint_type not in endpoint_types(service_name):
            raise ApiError("InvalidServiceName", f"The Vpc Endpoint Service '{service_name}' does not exist")
        vpc = self.get_vpc(vpc_id)
        for table_id in route_table_ids or []:
            self.get_route_table(table_id)
        interface = endpoint_type == "Interface"
        if interface and private_dns_enabled is not False and not (vpc.enable_dns_support and vpc.enable_dns_hostnames):
            raise ApiError(
                "InvalidParameter",
                "Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC "
                f"attributes set to true for {vpc_id}",
            )
        public_name = f"{named}.{region}.amazonaws.com"
        if interface and private_dns_enabled is not False:
            if any(self.captures(each, vpc_id, service_name) for each in self.vpc_end_points.values()):
                raise ApiError(
                    "InvalidParameter",
                    "private-dns-enabled cannot be set because there is already a conflicting DNS domain for "
                    f"{public_name} in the VPC {vpc_id}",
                )
        interfaces = [
            self.create_network_interface(
                subnet_id,
                (addresses or {}).get(subnet_id),
                group_ids=security_group_ids,
                description="VPC Endpoint Interface",
            )
            for subnet_id in (subnet_ids or [] if interface else [])
        ]
        # the interfaces are made here with real addresses and groups: moto would take a random address outside of
        # the VPC
        endpoint = super().create_vpc_endpoint(
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
            # a name for all of its zones, one for each, and with private DNS the service's own
            base = endpoint.dns_entries[0]["dns_name"].split(".")[0]
            zones = [self.get_subnet(subnet_id).availability_zone for subnet_id in endpoint.subnet_ids]
            labels = [base, *(f"{base}-{zone}" for zone in zones)]
            names = [f"{label}.{named}.{region}.vpce.amazonaws.com" for label in labels]
            if private_dns_enabled is not False:
                names.append(public_name)
            zone_id = endpoint.dns_entries[0]["hosted_zone_id"]
            endpoint.dns_entries = [{"dns_name": name, "hosted_zone_id": zone_id} for name in names]
            for each in interfaces:
                each.owned_by = endpoint.id
                each.requester_managed = True
                each.interface_type = "vpc_endpoint"
                each.status = "in-use"
        return endpoint

    def captures(self, endpoint: VPCEndPoint, vpc_id: str, service_name: str) -> bool:
        """Whether the endpoint answers for the service's own name in the VPC."""
        return (
            endpoint.vpc_id == vpc_id
            and endpoint.service_name == service_name
            and endpoint.vpc_endpoint_type == "Interface"
            and endpoint.private_dns_enabled is not False
            and endpoint.state != "deleted"
        )

    def delete_vpc_endpoints(self, vpce_ids: list[str] | None = None) -> None:
        for endpoint_id in vpce_ids or []:
            endpoint = self.vpc_end_points.get(endpoint_id)
            if endpoint is None:
                raise ApiError("InvalidVpcEndpointId.NotFound", f"The Vpc Endpoint Id '{endpoint_id}' does not exist")
            for interface_id in endpoint.network_interface_ids or []:
                if interface_id in self.enis:
                    self.drop_interface(self.enis[interface_id])
            endpoint.network_interface_ids = []
            self.drop_endpoint_routes(endpoint, endpoint.route_table_ids or [])
            endpoint.route_table_ids = []
            super().delete_vpc_endpoints([endpoint_id])
            # EC2 stops showing it after a while; at once here, or a caller that waits for "not found" would wait
            # for ever
            self.vpc_end_points.pop(endpoint_id, None)
            self.forget_tags(endpoint_id)

    def drop_endpoint_routes(self, endpoint: VPCEndPoint, table_ids: list[str]) -> None:
        prefix_list = endpoint.destination_prefix_list_id
        for table_id in table_ids:
            table = self.route_tables.get(table_id)
            # the table, or the route in it, may have been deleted since
            if (
                table
                and prefix_list
                and any(route.destination_prefix_list_id == prefix_list for route in table._routes.values())
            ):
                self.delete_route(table_id, prefix_list)

    def modify_vpc_endpoint(self, vpc_id: str, *args: Any, **kwargs: Any) -> None:
        """moto changes the list of route tables but not their routes. (`vpc_id` is the id of the endpoint.)"""
        endpoint = self.vpc_end_points.get(vpc_id)
        if endpoint is None:
            raise ApiError("InvalidVpcEndpointId.NotFound", f"The Vpc Endpoint Id '{vpc_id}' does not exist")
        before = set(endpoint.route_table_ids or [])
        for table_id in kwargs.get("add_route_tables") or []:
            self.get_route_table(table_id)
        super().modify_vpc_endpoint(vpc_id, *args, **kwargs)
        after = set(endpoint.route_table_ids or [])
        self.drop_endpoint_routes(endpoint, sorted(before - after))
        for table_id in sorted(after - before):
            self.create_route(
                table_id, None, gateway_id=vpc_id, destination_prefix_list_id=endpoint.destination_prefix_list_id
            )
        for interface_id in endpoint.network_interface_ids or []:
            self.enis[interface_id]._group_set = self.groups_in_vpc(endpoint.security_group_ids, endpoint.vpc_id)

    def import_key_pair(self, key_name: str, public_key_material: bytes, tags: dict[str, str]) -> Any:
        material = public_key_material.decode("utf-8", "replace").strip()
        if not re.fullmatch(r"(ssh-rsa|ssh-ed25519) [A-Za-z0-9+/]+=*( .*)?", material):
            raise InvalidKeyPairFormatError()
        return super().import_key_pair(key_name, public_key_material, tags)
