"""KMS keys of volumes: who may use one. AWS's own serves all in the account; a customer's, whom its policy lets."""

import base64
import json
import struct
from typing import Any

from moto.kms.models import kms_backends
from moto.kms.responses import KmsResponse
from moto.kms.utils import _deserialize_ciphertext_blob

from . import ACCOUNT_ID
from .account import account
from .errors import ApiError
from .policies import Question, decide

EBS_ALIAS = "alias/aws/ebs"
CUSTOMER_ALIAS = "alias/lab-default"
ROOT = {f"arn:aws:iam::{ACCOUNT_ID}:root", ACCOUNT_ID}
SCALING_ROLE = f"arn:aws:iam::{ACCOUNT_ID}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"


class KmsApi(KmsResponse):
    def _get_param(self, param_name: str, if_none: Any = None) -> Any:
        # moto leaves a new key's usage empty where the caller leaves it to KMS
        return super()._get_param(param_name, "ENCRYPT_DECRYPT" if param_name == "KeyUsage" else if_none)

    def describe_key(self) -> Any:
        if str(self._get_param("KeyId")).endswith(EBS_ALIAS):
            managed_key(self.region)
        return super().describe_key()


def kms(region: str) -> Any:
    return kms_backends[ACCOUNT_ID][region]


def managed_key(region: str) -> Any:
    """The AWS managed key of EBS. AWS too makes it when it is first asked for (KMS API, DescribeKey)."""
    key = kms(region).describe_key(EBS_ALIAS)
    key.key_manager = "AWS"
    return key


def default_key(region: str) -> Any:
    """
    What encrypts a volume for which no key is named. A customer's has only KMS's own first policy: no service may use
    it.
    """
    if account["defaultKey"] == "aws":
        return managed_key(region)
    backend = kms(region)
    if not backend.alias_exists(CUSTOMER_ALIAS):
        why = "The account's default for volumes"
        made = backend.create_key(None, "ENCRYPT_DECRYPT", "SYMMETRIC_DEFAULT", why, None)
        backend.create_alias(made.id, CUSTOMER_ALIAS)
    return backend.describe_key(CUSTOMER_ALIAS)


def find_key(region: str, reference: str) -> Any:
    """By id, alias or the ARN of either."""
    if reference.endswith(EBS_ALIAS):
        return managed_key(region)
    try:
        key = kms(region).describe_key(reference)
    except KeyError:
        # EC2 answers "creating" and drops the volume later; the emulator says so at once
        raise ApiError("InvalidParameterValue", f"The KMS key '{reference}' does not exist or can't be used")
    if not key.enabled or key.key_usage != "ENCRYPT_DECRYPT" or key.key_spec != "SYMMETRIC_DEFAULT":
        raise ApiError("InvalidParameterValue", f"The KMS key '{reference}' is {key.key_state}, {key.key_spec}")
    return key


def used_key(region: str, params: dict[str, Any]) -> str:
    """The ARN of the key with which this is encrypted, or was; "*" where there is none."""
    try:
        blob = base64.b64decode(params.get("CiphertextBlob", ""))
        # What was encrypted names its key: who decrypts need not
        key_id = params.get("KeyId") or _deserialize_ciphertext_blob(blob).key_id
        return str(kms(region).describe_key(key_id).arn)
    except (KeyError, ValueError, struct.error):
        return "*"


def may_use(region: str, arn: str, principals: set[str], documents: list[dict[str, Any]]) -> bool:
    """
    Whether these principals may let EC2 use the key, as each attachment needs it (kms:CreateGrant). Policies of their
    own count only where the key's policy leaves it to the account.
    """
    key = find_key(region, arn)
    if key.key_manager == "AWS":
        return True
    context = {"kms:GrantIsForAWSResource": "true", "kms:ViaService": f"ec2.{region}.amazonaws.com"}
    question: Question = ("kms:CreateGrant", key.arn, context)
    policy = [json.loads(key.policy)]
    named = decide(policy, question, principals)
    if named != "nothing":
        return named == "allow"
    granted = any(
        grant.grantee_principal in principals and "CreateGrant" in grant.operations for grant in key.grants.values()
    )
    delegated = decide(policy, question, ROOT) == "allow"
    return granted or (delegated and decide(documents, question) == "allow")
