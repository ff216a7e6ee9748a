"""The WSGI application of the AWS API: finds the service, holds the one lock, refuses what the lab does not do."""

import json
import logging
import re
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from moto.core.request import Request
from moto.core.responses import BaseResponse
from werkzeug.exceptions import HTTPException

from harness.lab.api_fault import ApiError
from harness.lab.control.answer import ActionResult, AwsError, Later, NotInTheLab, Reply, Response
from harness.lab.control.api_faults import ApiCall, ApiFaults
from harness.lab.control.callers import Callers
from harness.lab.control.lab import Lab
from harness.lab.control.operations import HONOURED, changes

log = logging.getLogger("lab.api")

_SCOPE = re.compile(r"Credential=(?P<key>[^/]+)/\d{8}/(?P<region>[^/]+)/(?P<service>[^/]+)/aws4_request")

_GLOBAL = ("route53", "iam", "sts")

Factory = Callable[[], BaseResponse]


class Api:
    """Dispatches by the service and region of the signature to the response classes of `services`.

    `on_change(service, operation, region)` is called, still under the lock, after each call that may have changed a
    record. Calls that `faults` strikes are not carried out.
    """

    def __init__(self, lab: Lab, services: dict[str, Factory], callers: Callers, faults: ApiFaults) -> None:
        self.lab = lab
        self.services = services
        self.callers, self.faults = callers, faults
        self.on_change: Callable[[str, str, str], None] = lambda service, operation, region: None

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        status, headers, body = self._answer(environ)
        length = {name.lower(): value for name, value in headers.items()}.get("content-length")
        headers = {name: value for name, value in headers.items() if name.lower() not in ("status", "content-length")}
        headers["Content-Length"] = length if environ["REQUEST_METHOD"] == "HEAD" and length else str(len(body))
        start_response(f"{status} {_REASONS.get(status, 'Error')}", list(headers.items()))
        return [body]

    def _answer(self, environ: dict[str, Any]) -> Reply:
        scope = _SCOPE.search(environ.get("HTTP_AUTHORIZATION", ""))
        if scope is None:
            return _plain(403, "MissingAuthenticationToken", "the request is not signed; any key will do")
        service, region, request = scope["service"], scope["region"], Request(environ)
        request.get_data()  # before the lock: a client that is slow to send keeps nobody else waiting
        try:
            return self._locked(service, region, request, scope["key"])
        except Exception as error:
            log.exception("%s failed", service)
            return _plain(501, "InternalFailure", f"the lab failed: {error!r}")

    def _locked(self, service: str, region: str, request: Request, key: str) -> Reply:
        """Answer under the lock, or after it where the answer takes time."""
        try:
            with self.lab.lock:
                return self._dispatch(service, region, request, key)
        except Later as later:
            return _finished(later)

    def _dispatch(self, service: str, region: str, request: Request, key: str) -> Reply:
        if service not in self.services:
            return _unknown(service, request)
        response = self.services[service]()
        operation = operation_of(request, response)
        if region not in self.lab.recipe.regions and service not in _GLOBAL:
            return _refusal(response, request, str(NotInTheLab(service, f"{operation} in {region}")))
        if (error := self._struck(service, region, operation, key, request)) is not None:
            return _refusal(response, request, error.message, error)
        if operation not in HONOURED[service]:
            asked = operation or f"{request.method} {request.path}"
            return _refusal(response, request, str(NotInTheLab(service, asked)))
        return self._carry_out(service, region, operation, response, request)

    def _carry_out(self, service: str, region: str, operation: str, response: BaseResponse, request: Request) -> Reply:
        response.setup_class(request)
        try:
            reply = response.call_action()
        except NotImplementedError:
            return _refusal(response, request, str(NotInTheLab(service, operation)))
        except NotInTheLab as error:
            return _serialised(response, AwsError("NotImplemented", str(error)), 501)
        if changes(operation):
            self.on_change(service, operation, region)
        status, headers, body = reply
        return status, {k: str(v) for k, v in headers.items()}, body if isinstance(body, bytes) else body.encode()

    def _struck(self, service: str, region: str, operation: str | None, key: str, request: Request) -> ApiError | None:
        """The error that a call gets instead of being carried out: by a fault, or for its key."""
        try:
            session = self.callers.session(key)
        except AwsError as error:
            return ApiError(code=error.code, message=error.message, status=403)
        if operation is None or not self.faults.concern(service, operation):
            return None
        response = self.services[service]()  # one of its own: reading parameters leaves traces in it
        response.setup_class(request)
        role = session.role if session else None
        call = ApiCall(region=region, service=service, operation=operation, role=role, response=response)
        return self.faults.strike(call)


def operation_of(request: Request, response: BaseResponse) -> str | None:
    """The operation that a request asks for, in any of the wire formats."""
    if action := request.values.get("Action"):
        return str(action)
    if target := request.headers.get("X-Amz-Target"):
        return str(target.rpartition(".")[2])
    response.normalized_request = request
    try:
        return response._get_action_from_method_and_request_uri(request) or None
    except HTTPException:
        return None


def _unknown(service: str, request: Request) -> Reply:
    """The refusal of a service that the lab does not have, in its wire format where botocore knows the service."""
    return _refusal(Response(service), request, f"the lab has no service {service!r}")


def _refusal(response: BaseResponse, request: Request, words: str, said: ApiError | None = None) -> Reply:
    """An error in the wire format of the service. Unless told, a 501: boto3 reads it and does not try again."""
    error, status = AwsError(said.code if said else "NotImplemented", words), said.status if said else 501
    try:
        # Parameters of an operation that nobody carries out need no parsing.
        response.automated_parameter_parsing = False
        response.setup_class(request)
        return _serialised(response, error, status)
    except Exception:
        return _plain(status, error.code, error.message)


def _finished(later: Later) -> Reply:
    try:
        return later.finish()
    except AwsError as error:
        return _serialised(later.response, error, 400)


def _serialised(response: BaseResponse, error: Exception, status: int) -> Reply:
    _, headers, body = response.serialized(ActionResult(error))
    return status, {k: str(v) for k, v in headers.items()}, body if isinstance(body, bytes) else body.encode()


def _plain(status: int, code: str, message: str) -> Reply:
    body = json.dumps({"__type": code, "message": message, "Message": message}).encode()
    return status, {"Content-Type": "application/x-amz-json-1.1", "x-amzn-ErrorType": code}, body


_REASONS = {status.value: status.phrase for status in HTTPStatus}
