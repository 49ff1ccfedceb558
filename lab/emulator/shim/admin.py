"""The lab daemon's side door: /_emulator/…. Not AWS; the lab lets only its own daemon and the operator reach it."""

import json
import re
import time
from typing import Any
from urllib.parse import parse_qs

from werkzeug.wrappers import Response

from . import MOTO_VERSION
from .account import account
from .alerts import messages_after
from .cloud import find_instance, find_volume
from .credentials import BadPolicy, NoCredentials, credentials_for, set_user
from .desired import desired
from .world import world

LONGEST_WAIT = 30.0


class BadRequest(Exception):
    def __init__(self, status: int, message: str):
        super().__init__(message)
        self.status = status


def as_json(document: Any, status: int = 200) -> Response:
    return Response(json.dumps(document), status=status, content_type="application/json")


def answer(environ: dict[str, Any]) -> Response:
    method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"].removeprefix("/_emulator/")
    query = {key: values[0] for key, values in parse_qs(environ.get("QUERY_STRING", "")).items()}
    try:
        body = read_body(environ)
        for pattern, verb, handler in ROUTES:
            found = re.fullmatch(pattern, path)
            if found and verb == method:
                with world.lock:
                    return handler(*found.groups(), query if verb == "GET" else body)
        raise BadRequest(404, f"no such admin endpoint: {method} /_emulator/{path}")
    except BadRequest as error:
        return as_json({"message": str(error)}, error.status)


def read_body(environ: dict[str, Any]) -> dict[str, Any]:
    raw = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    if not raw:
        return {}
    try:
        document = json.loads(raw)
    except ValueError as error:
        raise BadRequest(400, f"the body is not JSON: {error}")
    if not isinstance(document, dict):
        raise BadRequest(400, "the body must be a JSON object")
    return document


def instance_or_404(instance_id: str) -> Any:
    instance = find_instance(instance_id)
    if instance is None:
        raise BadRequest(404, f"there is no instance {instance_id}")
    return instance


def health(_: dict[str, str]) -> Response:
    return as_json({"ready": True, "moto": MOTO_VERSION, "generation": world.generation})


def get_desired(query: dict[str, str]) -> Response:
    try:
        since, wait = int(query.get("since", -1)), min(float(query.get("wait", 0)), LONGEST_WAIT)
    except ValueError:
        raise BadRequest(400, "since and wait are numbers")
    end = time.monotonic() + wait
    while world.generation == since:
        left = end - time.monotonic()
        if left <= 0:
            return Response(status=304)
        world.changed.wait(left)
    return as_json(desired())


def report_instance(instance_id: str, body: dict[str, Any]) -> Response:
    instance, state = instance_or_404(instance_id), body.get("state")
    reports = {
        "running": instance.report_running,
        "stopped": instance.report_stopped,
        "terminated": instance.report_terminated,
    }
    if state not in reports:
        raise BadRequest(400, f"state must be one of {', '.join(reports)}, not {state!r}")
    reports[state]()
    return as_json({"state": instance.state})


def report_attachment(volume_id: str, body: dict[str, Any]) -> Response:
    volume, state = find_volume(volume_id), body.get("state")
    if volume is None:
        raise BadRequest(404, f"there is no volume {volume_id}")
    if state not in ("attached", "detached"):
        raise BadRequest(400, f"state must be attached or detached, not {state!r}")
    attachment = volume.attachment
    if attachment is None or attachment.instance.id != body.get("instanceId"):
        # an old report: the volume moved on meanwhile
        return as_json({"state": attachment.status if attachment else "detached"})
    if state == "detached":
        volume.ec2_backend.release_volume(volume)
        world.touch()
    elif attachment.status == "attaching":
        attachment.set("attached")
        world.touch()
    return as_json({"state": volume.attachment.status if volume.attachment else "detached"})


def get_credentials(instance_id: str, _: dict[str, str]) -> Response:
    try:
        return as_json(credentials_for(instance_or_404(instance_id)).document())
    except NoCredentials as error:
        raise BadRequest(404, str(error))


def put_user(name: str, body: dict[str, Any]) -> Response:
    policies = body.get("policies")
    if not isinstance(policies, list):
        raise BadRequest(
            400, 'a list of policies is missing, as in {"policies": [{"Version": "2012-10-17", "Statement": […]}]}'
        )
    try:
        user = set_user(name, policies)
    except BadPolicy as error:
        raise BadRequest(400, str(error))
    return as_json({"arn": user.arn, "accessKeyId": user.name, "secretAccessKey": user.name})


def change_account(body: dict[str, Any]) -> Response:
    try:
        account.change(body)
    except ValueError as error:
        raise BadRequest(400, str(error))
    world.touch()
    return as_json(account.describe())


def get_messages(query: dict[str, str]) -> Response:
    """What topics have published, after the message with this number."""
    try:
        return as_json({"messages": messages_after(int(query.get("after", 0)))})
    except ValueError:
        raise BadRequest(400, "after is a number")


ROUTES = [
    ("messages", "GET", get_messages),
    ("account", "POST", change_account),
    ("health", "GET", health),
    ("desired", "GET", get_desired),
    (r"instances/([^/]+)/state", "POST", report_instance),
    (r"volumes/([^/]+)/attachment", "POST", report_attachment),
    (r"instances/([^/]+)/credentials", "GET", get_credentials),
    (r"users/([^/]+)", "PUT", put_user),
    (r"role-credentials/([^/]+)", "GET", get_credentials),
]
