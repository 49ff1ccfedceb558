"""Who calls: moto knows the roles of instances (credentials.py tells it), not the lab's users."""

import re

from moto.core.responses import ActionResult
from moto.sts.responses import TokenResponse

from . import ACCOUNT_ID
from .credentials import UserCredentials, by_key


class StsApi(TokenResponse):
    def get_caller_identity(self) -> ActionResult:
        signed = re.search(r"Credential=([^/,]+)/", self.headers.get("Authorization", ""))
        caller = by_key.get(signed[1]) if signed else None
        if isinstance(caller, UserCredentials):
            return ActionResult({"UserId": caller.name, "Account": ACCOUNT_ID, "Arn": caller.arn})
        return super().get_caller_identity()
