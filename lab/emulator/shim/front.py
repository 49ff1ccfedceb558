"""The HTTP front: whose request, which action, may he, do it (under the lock), answer in the service's own form."""

import io
import json
import re
import traceback
import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, unquote

from botocore.exceptions import ClientError
from moto.core.exceptions import ServiceException
from moto.core.request import Request
from moto.core.routing import get_service_router
from moto.events.responses import EventsHandler
from moto.iam.access_control import PermissionResult
from moto.s3.models import FakeBucket
from moto.s3.responses import S3Response
from moto.sns.responses import SNSResponse
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.wrappers import Response

from . import ACCOUNT_ID, admin
from .actions import is_allowed, is_reading
from .alerts import MetricsApi, cbor_error, metrics_call
from .autoscaling_api import AutoScalingApi
from .credentials import OPERATOR_KEY, Caller, by_key
from .ec2_api import Ec2Api
from .iam_api import IamApi
from .keys import KmsApi
from .permissions import Refusal, refusal_of
from .quotas import ServiceQuotasApi
from .route53_api import Route53Api
from .ssm_api import SsmApi
from .sts_api import StsApi
from .world import log, now, world

QUERY = {"ec2": Ec2Api, "autoscaling": AutoScalingApi, "iam": IamApi, "sts": StsApi, "sns": SNSResponse}
JSON = {"ssm": SsmApi, "kms": KmsApi, "servicequotas": ServiceQuotasApi, "events": EventsHandler}
# CloudWatch, by the name that requests are signed with
METRICS = "monitoring"
# moto's look at bucket policies takes every statement with a condition for a denial; permissions.py has decided before
FakeBucket.get_permission = lambda *_: PermissionResult.PERMITTED
SERVICES = {*QUERY, *JSON, METRICS, "s3", "route53"}


class LabRequest(Request):
    from_wsgi_server = True


class Refused(Exception):
    def __init__(self, status: int, code: str, message: str):
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


