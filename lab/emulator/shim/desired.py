"""The one document from which the lab daemon knows what machines, disks, rules and names there should be."""

from typing import Any

from moto.ec2.models.instance_types import INSTANCE_TYPES
from moto.route53.models import route53_backends

from . import ACCOUNT_ID
from .cloud import all_ec2_backends
from .credentials import NoCredentials, role_of
from .world import world


def desired() -> dict[str, Any]:
    backends = list(all_ec2_backends())
    instances = [
        instance
        for backend in backends
        for reservation in backend.reservations.values()
        for instance in reservation.instances
        if instance.state != "terminated"
    ]
    used_vpcs = {nic.vpc_id for instance in instances for nic in instance.nics.values()}
    vpcs = [
        vpc
        for backend in backends
        for vpc in backend.vpcs.values()
        if vpc.id in used_vpcs or vpc is not backend.default_vpc
    ]
    vpc_ids = {vpc.id for vpc in vpcs}
    return {
        "generation": world.generation,
        "region": world.region,
        "accountId": ACCOUNT_ID,
        "instances": [describe_instance(instance) for instance in instances],
        "volumes": [
            describe_volume(volume) for backend in backends for volume in backend.volumes.values() if not volume.is_root
        ],
        "vpcs": [{"id": vpc.id, "cidrs": cidrs(vpc)} for vpc in vpcs],
        "securityGroups": [
            describe_group(group, backend)
            for backend in backends
            for group in backend.all_groups()
            if group.vpc_id in vpc_ids
        ],
        "endpoints": [
            describe_endpoint(endpoint, backend)
            for backend in backends
            for endpoint in backend.vpc_end_points.values()
            if endpoint.vpc_endpoint_type == "Interface"
        ],
        "dns": [describe_zone(zone) for zone in route53_backends[ACCOUNT_ID]["aws"].zones.values()],
    }


def cidrs(vpc: Any) -> list[str]:
    return [each["cidr_block"] for each in vpc.get_cidr_block_association_set()]


def wanted(state: str) -> str:
    return {"shutting-down": "gone", "stopping": "stopped", "stopped": "stopped"}.get(state, "running")


def describe_instance(instance: Any) -> dict[str, Any]:
    backend, options = instance.ec2_backend, instance.metadata_options
    key = backend.key_pairs.get(instance.key_name) if instance.key_name else None
    public_key = key.material_public if key else None
    try:
        role_name = role_of(instance).name
    except NoCredentials:
        role_name = None
    return {
        "id": instance.id,
        "state": instance.state,
        "wanted": wanted(instance.state),
        "boot": instance.boot,
        "imageId": instance.image_id,
        "instanceType": instance.instance_type,
        "memoryMiB": INSTANCE_TYPES[instance.instance_type]["MemoryInfo"]["SizeInMiB"],
        "architecture": instance.architecture,
        "zone": instance.zone,
        "launchTime": instance.launch_time.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "reservationId": instance.reservation_id,
        "launchIndex": instance.ami_launch_index,
        "userData": str(instance.user_data) if instance.user_data else None,
        "keyName": instance.key_name,
        "publicKey": public_key.decode() if isinstance(public_key, bytes) else public_key,
        "profileArn": instance.profile.arn if instance.profile else None,
        "profileId": instance.profile.id if instance.profile else None,
        "roleName": role_name,
        "metadataOptions": {
            "httpEndpoint": options.http_endpoint,
            "httpTokens": options.http_tokens,
            "hopLimit": options.http_put_response_hop_limit,
            "instanceTags": options.instance_metadata_tags,
        },
        "shutdownBehavior": instance.instance_initiated_shutdown_behavior,
        "interfaces": [describe_interface(nic) for nic in instance.nics.values()],
        "tags": dict(backend.tags_of(instance.id)),
    }


