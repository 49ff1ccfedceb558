"""EC2 actions whose requests moto reads only in part. All others are moto's own, over the backend of cloud.py."""

from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.ec2 import utils
from moto.ec2.responses import EC2Response
from moto.ec2.utils import parse_user_data

from .credentials import caller_of
from .errors import ApiError, refuse_others, unsupported
from .launch import check_template_data, merge_tags, template_version

# moto knows only some of the filters of DescribeInstances; the others raise, they are never ignored
utils.filter_dict_attribute_mapping.update(
    {
        "network-interface.network-interface-id": "network_interfaces.id",
        "network-interface.addresses.private-ip-address": "private_ip",
        "network-interface.subnet-id": "subnet_id",
        "network-interface.vpc-id": "vpc_id",
        "network-interface.group-id": "security_groups.id",
        "reservation-id": "reservation_id",
        "client-token": "client_token",
        "root-device-type": "root_device_type",
        "block-device-mapping.volume-id": "volumes.id",
    }
)


class Ec2Api(EC2Response):
    def plain(self) -> dict[str, Any]:
        return {key: value for key, value in self._get_params().items() if value is not None}

    # instances

    def run_instances(self) -> ActionResult:
        request = self.plain()
        if "UserData" in request:
            request["UserData"] = parse_user_data(request["UserData"])
        self.error_on_dryrun()
        reservation = self.ec2_backend.launch(request)
        caller = caller_of(self.headers)
        for instance in reservation.instances if caller else ():
            instance.end_without_keys(caller.names, caller.documents())
        return ActionResult(reservation)

    def terminate_instances(self) -> ActionResult:
        self.error_on_dryrun()
        changed = self.ec2_backend.terminate_instances(self._get_param("InstanceIds", []))
        return ActionResult({"TerminatingInstances": [self.change(instance, before) for instance, before in changed]})

    def stop_instances(self) -> ActionResult:
        if self._get_param("Hibernate"):
            raise unsupported("Hibernate")
        self.error_on_dryrun()
        changed = self.ec2_backend.stop_instances(self._get_param("InstanceIds", []))
        return ActionResult({"StoppingInstances": [self.change(instance, before) for instance, before in changed]})

    def start_instances(self) -> ActionResult:
        self.error_on_dryrun()
        changed = self.ec2_backend.start_instances(self._get_param("InstanceIds", []))
        return ActionResult({"StartingInstances": [self.change(instance, before) for instance, before in changed]})

    def change(self, instance: Any, before: Any) -> dict[str, Any]:
        return {"InstanceId": instance.id, "CurrentState": instance.instance_state, "PreviousState": before}

    def modify_instance_attribute(self) -> ActionResult:
        behavior = self._get_param("InstanceInitiatedShutdownBehavior.Value")
        if behavior:
            self.ec2_backend.modify_instance_attribute(
                self._get_param("InstanceId"), "instance_initiated_shutdown_behavior", behavior
            )
            return EmptyResult()
        return super().modify_instance_attribute()

    def monitor_instances(self) -> ActionResult:
        return self.set_monitoring("enabled")

    def unmonitor_instances(self) -> ActionResult:
        return self.set_monitoring("disabled")

    def set_monitoring(self, state: str) -> ActionResult:
        instances = self.ec2_backend.get_multi_instances_by_id(self._get_param("InstanceIds", []))
        for instance in instances:
            instance.monitoring_state = state
        return ActionResult(
            {
                "InstanceMonitorings": [
                    {"InstanceId": instance.id, "Monitoring": {"State": state}} for instance in instances
                ]
            }
        )

    def describe_instance_credit_specifications(self) -> ActionResult:
        instances = self.ec2_backend.get_multi_instances_by_id(self._get_param("InstanceIds", []))
        return ActionResult(
            {
                "InstanceCreditSpecifications": [
                    {"InstanceId": instance.id, "CpuCredits": instance.cpu_credits} for instance in instances
                ]
            }
        )

    def modify_instance_credit_specification(self) -> ActionResult:
        changed = []
        for each in self._get_param("InstanceCreditSpecifications", []):
            self.ec2_backend.get_instance(each["InstanceId"]).cpu_credits = each["CpuCredits"]
            changed.append({"InstanceId": each["InstanceId"]})
        return ActionResult(
            {"SuccessfulInstanceCreditSpecifications": changed, "UnsuccessfulInstanceCreditSpecifications": []}
        )

    # images

    def describe_images(self) -> ActionResult:
        self.error_on_dryrun()
        images = self.ec2_backend.describe_images(
            ami_ids=self._get_param("ImageIds", []),
            filters=self._filters_from_querystring(),
            exec_users=self._get_param("ExecutableUsers", []),
            owners=self._get_param("Owners", []),
            include_deprecated=self._get_bool_param("IncludeDeprecated", False),
        )
        return ActionResult({"Images": images})

    # launch templates

    def create_launch_template(self) -> ActionResult:
        request = self.plain()
        refuse_others(
            request,
            {
                "LaunchTemplateName",
                "VersionDescription",
                "LaunchTemplateData",
                "TagSpecifications",
                "ClientToken",
                "DryRun",
            },
            "CreateLaunchTemplate",
        )
        data = self.template_data()
        self.error_on_dryrun()
        tags = merge_tags(request.get("TagSpecifications"))
        template = self.ec2_backend.create_launch_template(
            request["LaunchTemplateName"], request.get("VersionDescription"), data, tags
        )
        return ActionResult({"LaunchTemplate": self.template(template)})

    def create_launch_template_version(self) -> ActionResult:
        request = self.plain()
        refuse_others(
            request,
            {
                "LaunchTemplateId",
                "LaunchTemplateName",
                "SourceVersion",
                "VersionDescription",
                "LaunchTemplateData",
                "ClientToken",
                "DryRun",
            },
            "CreateLaunchTemplateVersion",
        )
        reference = {
            "LaunchTemplateId": request.get("LaunchTemplateId"),
            "LaunchTemplateName": request.get("LaunchTemplateName"),
        }
        source = template_version(self.ec2_backend, {**reference, "Version": request.get("SourceVersion")})
        data = self.template_data()
        if request.get("SourceVersion"):
            data = {**source.data, **data}
        self.error_on_dryrun()
        version = source.template.create_version(data, request.get("VersionDescription"))
        return ActionResult({"LaunchTemplateVersion": self.version(version)})

    def template_data(self) -> dict[str, Any]:
        data = {key: value for key, value in (self._get_param("LaunchTemplateData") or {}).items() if value is not None}
        check_template_data(data)
        if "UserData" in data:
            data["UserData"] = parse_user_data(data["UserData"])
        return data

    def describe_launch_templates(self) -> ActionResult:
        names, ids = self._get_param("LaunchTemplateNames", []), self._get_param("LaunchTemplateIds", [])
        for template_id in ids:
            self.ec2_backend.get_launch_template(template_id)
        for name in names:
            self.ec2_backend.get_launch_template_by_name(name)
        found = self.ec2_backend.describe_launch_templates(
            template_names=names, template_ids=ids, filters=self._filters_from_querystring()
        )
        return ActionResult({"LaunchTemplates": [self.template(template) for template in found]})

    def describe_launch_template_versions(self) -> ActionResult:
        if self._get_param("Filters", []):
            raise unsupported("filters of DescribeLaunchTemplateVersions")
        name, template_id = self._get_param("LaunchTemplateName"), self._get_param("LaunchTemplateId")
        wanted = [str(version) for version in self._get_param("Versions", [])]
        reference = {"LaunchTemplateId": template_id, "LaunchTemplateName": name}
        if wanted:
            versions = [template_version(self.ec2_backend, {**reference, "Version": version}) for version in wanted]
        else:
            low, high = int(self._get_param("MinVersion") or 1), int(self._get_param("MaxVersion") or 10**9)
            versions = [
                version
                for version in template_version(self.ec2_backend, reference).template.versions
                if low <= version.number <= high
            ]
        return ActionResult({"LaunchTemplateVersions": [self.version(version) for version in versions]})

    def delete_launch_template(self) -> ActionResult:
        template = template_version(
            self.ec2_backend,
            {
                "LaunchTemplateId": self._get_param("LaunchTemplateId"),
                "LaunchTemplateName": self._get_param("LaunchTemplateName"),
            },
        ).template
        self.error_on_dryrun()
        described = self.template(template)
        self.ec2_backend.delete_launch_template(template.name, None)
        self.ec2_backend.forget_tags(template.id)
        return ActionResult({"LaunchTemplate": described})

    def template(self, template: Any) -> dict[str, Any]:
        return {
            "CreateTime": template.create_time,
            "CreatedBy": f"arn:{self.partition}:iam::{self.current_account}:root",
            "DefaultVersionNumber": template.default_version_number,
            "LatestVersionNumber": template.latest_version_number,
            "LaunchTemplateId": template.id,
            "LaunchTemplateName": template.name,
            "Tags": template.get_tags(),
        }

    def version(self, version: Any) -> dict[str, Any]:
        return {
            "CreateTime": version.create_time,
            "CreatedBy": f"arn:{self.partition}:iam::{self.current_account}:root",
            "DefaultVersion": version.template.is_default(version),
            "LaunchTemplateData": version.data,
            "LaunchTemplateId": version.template.id,
            "LaunchTemplateName": version.template.name,
            "VersionDescription": version.description,
            "VersionNumber": version.number,
        }

    # volumes

    def create_volume(self) -> ActionResult:
        known = {
            "Size", "AvailabilityZone", "SnapshotId", "VolumeType", "TagSpecifications", "Encrypted", "KmsKeyId",
            "Iops", "Throughput", "MultiAttachEnabled", "ClientToken", "DryRun",
        }  # fmt: skip
        refuse_others(self.plain(), known, "CreateVolume")
        return super().create_volume()

    def detach_volume(self) -> ActionResult:
        if self._get_param("Force"):
            raise unsupported("Force of DetachVolume (it can corrupt the filesystem; stop or terminate the instance)")
        return super().detach_volume()

    # interfaces and security groups

    def create_network_interface(self) -> ActionResult:
        known = {
            "SubnetId", "PrivateIpAddress", "PrivateIpAddresses", "Groups", "Description", "TagSpecifications",
            "ClientToken", "DryRun", "Ipv6Addresses", "Ipv6AddressCount", "SecondaryPrivateIpAddressCount",
        }  # fmt: skip
        refuse_others(
            {**self.plain(), "InterfaceType": self._get_param("InterfaceType") not in (None, "interface") or None},
            known,
            "CreateNetworkInterface",
        )
        return super().create_network_interface()

    def create_vpc_endpoint(self) -> ActionResult:
        request = self.plain()
        known = {
            "VpcId", "ServiceName", "RouteTableIds", "SubnetIds", "VpcEndpointType", "PolicyDocument",
            "ClientToken", "PrivateDnsEnabled", "SecurityGroupIds", "TagSpecifications", "SubnetConfigurations",
            "DryRun",
        }  # fmt: skip
        refuse_others(request, known, "CreateVpcEndpoint")
        subnet_ids, addresses = list(request.get("SubnetIds") or []), {}
        for each in request.get("SubnetConfigurations") or []:
            refuse_others(each, {"SubnetId", "Ipv4"}, "SubnetConfigurations")
            if each["SubnetId"] not in subnet_ids:
                raise ApiError(
                    "InvalidParameter", f"SubnetConfigurations names {each['SubnetId']}, which is not in SubnetIds"
                )
            addresses[each["SubnetId"]] = each.get("Ipv4")
        self.error_on_dryrun()
        endpoint = self.ec2_backend.create_vpc_endpoint(
            vpc_id=request["VpcId"],
            service_name=request.get("ServiceName"),
            endpoint_type=request.get("VpcEndpointType"),
            policy_document=request.get("PolicyDocument"),
            route_table_ids=list(request.get("RouteTableIds") or []),
            subnet_ids=subnet_ids,
            client_token=request.get("ClientToken"),
            security_group_ids=list(request.get("SecurityGroupIds") or []),
            tags=merge_tags(request.get("TagSpecifications")).get("vpc-endpoint"),
            private_dns_enabled=request.get("PrivateDnsEnabled", True),
            addresses=addresses,
        )
        return ActionResult({"VpcEndpoint": endpoint})

    def modify_vpc_endpoint(self) -> ActionResult:
        refuse_others(
            self.plain(),
            {
                "VpcEndpointId",
                "AddRouteTableIds",
                "RemoveRouteTableIds",
                "PolicyDocument",
                "AddSecurityGroupIds",
                "RemoveSecurityGroupIds",
                "DryRun",
            },
            "ModifyVpcEndpoint",
        )
        return super().modify_vpc_endpoint()

    def authorize_security_group_ingress(self) -> ActionResult:
        return self.authorize(self.ec2_backend.authorize_security_group_ingress)

    def authorize_security_group_egress(self) -> ActionResult:
        return self.authorize(self.ec2_backend.authorize_security_group_egress)

    def authorize(self, add: Any) -> ActionResult:
        self.error_on_dryrun()
        # moto answers only the rules of the last permission
        rules = [rule for kwargs in self._process_rules_from_querystring() for rule in add(**kwargs)[0]]
        return ActionResult({"Return": True, "SecurityGroupRules": rules})

    def get_console_output(self) -> ActionResult:
        # the lab daemon answers it from the machine's console log before a request comes here
        raise ApiError("NotImplemented", "GetConsoleOutput is answered by the lab, not by the emulator")