class Call:
    """One request of the AWS API: service, region, caller, action and what it acts on."""

    def __init__(self, environ: dict[str, Any]):
        self.environ = environ
        self.query = dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True))
        self.service, self.region, self.access_key, self.token = "s3", world.region, "", ""
        self.action, self.params = "", {}
        self.caller: Caller | None = None

    def identify(self) -> None:
        header = re.match(r"AWS4-HMAC-SHA256 Credential=([^,]+)", self.environ.get("HTTP_AUTHORIZATION", ""))
        scope = header[1] if header else self.query.get("X-Amz-Credential", "")
        if not scope:
            raise Refused(
                403,
                "AccessDenied" if self.looks_like_s3() else "MissingAuthenticationToken",
                "Access Denied: the request is not signed",
            )
        parts = scope.split("/")
        if len(parts) != 5:
            raise Refused(400, "AuthorizationHeaderMalformed", f"The authorization header is malformed: {scope}")
        self.access_key, _, self.region, self.service, _ = parts
        self.token = self.environ.get("HTTP_X_AMZ_SECURITY_TOKEN") or self.query.get("X-Amz-Security-Token", "")
        if self.service not in SERVICES:
            raise Refused(400, "NotImplemented", f"the local emulator has no service '{self.service}'")
        if not header:
            self.check_presigned()
        self.find_caller()

    def looks_like_s3(self) -> bool:
        return self.environ["REQUEST_METHOD"] in ("GET", "HEAD", "PUT") and not self.environ["PATH_INFO"].startswith(
            "/2013-04-01/"
        )

    def check_presigned(self) -> None:
        try:
            signed = datetime.strptime(self.query["X-Amz-Date"], "%Y%m%dT%H%M%SZ")
            ends = signed + timedelta(seconds=int(self.query["X-Amz-Expires"]))
        except (KeyError, ValueError):
            raise Refused(
                400,
                "AuthorizationQueryParametersError",
                "Query-string authentication needs X-Amz-Date and X-Amz-Expires",
            )
        if now() > ends:
            raise Refused(403, "AccessDenied", "Request has expired")

    def find_caller(self) -> None:
        if self.access_key == OPERATOR_KEY:
            return
        self.caller = by_key.get(self.access_key)
        if self.caller is None:
            code = {"ec2": "AuthFailure", "s3": "InvalidAccessKeyId", "ssm": "UnrecognizedClientException"}.get(
                self.service, "InvalidClientTokenId"
            )
            raise Refused(
                403,
                code,
                f"The access key '{self.access_key}' is not known here (the lab's own is '{OPERATOR_KEY}'; "
                "`lab start --users FOLDER` makes others)",
            )
        if self.token != self.caller.token:
            raise Refused(
                403,
                "InvalidToken" if self.service == "s3" else "InvalidClientTokenId",
                "The security token included in the request is invalid.",
            )
        if now() > self.caller.expires:
            raise Refused(400, "ExpiredToken", "The security token included in the request is expired")

    def find_action(self, body: bytes) -> None:
        if self.service in QUERY:
            self.params = dict(parse_qsl(body.decode("utf-8"), keep_blank_values=True)) or self.query
            self.action = self.params.get("Action", "")
        elif self.service in JSON:
            self.action = self.environ.get("HTTP_X_AMZ_TARGET", "").rpartition(".")[2]
            self.params = json.loads(body or b"{}")
        elif self.service == METRICS:
            self.action, self.params = metrics_call(self.environ, body)
        else:
            try:
                operation, found = get_service_router(self.service).match(LabRequest(self.environ))
            except (NotFound, HTTPException):
                raise Refused(
                    400,
                    "NotImplemented",
                    f"{self.environ['REQUEST_METHOD']} {self.environ['PATH_INFO']} is no action of {self.service}",
                )
            self.action, self.params = operation.name, {**self.query, **found}
            if self.service == "route53":
                self.params["record-names"] = [
                    name.lower().rstrip(".") for name in re.findall(r"<Name>([^<]*)</Name>", body.decode("utf-8"))
                ]
            if self.service == "s3" and "HTTP_X_AMZ_TAGGING" in self.environ:
                self.params["tagged"] = True
            if self.service == "s3" and "HTTP_X_AMZ_COPY_SOURCE" in self.environ:
                self.action = self.action.replace("PutObject", "CopyObject")
                self.params["copy-source"] = unquote(self.environ["HTTP_X_AMZ_COPY_SOURCE"].partition("?")[0])
        if not is_allowed(self.service, self.action):
            raise Refused(400, "NotImplemented", f"the local emulator does not implement {self.service}:{self.action}")

    def authorize(self) -> None:
        refusal = refusal_of(self.caller, self.service, self.action, self.region, self.params)
        if refusal:
            self.deny(refusal)

    def deny(self, refusal: Refusal) -> None:
        """As AWS words it."""
        action, resource, _ = refusal.question
        who = self.caller.arn if self.caller else f"arn:aws:iam::{ACCOUNT_ID}:root"
        why = (
            "with an explicit deny in a policy"
            if refusal.by == "deny"
            else f"because no identity-based policy allows the {action} action"
        )
        quoted = f'"{resource}"' if self.service == "s3" else resource
        on = "" if resource == "*" else f" on resource: {quoted}"
        message = f"User: {who} is not authorized to perform: {action}{on} {why}"
        if self.service == "ec2":
            raise Refused(403, "UnauthorizedOperation", f"You are not authorized to perform this operation. {message}")
        if refusal.template:
            message = f"You are not authorized to use launch template: {refusal.template}. {message}"
        raise Refused(
            400 if self.service in JSON else 403,
            "AccessDeniedException" if self.service in JSON else "AccessDenied",
            message,
        )

    def handler(self) -> Any:
        if self.service in QUERY:
            return QUERY[self.service].dispatch
        if self.service in JSON:
            return JSON[self.service].dispatch
        if self.service == METRICS:
            return MetricsApi.dispatch
        if self.service == "route53":
            return Route53Api.dispatch
        if "Key" in self.params:
            return S3Response.key_dispatch
        return S3Response.ambiguous_dispatch if "Bucket" in self.params else S3Response.bucket_dispatch

    def perform(self) -> Response:
        request = LabRequest(self.environ)
        try:
            result = self.handler()(request, request.raw_url, dict(request.headers))
        except ServiceException as error:
            raise Refused(400, error.code, error.message)
        except ClientError as error:
            raise Refused(400, error.response["Error"]["Code"], error.response["Error"]["Message"])
        except NotImplementedError as error:
            raise Refused(
                400,
                "NotImplemented",
                f"the local emulator does not implement this of {self.service}:{self.action}: {error}",
            )
        status, headers, content = result if len(result) == 3 else (200, {}, result)
        response = Response(response=content, status=status, headers=headers)
        if request.method == "HEAD" and "content-length" in headers:
            response.headers["Content-Length"] = headers["content-length"]
        return response

    def hide_what_is_missing(self, response: Response) -> None:
        """S3: who may not list the bucket does not learn that an object is missing."""
        if self.caller and self.action in ("GetObject", "HeadObject") and response.status_code == 404:
            bucket = {"Bucket": self.params["Bucket"]}
            with world.lock:
                refusal = refusal_of(self.caller, "s3", "ListObjectsV2", self.region, bucket)
            if refusal:
                self.deny(refusal)


