"""What the account is like that the emulator plays: by default as unkind as a new one may be, else on request."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass
class Shortage:
    """The next launches in a zone, of a type, fail; None is any."""

    zone: str | None
    instance_type: str | None
    left: int

    def __str__(self) -> str:
        place = "/".join(part for part in (self.zone, self.instance_type) if part)
        return f"{place}:{self.left}" if place else str(self.left)


def shortages(text: str) -> list[Shortage]:
    found = []
    for part in filter(None, text.split(",")):
        place, _, count = part.rpartition(":")
        names = [name for name in place.split("/") if name]
        # a type has a dot, a zone has none
        kinds = [next((name for name in names if ("." in name) == dotted), None) for dotted in (False, True)]
        if not count.isdigit() or len(names) > len([kind for kind in kinds if kind]):
            raise ValueError("must be [ZONE][/TYPE][:]COUNT, several with commas")
        if int(count) > 0:
            found.append(Shortage(kinds[0], kinds[1], int(count)))
    return found


def show_shortages(value: list[Shortage]) -> str:
    return ",".join(map(str, value)) or "0"


def count(text: str) -> int:
    if not text.isdigit():
        raise ValueError("must be a whole number, 0 or more")
    return int(text)


def seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1
    if not 0 <= value <= 3600:
        raise ValueError("must be seconds, from 0 to 3600")
    return value


def one_of(*words: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text not in words:
            raise ValueError(f"must be {' or '.join(words)}")
        return text

    return parse


@dataclass(frozen=True)
class Condition:
    default: str
    parse: Callable[[str], Any]
    meaning: str
    show: Callable[[Any], str] = str


CONDITIONS = {
    "capacity": Condition(
        "0",
        shortages,
        "the next launches that fail with InsufficientInstanceCapacity: 2, us-east-1b:2 or us-east-1b/t3.micro:2",
        show_shortages,
    ),
    "unsupported": Condition("0", shortages, "the same, with Unsupported", show_shortages),
    "vcpus": Condition("32", count, "the quota of vCPUs that may run on demand, of the standard families (L-1216C47A)"),
    "interfaceInUse": Condition(
        "1", count, "launches that find the interface of an instance that has just ended still in use"
    ),
    "retrySeconds": Condition(
        "1", seconds, "until a group tries again after a failed launch, twice as long each time, up to 16 times"
    ),
    "defaultKey": Condition(
        "customer",
        one_of("customer", "aws"),
        "what encrypts a volume for which no key is named: a customer's key that no service may use (customer), "
        "or EBS's own (aws)",
    ),
    "templateCheck": Condition(
        "refuses",
        one_of("refuses", "accepts"),
        "what a group says to a launch template whose interface is in use: refuses, accepts",
    ),
}  # fmt: skip


class Account:
    def __init__(self) -> None:
        self.values = {name: condition.parse(condition.default) for name, condition in CONDITIONS.items()}

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    def change(self, texts: dict[str, Any]) -> None:
        """All or nothing. Raises a ValueError with a sentence."""
        news = {}
        for name, text in texts.items():
            if name not in CONDITIONS:
                raise ValueError(f"{name}: no such condition of the account; there are {', '.join(CONDITIONS)}")
            try:
                news[name] = CONDITIONS[name].parse(str(text))
            except ValueError as error:
                raise ValueError(f"{name}={text}: {error}")
        self.values.update(news)

    def change_by(self, line: str) -> None:
        """From `name=value name=value`, as on a command line."""
        pairs = [word.partition("=") for word in line.split()]
        for name, sign, _ in pairs:
            if not sign:
                raise ValueError(f"{name}: must be NAME=VALUE")
        self.change({name: value for name, _, value in pairs})

    def describe(self) -> list[dict[str, str]]:
        return [
            {"name": name, "value": condition.show(self.values[name]), "meaning": condition.meaning}
            for name, condition in CONDITIONS.items()
        ]

    def is_short(self, name: str, zone: str, instance_type: str) -> bool:
        """Whether this launch meets a shortage; counts it."""
        for shortage in self.values[name]:
            if shortage.zone in (None, zone) and shortage.instance_type in (None, instance_type):
                shortage.left -= 1
                self.values[name] = [each for each in self.values[name] if each.left > 0]
                return True
        return False


account = Account()
