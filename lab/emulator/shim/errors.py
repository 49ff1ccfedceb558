"""Errors as AWS words them."""

from moto.core.exceptions import ServiceException


class ApiError(ServiceException):
    """An error answer: its code as in the AWS documentation, and a message."""

    def __init__(self, code: str, message: str):
        super().__init__(code, message)


def unsupported(what: str) -> ApiError:
    """For everything that AWS can do and this emulator cannot: never a silent success."""
    return ApiError("NotImplemented", f"the local emulator does not implement {what}")


def refuse_others(given: dict, known: set[str], where: str) -> None:
    """Raises for parameters of a call that the emulator would otherwise ignore."""
    others = sorted(key for key, value in given.items() if key not in known and value not in (None, [], {}, ""))
    if others:
        raise unsupported(f"{', '.join(others)} of {where}")
