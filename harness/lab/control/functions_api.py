"""The Lambda API: functions are described, and invoked for real."""

import asyncio
import base64
import json
from typing import Any

from harness.lab.control.answer import ActionResult, AwsError, Later, Reply, Response, page
from harness.lab.control.functions import LATEST, TIMEOUT_S, Function, Functions, Invocation
from harness.lab.control.records import ACCOUNT
from harness.lab.functions.environments import Throttled

_LOG_BYTES = 4096
_GRACE_S = 10.0  # for the start of a process


class FunctionsApi(Response):
    """Serves the functions of one region a request."""

    def __init__(self, functions: Functions) -> None:
        super().__init__("lambda")
        self.functions = functions

    def _function(self, name: str) -> Function:
        """A function by its name or ARN. An ARN may end with a version, of which there is but one."""
        function = self.functions.known[self.region]
        version = self.ask("Qualifier", LATEST)
        names = (function.name, function.arn, f"{ACCOUNT}:function:{function.name}", f"{function.arn}:{LATEST}")
        if name not in names or version != LATEST:
            raise AwsError("ResourceNotFoundException", f"Function not found: {name}:{version}")
        return function

    def list_functions(self) -> ActionResult:
        some, marker = page([self.functions.known[self.region]], self.ask("Marker"), self.ask("MaxItems"), 50)
        return ActionResult({"Functions": [function.describe() for function in some], "NextMarker": marker})

    def get_function(self) -> ActionResult:
        function = self._function(self.ask("FunctionName"))
        return ActionResult({"Configuration": function.describe(), "Tags": dict(function.tags)})

    def get_function_configuration(self) -> ActionResult:
        return ActionResult(self._function(self.ask("FunctionName")).describe())

    def list_tags(self) -> ActionResult:
        return ActionResult({"Tags": dict(self._function(self.ask("Resource")).tags)})

    def invoke(self) -> Any:
        function, event = self._function(self.ask("FunctionName")), self._event()
        match self.ask("InvocationType", "RequestResponse"):
            case "Event":
                self.functions.lab.spawn(self.functions.invoke_later(function, event))
                return "", {"status": 202}
            case "DryRun":
                return "", {"status": 204}
        raise Later(self, lambda: self._invoked(function, event))

    def _event(self) -> Any:
        try:
            return json.loads(self.ask("Payload") or b"{}")
        except ValueError as error:
            message = f"Could not parse request body into json: {error}"
            raise AwsError("InvalidRequestContentException", message) from error

    def _invoked(self, function: Function, event: Any) -> Reply:
        """Wait for an invocation, without the lock."""
        work = asyncio.run_coroutine_threadsafe(self.functions.invoke(function, event), self.functions.lab.loop)
        try:
            done: Invocation = work.result(TIMEOUT_S + _GRACE_S)
        except Throttled as error:
            self.functions.throttled(function)
            raise AwsError("TooManyRequestsException", "Rate Exceeded.") from error
        headers = {"Content-Type": "application/json", "X-Amz-Executed-Version": LATEST}
        if done.error is not None:
            headers["X-Amz-Function-Error"] = done.error
        if self.ask("LogType") == "Tail":
            headers["X-Amz-Log-Result"] = base64.b64encode(done.log.encode()[-_LOG_BYTES:]).decode()
        return 200, headers, done.payload
