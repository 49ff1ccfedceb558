"""SSM: the limits of parameters, which moto doesn't have ("Managing parameter tiers", "Parameter Store quotas")."""

from moto.core.responses import ActionResult
from moto.ssm.responses import SimpleSystemManagerResponse

from .errors import ApiError

BYTES = {"Standard": 4096, "Advanced": 8192, "Intelligent-Tiering": 8192}
MOST_LEVELS = 15


class SsmApi(SimpleSystemManagerResponse):
    def put_parameter(self) -> ActionResult:
        name, value, tier = self._get_param("Name"), self._get_param("Value") or "", self._get_param("Tier")
        kept = self.ssm_backend._parameters[name]
        # AWS's own parameters, which nobody can write, have none.
        before = (kept[-1].tier if kept else None) or "Standard"
        most = BYTES[tier or before]
        if len(value.encode()) > most:
            message = f"{tier or before} tier parameters support a maximum parameter value of {most} characters."
            if most == BYTES["Standard"]:
                message += (
                    f" To create a parameter value larger than {most} characters, use the advanced-parameter tier."
                )
            raise ApiError("ValidationException", message)
        if name.strip("/").count("/") >= MOST_LEVELS:
            raise ApiError(
                "HierarchyLevelLimitExceededException", f"The parameter name has more than {MOST_LEVELS} levels."
            )
        if before == "Advanced" and tier == "Standard":
            raise ApiError(
                "ValidationException",
                "This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the "
                "advanced-parameter tier to the standard-parameter tier.",
            )
        return super().put_parameter()