def error_response(call: Call, refused: Refused) -> Response:
    code, message, request_id = refused.code, escape(refused.message), str(uuid.uuid4())
    kind, headers = "text/xml", {"x-amzn-RequestId": request_id}
    body: str | bytes
    if call.service in JSON:
        body = json.dumps({"__type": code, "message": refused.message})
        kind = "application/x-amz-json-1.1"
        headers["x-amzn-ErrorType"] = code
    elif call.service == METRICS and call.environ.get("CONTENT_TYPE") == "application/cbor":
        body, kind = cbor_error(code, refused.message), "application/cbor"
        headers["smithy-protocol"] = "rpc-v2-cbor"
        headers["x-amzn-query-error"] = f"{code};Sender"
    elif call.service == METRICS and call.environ.get("HTTP_X_AMZ_TARGET"):
        body, kind = json.dumps({"__type": code, "message": refused.message}), "application/x-amz-json-1.0"
        headers["x-amzn-query-error"] = f"{code};Sender"
    elif call.service == "ec2":
        error = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
        body = f"<Response><Errors>{error}</Errors><RequestID>{request_id}</RequestID></Response>"
    elif call.service == "s3":
        body = f"<Error><Code>{code}</Code><Message>{message}</Message><RequestId>{request_id}</RequestId></Error>"
        kind = "application/xml"
    else:
        error = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>"
        body = f"<ErrorResponse>{error}<RequestId>{request_id}</RequestId></ErrorResponse>"
    if call.environ["REQUEST_METHOD"] == "HEAD":
        body = ""
    return Response(body, status=refused.status, headers=headers, content_type=kind)


def escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def answer(environ: dict[str, Any]) -> Response:
    call = Call(environ)
    try:
        call.identify()
        if call.service == "s3":
            # bodies are large and moto's S3 needs no lock
            call.find_action(b"")
            with world.lock:
                call.authorize()
            response = call.perform()
            call.hide_what_is_missing(response)
            return response
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        call.find_action(body)
        environ["wsgi.input"] = io.BytesIO(body)
        with world.lock:
            call.authorize()
            response = call.perform()
            if not is_reading(call.action) and response.status_code < 400:
                world.touch()
        return response
    except Refused as refused:
        return error_response(call, refused)
    except ServiceException as error:
        return error_response(call, Refused(400, error.code, error.message))
    except Exception as error:
        log(f"{call.service}:{call.action} failed in the emulator:\n{traceback.format_exc()}")
        return error_response(
            call,
            Refused(
                400,
                "EmulatorFailure",
                f"{call.service}:{call.action}: {error!r}. This is a fault of the local emulator; see its log",
            ),
        )


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    if environ["PATH_INFO"].startswith("/_emulator/"):
        response = admin.answer(environ)
    else:
        response = answer(environ)
    return response(environ, start_response)
