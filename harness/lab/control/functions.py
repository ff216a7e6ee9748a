"""Lambda: one function in every region, and what FIS does to its invocations."""

import asyncio
import base64
import hashlib
import json
import platform
import random
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from harness.lab.control.lab import Lab, now
from harness.lab.control.metrics import Metrics, datum, key
from harness.lab.control.records import ACCOUNT
from harness.lab.control.tagging import Resource
from harness.lab.functions.environments import Crashed, Environments, Throttled
from harness.lab.functions.fault import InvocationFault
from harness.lab.processes import Process

NAME, HANDLER = "storefront-receipt", "harness.lab.storefront.receipt:handler"
LATEST, TIMEOUT_S = "$LATEST", 3.0
_RETRIES = (60.0, 120.0)  # model seconds before an asynchronous invocation that failed is tried again
_UNHANDLED = "Unhandled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """A function of a region."""

    region: str
    tags: Mapping[str, str]
    name: str = NAME
    made: Any = field(default_factory=now)

    @property
    def arn(self) -> str:
        """Its ARN, without a qualifier."""
        return f"arn:aws:lambda:{self.region}:{ACCOUNT}:function:{self.name}"

    def describe(self) -> dict[str, Any]:
        """It in the words of GetFunctionConfiguration."""
        source = _source()
        return {
            "FunctionName": self.name,
            "FunctionArn": self.arn,
            "Runtime": "python" + ".".join(platform.python_version_tuple()[:2]),
            "Role": f"arn:aws:iam::{ACCOUNT}:role/drill-receipt",
            "Handler": HANDLER.replace(":", "."),
            "CodeSize": len(source),
            "CodeSha256": base64.b64encode(hashlib.sha256(source).digest()).decode(),
            "Timeout": int(TIMEOUT_S),
            "LastModified": self.made.strftime("%Y-%m-%dT%H:%M:%S.000+0000"),
            "Version": LATEST,
            "PackageType": "Zip",
            "State": "Active",
            "LastUpdateStatus": "Successful",
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """How one went: the payload of the answer, the kind of its error if it is one, and the end of the log."""

    payload: bytes
    error: str | None
    log: str


class Functions:
    """The functions; `invoke` belongs in the loop, the rest may be called from any thread."""

    def __init__(self, lab: Lab, metrics: Mapping[str, Metrics], tags: Mapping[str, str]) -> None:
        self.lab, self.metrics = lab, metrics
        self.known: dict[str, Function] = {each: Function(region=each, tags=dict(tags)) for each in lab.recipe.regions}
        self._environments: dict[str, Environments] = {}
        self._faults: dict[str, InvocationFault] = {}

    def tagged(self, region: str) -> Iterator[Resource]:
        """The function of a region, for the tagging API."""
        function = self.known[region]
        yield Resource(arn=function.arn, type="lambda:function", tags=function.tags)

    # Faults

    def inject(self, name: str, fault: InvocationFault) -> None:
        """Have invocations meet a fault, until `heal(name)`."""
        self._faults[name] = fault
        self.lab.truth.write("invocation_fault", name=name, region=fault.region, functions=[*fault.functions])

    def heal(self, name: str) -> None:
        """Take a fault away; invocations that met it already keep it."""
        if self._faults.pop(name, None):
            self.lab.truth.write("invocation_fault_gone", name=name)

    def _met(self, function: Function) -> Iterator[InvocationFault]:
        for fault in list(self._faults.values()):
            hit = fault.region == function.region and function.name in fault.functions
            if hit and 100 * random.random() < fault.percentage:
                yield fault

    # Invocations

    async def invoke(self, function: Function, event: Any) -> Invocation:
        """Invoke a function. Raises Throttled when too many of its invocations run."""
        request, began = str(uuid.uuid4()), time.monotonic()
        faults = tuple(self._met(function))
        with self._of(function).place():
            payload, error, printed = await self._outcome(function, request, event, faults)
        ms = 1e3 * (time.monotonic() - began)
        self._count(function, Invocations=1, Errors=int(error is not None), Duration=ms)
        self.lab.truth.write(
            "function_invoked",
            function=function.name,
            region=function.region,
            request=request,
            ms=ms,
            faults=len(faults),
        )
        log = f"START RequestId: {request} Version: {LATEST}\n{printed}END RequestId: {request}\n"
        log += f"REPORT RequestId: {request}\tDuration: {ms:.2f} ms\n"
        return Invocation(payload=payload, error=error, log=log)

    async def _outcome(
        self, function: Function, request: str, event: Any, faults: tuple[InvocationFault, ...]
    ) -> tuple[bytes, str | None, str]:
        """Payload, kind of error and what was printed."""
        left = TIMEOUT_S - sum(fault.delay_s for fault in faults)
        await asyncio.sleep(TIMEOUT_S - max(left, 0))
        if left <= 0:
            return _timed_out(request)
        outcome: tuple[bytes, str | None, str] = b"null", None, ""
        if not any(fault.prevents for fault in faults):
            outcome = await self._executed(function, request, event, left)
        return _answered(outcome, faults)

    async def _executed(
        self, function: Function, request: str, event: Any, left: float
    ) -> tuple[bytes, str | None, str]:
        try:
            done = await self._of(function).run(request, event, left)
        except TimeoutError:
            return _timed_out(request)
        except Crashed as error:
            return _failed("Runtime.ExitError", f"RequestId: {request} Error: {error}")
        if "error" in done:
            return done["error"].encode(), _UNHANDLED, done["printed"]
        return done["result"].encode(), None, done["printed"]

    def _of(self, function: Function) -> Environments:
        async def fork(number: int) -> Process:
            name = f"{function.name}-{function.region}-{number}"
            truth = self.lab.plane.directory / f"truth-{name}.jsonl"
            settings = {"function": function.name, "region": function.region, "handler": HANDLER, "truth": str(truth)}
            return await self.lab.plane.environment(name, settings)

        if function.region not in self._environments:
            self._environments[function.region] = Environments(fork, self.lab.plane.end)
        return self._environments[function.region]

    async def invoke_later(self, function: Function, event: Any) -> None:
        """Invoke a function for nobody; what fails or is throttled is tried again twice, as Lambda does."""
        for wait in (*_RETRIES, None):
            try:
                if (await self.invoke(function, event)).error is None:
                    return
            except Throttled:
                self.throttled(function)
            if wait is not None:
                await asyncio.sleep(self.lab.real(wait))

    def throttled(self, function: Function) -> None:
        """Count an invocation that was turned away."""
        self._count(function, Throttles=1)

    def _count(self, function: Function, **counts: float) -> None:
        for name, value in counts.items():
            metric = key("AWS/Lambda", name, {"FunctionName": function.name})
            unit = "Milliseconds" if name == "Duration" else "Count"
            self.metrics[function.region].put(metric, datum(time.time(), [value], unit))


def _answered(
    outcome: tuple[bytes, str | None, str], faults: tuple[InvocationFault, ...]
) -> tuple[bytes, str | None, str]:
    """What faults leave of the outcome of an execution; an error outdoes a response."""
    if any(fault.fails for fault in faults):
        payload, error, _ = _failed("FaultInjected", "an FIS experiment made this invocation fail")
        return payload, error, outcome[2]
    for fault in faults:
        if fault.status is not None:
            headers = {"Content-Type": fault.content_type}
            return json.dumps({"statusCode": fault.status, "headers": headers, "body": ""}).encode(), None, outcome[2]
    return outcome


def _failed(type: str, message: str) -> tuple[bytes, str, str]:
    return json.dumps({"errorType": type, "errorMessage": message}).encode(), _UNHANDLED, ""


def _timed_out(request: str) -> tuple[bytes, str, str]:
    message = f"{now():%Y-%m-%dT%H:%M:%S.000Z} {request} Task timed out after {TIMEOUT_S:.2f} seconds"
    return json.dumps({"errorMessage": message}).encode(), _UNHANDLED, f"{message}\n"


def _source() -> bytes:
    found = find_spec(HANDLER.partition(":")[0])
    assert found is not None and found.origin is not None
    return Path(found.origin).read_bytes()
