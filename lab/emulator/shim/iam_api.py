"""IAM: what moto lets pass of managed policies."""

import json

from moto.core.responses import ActionResult
from moto.iam.responses import IamResponse

from .credentials import POLICY_SIZE
from .errors import ApiError


class IamApi(IamResponse):
    def create_policy(self) -> ActionResult:
        self.must_fit()
        return super().create_policy()

    def create_policy_version(self) -> ActionResult:
        self.must_fit()
        return super().create_policy_version()

    def delete_policy(self) -> ActionResult:
        policy = self.backend.get_policy(self._get_param("PolicyArn"))
        if policy.attachment_count > 0:
            raise ApiError("DeleteConflict", "Cannot delete a policy attached to entities.")
        if len(policy.versions) > 1:
            raise ApiError(
                "DeleteConflict",
                "This policy has more than one version. Before you delete a policy, you must delete the policy's "
                "versions. The default version is deleted with the policy.",
            )
        return super().delete_policy()

    def must_fit(self) -> None:
        """IAM doesn't count white space."""
        size = len(json.dumps(json.loads(self._get_param("PolicyDocument")), separators=(",", ":")))
        if size > POLICY_SIZE:
            raise ApiError("LimitExceeded", f"Cannot exceed quota for PolicySize: {POLICY_SIZE}")
