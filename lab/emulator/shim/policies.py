"""Evaluates IAM policies: actions, resources, principals and the conditions in use. Pure: plain data in, a decision
out.
"""

import re
from collections.abc import Iterable
from typing import Any

# action, resource ARN, and the condition keys that are known for it
Question = tuple[str, str, dict[str, Any]]


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def pattern_matches(pattern: str, value: str, ignore_case: bool = False) -> bool:
    expression = "".join(".*" if char == "*" else "." if char == "?" else re.escape(char) for char in pattern)
    return re.fullmatch(expression, value, re.IGNORECASE | re.DOTALL if ignore_case else re.DOTALL) is not None


def filled(text: str, context: dict[str, Any]) -> str:
    """Policy variables: ${key} is the key's value. One without value can't match anything."""
    return re.sub(r"\$\{([^}]+)\}", lambda found: str(context.get(found[1], "\0")), text)


def bool_text(value: Any) -> str:
    return str(value).lower()


OPERATORS = {
    "StringEquals": lambda wanted, actual: wanted == actual,
    "StringNotEquals": lambda wanted, actual: wanted != actual,
    "StringEqualsIgnoreCase": lambda wanted, actual: wanted.lower() == actual.lower(),
    "StringLike": pattern_matches,
    "StringNotLike": lambda wanted, actual: not pattern_matches(wanted, actual),
    "ArnEquals": pattern_matches,
    "ArnLike": pattern_matches,
    "ArnNotEquals": lambda wanted, actual: not pattern_matches(wanted, actual),
    "ArnNotLike": lambda wanted, actual: not pattern_matches(wanted, actual),
    "Bool": lambda wanted, actual: bool_text(wanted) == bool_text(actual),
}


class UnknownOperator(Exception):
    pass


def condition_holds(operator: str, key: str, wanted: list[Any], context: dict[str, Any]) -> bool:
    # condition keys are not case sensitive, but the name of a tag in them is; one spelling is enough for both
    actual = next((value for name, value in context.items() if name.lower() == key.lower()), None)
    if operator == "Null":
        return (actual is None) == (bool_text(wanted[0]) == "true")
    quantifier, _, name = operator.rpartition(":")
    if_exists = name.endswith("IfExists")
    name = name.removesuffix("IfExists")
    if name not in OPERATORS:
        raise UnknownOperator(operator)
    compare, negative = OPERATORS[name], "Not" in name
    if actual is None:
        return if_exists or negative or quantifier == "ForAllValues"

    def one(value: Any) -> bool:
        texts = [filled(str(each), context) for each in wanted]
        return (
            all(compare(text, str(value)) for text in texts)
            if negative
            else any(compare(text, str(value)) for text in texts)
        )

    values = as_list(actual)
    return all(map(one, values)) if quantifier == "ForAllValues" else any(map(one, values))


def conditions_hold(statement: dict[str, Any], context: dict[str, Any]) -> bool:
    return all(
        condition_holds(operator, key, as_list(wanted), context)
        for operator, keys in (statement.get("Condition") or {}).items()
        for key, wanted in keys.items()
    )


def principal_matches(statement: dict[str, Any], principals: Iterable[str]) -> bool:
    """For resource policies only. `principals`: all names of the caller (role, session, account)."""
    for key, found in (("Principal", True), ("NotPrincipal", False)):
        if key in statement:
            named = statement[key]
            listed = as_list(named) if not isinstance(named, dict) else as_list(named.get("AWS", []))
            hit = any(name == "*" or name in principals for name in listed)
            return hit == found
    return True


def applies(statement: dict[str, Any], question: Question) -> bool:
    action, resource, context = question
    if "NotAction" in statement:
        if any(pattern_matches(each, action, ignore_case=True) for each in as_list(statement["NotAction"])):
            return False
    elif not any(pattern_matches(each, action, ignore_case=True) for each in as_list(statement.get("Action", []))):
        return False
    if "NotResource" in statement:
        if any(pattern_matches(filled(each, context), resource) for each in as_list(statement["NotResource"])):
            return False
    elif not any(pattern_matches(filled(each, context), resource) for each in as_list(statement.get("Resource", []))):
        return False
    return conditions_hold(statement, context)


def decide(documents: list[dict[str, Any]], question: Question, principals: Iterable[str] | None = None) -> str:
    """ "deny" (explicitly), "allow", or "nothing" (no statement says anything, which denies too)."""
    answer = "nothing"
    for document in documents:
        for statement in as_list(document.get("Statement", [])):
            if principals is not None and not principal_matches(statement, principals):
                continue
            try:
                concerned = applies(statement, question)
            except UnknownOperator:
                # what is not understood may forbid but never permit
                concerned = statement.get("Effect") == "Deny"
            if not concerned:
                continue
            if statement.get("Effect") == "Deny":
                return "deny"
            answer = "allow"
    return answer
