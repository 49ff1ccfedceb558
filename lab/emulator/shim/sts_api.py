"""Who calls: moto knows the roles of instances (credentials.py tells it), not the lab's users."""

from moto.core.responses import ActionResult
from moto.sts.responses import TokenResponse

from . import ACCOUNT_ID
from .credentials import UserCredentials, caller_of


class StsApi(TokenResponse):
    def get_caller_identity(self) -> ActionResult:
        caller = caller_of(self.headers)
        if isinstance(caller, UserCredentials):
            return ActionResult({"UserId": caller.name, "Account": ACCOUNT_ID, "Arn": caller.arn})
        return super().get_caller_identity()