def describe_interface(nic: Any) -> dict[str, Any]:
    return {
        "id": nic.id,
        "deviceIndex": nic.device_index,
        "mac": nic.mac_address,
        "privateIp": nic.private_ip_address,
        "subnetId": nic.subnet.id,
        "subnetCidr": nic.subnet.cidr_block,
        "vpcId": nic.vpc_id,
        "vpcCidrs": cidrs(nic.ec2_backend.get_vpc(nic.vpc_id)),
        "securityGroupIds": [group.id for group in nic.group_set],
        "publicIp": nic.public_ip,
        "privateDnsName": nic.private_dns_name,
        "routes": [
            {
                "destinations": [route.destination_cidr_block]
                if route.destination_cidr_block
                else prefix_list_cidrs(nic.ec2_backend, route.destination_prefix_list_id),
                "target": route.gateway_id,
            }
            for route in table_of(nic).routes
            if route.gateway_id and route.gateway_id != "local"
        ],
    }


def table_of(nic: Any) -> Any:
    """The route table of the subnet, or the VPC's main one."""
    tables = [table for table in nic.ec2_backend.route_tables.values() if table.vpc_id == nic.vpc_id]
    own = [table for table in tables if nic.subnet.id in table._associations.values()]
    return (own or [table for table in tables if table.main_association_id])[0]


def prefix_list_cidrs(backend: Any, prefix_list_id: str | None) -> list[str]:
    found = backend.managed_prefix_lists.get(prefix_list_id)
    if found is None:
        return []
    newest = max(found.entries, key=lambda version: version or 0)
    return [entry["Cidr"] for entry in found.entries[newest]]


def describe_endpoint(endpoint: Any, backend: Any) -> dict[str, Any]:
    nics = [backend.enis[each] for each in endpoint.network_interface_ids if each in backend.enis]
    return {
        "id": endpoint.id,
        "vpcId": endpoint.vpc_id,
        "vpcCidrs": cidrs(backend.get_vpc(endpoint.vpc_id)),
        # the service's own name is answered in the VPC only, the endpoint's names everywhere
        "names": [each["dns_name"] for each in endpoint.dns_entries],
        "addresses": [nic.private_ip_address for nic in nics],
        "securityGroupIds": [group.id for group in nics[0].group_set] if nics else [],
    }


def describe_volume(volume: Any) -> dict[str, Any]:
    attachment = volume.attachment
    return {
        "id": volume.id,
        "sizeGiB": volume.size,
        "state": volume.status,
        "zone": volume.availability_zone,
        "attachment": (
            {"instanceId": attachment.instance.id, "device": attachment.device, "state": attachment.status}
            if attachment
            else None
        ),
    }


def describe_group(group: Any, backend: Any) -> dict[str, Any]:
    return {
        "id": group.id,
        "name": group.name,
        "vpcId": group.vpc_id,
        "ingress": [describe_rule(rule, backend) for rule in group.ingress_rules],
        "egress": [describe_rule(rule, backend) for rule in group.egress_rules],
    }


def describe_rule(rule: Any, backend: Any) -> dict[str, Any]:
    return {
        "protocol": rule.ip_protocol,
        "fromPort": rule.from_port,
        "toPort": rule.to_port,
        "cidrs": [rule.ip_range["CidrIp"]]
        if rule.ip_range.get("CidrIp")
        else prefix_list_cidrs(backend, rule.prefix_list_id),
        "groupIds": [rule.source_group["GroupId"]] if rule.source_group.get("GroupId") else [],
    }


def describe_zone(zone: Any) -> dict[str, Any]:
    vpcs = zone.vpcs if zone.private_zone else []
    return {
        "zone": zone.name.rstrip("."),
        "vpcIds": [vpc["vpc_id"] for vpc in vpcs],
        "records": [
            {
                "name": record.name.rstrip("."),
                "type": record.type,
                "ttl": int(record.ttl or 0),
                "values": list(record.records),
            }
            for record in zone.rrsets
            if record.type in ("A", "CNAME", "TXT")
        ],
    }
