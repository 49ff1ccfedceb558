"""Security groups: rules by id, descriptions of every kind of rule, and no deletion while something uses the group."""

import itertools
from typing import Any

from moto.ec2.models.security_groups import SecurityGroupRule

from .errors import ApiError, unsupported


def rule_description(rule: SecurityGroupRule) -> str | None:
    return rule.ip_range.get("Description") or rule.source_group.get("Description")


SecurityGroupRule.description = property(rule_description)


class SecurityGroupOperations:
    """Overrides of moto's security group backend."""

    def all_groups(self) -> list[Any]:
        return list(itertools.chain.from_iterable(groups.values() for groups in self.groups.values()))

    def create_security_group(
        self, name: str, description: str, vpc_id: str | None = None, *args: Any, **kwargs: Any
    ) -> Any:
        if vpc_id:
            self.get_vpc(vpc_id)
        if name.startswith("sg-"):
            raise ApiError(
                "InvalidParameterValue",
                "Value (" + name + ") for parameter GroupName is invalid. Group names may not be in the format sg-*.",
            )
        return super().create_security_group(name, description, vpc_id, *args, **kwargs)

    def delete_security_group(self, name: str | None = None, group_id: str | None = None) -> None:
        group = self.get_security_group_from_id(group_id) if group_id else self.get_security_group_by_name_or_id(name)
        if group is None:
            raise ApiError("InvalidGroup.NotFound", f"The security group '{group_id or name}' does not exist")
        # the default group goes with its VPC: then nothing uses it any more and this is not reached by name
        if any(group in interface.group_set for interface in self.enis.values()):
            raise ApiError("DependencyViolation", f"resource {group.id} has a dependent object")
        for other in self.all_groups():
            if other is not group and any(
                rule.source_group.get("GroupId") == group.id for rule in other.ingress_rules + other.egress_rules
            ):
                raise ApiError("DependencyViolation", f"resource {group.id} has a dependent object")
        for rule in group.ingress_rules + group.egress_rules:
            self.forget_tags(rule.id)
        self.forget_tags(group.id)
        super().delete_security_group(group_id=group.id)

    def authorize(self, direction: str, **kwargs: Any) -> Any:
        """moto keeps nothing of a protocol number and nothing of a wrong port range: check first, as EC2 does."""
        protocol, low, high = str(kwargs.get("ip_protocol") or "-1"), kwargs.get("from_port"), kwargs.get("to_port")
        if kwargs.get("prefix_list_ids"):
            known = {each.id for each in self.managed_prefix_lists.values()}
            for each in kwargs["prefix_list_ids"]:
                if each["PrefixListId"] not in known:
                    raise ApiError(
                        "InvalidPrefixListID.NotFound", f"The prefix list ID '{each['PrefixListId']}' does not exist"
                    )
        if protocol in ("tcp", "udp", "6", "17"):
            if low is None or high is None:
                raise ApiError(
                    "InvalidParameterValue",
                    "Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange.",
                )
            if not 0 <= int(low) <= int(high) <= 65535:
                raise ApiError("InvalidParameterValue", f"Invalid TCP/UDP port range ({low}:{high})")
        if not (kwargs.get("ip_ranges") or kwargs.get("source_groups") or kwargs.get("prefix_list_ids")):
            raise ApiError("MissingParameter", "The request must contain a source: CIDR, security group or prefix list")
        group = self.get_security_group_by_name_or_id(kwargs["group_name_or_id"], kwargs.get("vpc_id"))
        for pair in kwargs.get("source_groups") or []:
            other = self.get_security_group_from_id(pair.get("GroupId", ""))
            if group and other and other.vpc_id != group.vpc_id:
                raise ApiError(
                    "InvalidGroup.NotFound",
                    f"You have specified two resources that belong to different networks: {group.id}, {other.id}",
                )
        return getattr(super(), f"authorize_security_group_{direction}")(**kwargs)

    def authorize_security_group_ingress(self, **kwargs: Any) -> Any:
        return self.authorize("ingress", **kwargs)

    def authorize_security_group_egress(self, **kwargs: Any) -> Any:
        return self.authorize("egress", **kwargs)

    def must_have_rules(self, direction: str, **kwargs: Any) -> None:
        group = self.get_security_group_by_name_or_id(kwargs["group_name_or_id"], kwargs.get("vpc_id"))
        if group is None:
            raise ApiError("InvalidGroup.NotFound", f"The security group '{kwargs['group_name_or_id']}' does not exist")
        ids = {rule.id for rule in (group.ingress_rules if direction == "ingress" else group.egress_rules)}
        for rule_id in kwargs.get("security_rule_ids") or []:
            if rule_id not in ids:
                raise ApiError(
                    "InvalidSecurityGroupRuleId.NotFound", f"The security group rule ID '{rule_id}' does not exist"
                )
            self.forget_tags(rule_id)

    def revoke_security_group_ingress(self, **kwargs: Any) -> None:
        self.must_have_rules("ingress", **kwargs)
        super().revoke_security_group_ingress(**kwargs)

    def revoke_security_group_egress(self, **kwargs: Any) -> None:
        self.must_have_rules("egress", **kwargs)
        super().revoke_security_group_egress(**kwargs)

    def describe_security_group_rules(self, sg_rule_ids: list[str], filters: dict[str, list[str]]) -> list[Any]:
        for name in filters:
            if name not in ("group-id", "security-group-rule-id", "tag-key") and not name.startswith("tag:"):
                raise unsupported(f"filter {name} of DescribeSecurityGroupRules")
        return super().describe_security_group_rules(sg_rule_ids, filters)
