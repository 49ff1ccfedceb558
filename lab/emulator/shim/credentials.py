"""Who calls. The lab's own key may do all; a user what its policies allow; an instance has short-lived credentials of
its role, as from EC2's metadata service."""

import json
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from moto.iam.models import AccessKey, iam_backends
from moto.sts.models import AssumedRole, sts_backends

from . import ACCOUNT_ID
from .world import now

# the lab's own: what it signs is not held to any policy but a bucket's
OPERATOR_KEY = "test"
# IAM quotas: characters of a managed policy, white space aside, and how many a user may have
POLICY_SIZE = 6144
POLICIES_PER_USER = 10
LIFETIME = timedelta(hours=6)


@dataclass
class RoleCredentials:
    access_key: str
    secret_key: str
    token: str
    expires: datetime
    role_name: str
    instance_id: str

    @property
    def arn(self) -> str:
        return f"arn:aws:sts::{ACCOUNT_ID}:assumed-role/{self.role_name}/{self.instance_id}"

    @property
    def names(self) -> set[str]:
        """By which policies of resources may call it."""
        return {self.arn, f"arn:aws:iam::{ACCOUNT_ID}:role/{self.role_name}"}

    def documents(self) -> list[dict[str, Any]]:
        return policies_of(self.role_name)

    def document(self) -> dict[str, str]:
        return {
            "AccessKeyId": self.access_key,
            "SecretAccessKey": self.secret_key,
            "Token": self.token,
            "Expiration": self.expires.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }


@dataclass
class UserCredentials:
    """A user with lasting keys: the key's id is the user's name, and the secret too."""

    name: str
    policies: list[dict[str, Any]]

    token = ""
    expires = datetime.max

    @property
    def arn(self) -> str:
        return f"arn:aws:iam::{ACCOUNT_ID}:user/{self.name}"

    @property
    def names(self) -> set[str]:
        return {self.arn}

    def documents(self) -> list[dict[str, Any]]:
        return self.policies


Caller = RoleCredentials | UserCredentials
by_key: dict[str, Caller] = {}
latest: dict[str, RoleCredentials] = {}


def caller_of(headers: Any) -> Caller | None:
    """Who signed a request; None is the lab's own key."""
    signed = re.search(r"Credential=([^/,]+)/", headers.get("Authorization", ""))
    return by_key.get(signed[1]) if signed else None


class NoCredentials(Exception):
    """Why an instance gets none; the text is for people."""


def iam() -> Any:
    return iam_backends[ACCOUNT_ID]["aws"]


def role_named(name: str) -> Any:
    return next((each for each in iam().roles.values() if each.name == name), None)


def role_of(instance: Any) -> Any:
    if not instance.profile:
        raise NoCredentials(f"instance {instance.id} has no instance profile")
    profile = next((each for each in iam().instance_profiles.values() if each.arn == instance.profile.arn), None)
    if profile is None or not profile.roles:
        raise NoCredentials(
            f"instance profile {instance.profile.name} of {instance.id} does not exist any more or has no role"
        )
    role = profile.roles[0]
    if not may_be_assumed_by_ec2(role):
        raise NoCredentials(
            f"the trust policy of role {role.name} does not let ec2.amazonaws.com assume it (sts:AssumeRole)"
        )
    return role


def may_be_assumed_by_ec2(role: Any) -> bool:
    statements = json.loads(role.assume_role_policy_document)["Statement"]
    for statement in statements if isinstance(statements, list) else [statements]:
        services = (
            statement.get("Principal", {}).get("Service", []) if isinstance(statement.get("Principal"), dict) else []
        )
        actions = statement.get("Action", [])
        if (
            statement.get("Effect") == "Allow"
            and "ec2.amazonaws.com" in ([services] if isinstance(services, str) else services)
            and "sts:AssumeRole" in ([actions] if isinstance(actions, str) else actions)
        ):
            return True
    return False


def credentials_for(instance: Any) -> RoleCredentials:
    """The same ones until half of their life is over, so that a renewing client gets new ones in time."""
    role = role_of(instance)
    held = latest.get(instance.id)
    if held and held.role_name == role.name and held.expires - now() > LIFETIME / 2:
        return held
    made = RoleCredentials(
        access_key="ASIA" + secrets.token_hex(8).upper(),
        secret_key=secrets.token_urlsafe(30),
        token=secrets.token_urlsafe(120),
        expires=now() + LIFETIME,
        role_name=role.name,
        instance_id=instance.id,
    )
    by_key[made.access_key] = latest[instance.id] = made
    tell_sts(made, role)
    return made


def tell_sts(made: RoleCredentials, role: Any) -> None:
    """So that moto's own GetCallerIdentity answers with the role."""
    access_key = AccessKey(user_name=None, prefix="ASIA", account_id=ACCOUNT_ID)
    access_key.access_key_id, access_key.secret_access_key = made.access_key, made.secret_key
    assumed = AssumedRole(
        ACCOUNT_ID, "us-east-1", access_key, made.instance_id, role.arn, "", int(LIFETIME.total_seconds()), ""
    )
    sts_backends[ACCOUNT_ID]["aws"].assumed_roles.append(assumed)


def policies_of(role_name: str) -> list[dict[str, Any]]:
    """The role's inline policies and the customer-managed ones attached to it; none when the role is gone."""
    role = role_named(role_name)
    if role is None:
        return []
    documents = list(role.policies.values())
    documents += [policy.document for policy in role.managed_policies.values()]
    return [json.loads(document) if isinstance(document, str) else document for document in documents]


class BadPolicy(Exception):
    """Why a user can't have these policies; the text is for people."""


def set_user(name: str, policies: list[Any]) -> UserCredentials:
    """Makes the user, or gives it these policies in place of those that it had."""
    if name == OPERATOR_KEY or not re.fullmatch(r"[\w+=,.@-]{1,64}", name):
        raise BadPolicy(
            f"{name!r} is no name for a user: 1 to 64 letters, digits and _+=,.@-, and not {OPERATOR_KEY!r}"
        )
    if len(policies) > POLICIES_PER_USER:
        raise BadPolicy(f"user {name}: {len(policies)} policies; IAM attaches {POLICIES_PER_USER} at most")
    for number, policy in enumerate(policies, 1):
        if not isinstance(policy, dict) or not policy.get("Statement"):
            raise BadPolicy(f"policy {number} of user {name} has no Statement")
        size = len(json.dumps(policy, separators=(",", ":")))
        if size > POLICY_SIZE:
            raise BadPolicy(f"policy {number} of user {name} has {size} characters; IAM allows {POLICY_SIZE}")
    made = UserCredentials(name, policies)
    by_key[name] = made
    return made
