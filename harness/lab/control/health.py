"""Route 53 health checks: three checkers dial each endpoint through the network, on their own beats.

A checker believes what it saw `failure_threshold` times in a row. An endpoint is healthy while more than 18 % of its
checkers believe so, as in Route 53; without enough observations it counts as healthy. Spans are model time.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from moto.route53.responses import Route53

from harness.lab.control import records
from harness.lab.control.answer import ActionResult, AwsError
from harness.lab.control.lab import Lab, now
from harness.lab.control.zones import read

log = logging.getLogger("lab.health")

CHECKERS = ("us-east-1", "eu-west-1", "ap-southeast-1")
_ENOUGH = 0.18


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """What a health check dials. `text` must be in the first 5120 bytes of the answer where it is not empty."""

    kind: str
    address: str
    port: int
    path: str = "/"
    host: str = ""
    text: str = ""
    interval: float
    threshold: int


@dataclass(slots=True, kw_only=True)
class Checker:
    """What one checker saw last, and what it believes."""

    healthy: bool = True
    differing: int = 0
    seen: str = ""
    at: datetime | None = None
    failed: str = ""
    failed_at: datetime | None = None

    def observe(self, problem: str, threshold: int, at: datetime) -> None:
        """Take one observation: a problem, or "" for success."""
        ok = not problem
        self.at = at
        self.seen = f"Failure: {problem}" if problem else "Success: HTTP Status Code 200, OK"
        if problem:
            self.failed, self.failed_at = self.seen, at
        self.differing = 0 if ok == self.healthy else self.differing + 1
        if self.differing >= threshold:
            self.healthy, self.differing = ok, 0


@dataclass(slots=True, kw_only=True)
class HealthCheck:
    """A running health check."""

    endpoint: Endpoint
    checkers: dict[str, Checker] = field(default_factory=lambda: {region: Checker() for region in CHECKERS})
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    @property
    def healthy(self) -> bool:
        """Whether enough checkers believe in the endpoint."""
        return sum(c.healthy for c in self.checkers.values()) > _ENOUGH * len(self.checkers)


class HealthChecks:
    """Runs the health checks that Route 53's records ask for."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.running: dict[str, HealthCheck] = {}
        self.on_change: Callable[[str, bool], None] = lambda id, healthy: None
        self._configs: dict[str, dict[str, Any]] = {}

    def refresh(self) -> None:
        """Read the records again; start, stop and change checks accordingly in the loop."""
        with self.lab.lock:
            checks = records.route53().health_checks
            self._configs = {id: dict(check.health_check_config) for id, check in checks.items()}
        self.lab.soon(self._follow)

    def _follow(self) -> None:
        wanted = {id: e for id, config in self._configs.items() if (e := self._endpoint(config)) is not None}
        for id, check in list(self.running.items()):
            if wanted.get(id) != check.endpoint:
                self._end(id)
        for id, endpoint in wanted.items():
            if id not in self.running:
                self._begin(id, endpoint)

    def _endpoint(self, config: dict[str, Any]) -> Endpoint | None:
        if config["Type"] == "CALCULATED" or _true(config.get("Disabled")):
            return None
        return Endpoint(
            kind=config["Type"],
            address=config.get("IPAddress") or "",
            port=int(config.get("Port") or 80),
            path=config.get("ResourcePath") or "/",
            host=config.get("FullyQualifiedDomainName") or "",
            text=config.get("SearchString") or "",
            interval=float(config.get("RequestInterval") or 30),
            threshold=int(config.get("FailureThreshold") or 3),
        )

    def _begin(self, id: str, endpoint: Endpoint) -> None:
        check = self.running[id] = HealthCheck(endpoint=endpoint)
        beat = self.lab.real(endpoint.interval)
        for n, region in enumerate(CHECKERS):
            work = self._observe(id, check, check.checkers[region], beat * n / len(CHECKERS))
            check.tasks.append(self.lab.loop.create_task(work))

    def _end(self, id: str) -> None:
        for task in self.running.pop(id).tasks:
            task.cancel()

    def close(self) -> None:
        """Stop every check."""
        for id in list(self.running):
            self._end(id)

    async def _observe(self, id: str, check: HealthCheck, checker: Checker, phase: float) -> None:
        await asyncio.sleep(phase)

        async def once() -> None:
            problem = await self._dial(check.endpoint)
            before = check.healthy
            checker.observe(problem, check.endpoint.threshold, now())
            if check.healthy != before:
                log.info("health check %s is now %s: %s", id, "healthy" if check.healthy else "unhealthy", checker.seen)
                self.lab.truth.write("health_check", id=id, healthy=self.healthy(id), seen=checker.seen)
                self.on_change(id, self.healthy(id))

        await self.lab.every(check.endpoint.interval, once)

    async def _dial(self, endpoint: Endpoint) -> str:
        limits = self.lab.recipe.health_check
        connecting, answering = (limits.connect_timeout, limits.response_timeout) if limits else (4.0, 2.0)
        source = (self.lab.addresses.checkers, 0)
        try:
            async with asyncio.timeout(self.lab.real(connecting)):
                reader, writer = await asyncio.open_connection(endpoint.address, endpoint.port, local_addr=source)
        except TimeoutError:
            return "Connection timed out. The endpoint or the internet connection is down."
        except OSError as error:
            return f"Connection failed: {error.strerror or error}"
        with contextlib.closing(writer):
            if endpoint.kind == "TCP":
                return ""
            try:
                async with asyncio.timeout(self.lab.real(answering)):
                    return await _ask(reader, writer, endpoint)
            except TimeoutError:
                return "Response timed out."
            except (OSError, asyncio.IncompleteReadError) as error:
                return f"Connection was lost: {error}"

    def healthy(self, id: str) -> bool:
        """Whether a health check says healthy, before which an inverted one is turned round.

        One that nobody knows, or that is disabled, counts as healthy.
        """
        config = self._configs.get(id)
        if config is None:
            return True
        if _true(config.get("Disabled")):
            good = True
        elif config["Type"] == "CALCULATED":
            children = config.get("ChildHealthChecks") or []
            good = sum(self.healthy(child) for child in children) >= int(config.get("HealthThreshold") or len(children))
        else:
            check = self.running.get(id)
            good = check is None or check.healthy
        return good != _true(config.get("Inverted"))

    def observations(self, id: str, *, failures: bool = False) -> list[dict[str, Any]]:
        """What the checkers saw last (or saw fail last), in the words of GetHealthCheckStatus."""
        check = self.running.get(id)
        found = []
        for region, checker in check.checkers.items() if check else ():
            seen, at = (checker.failed, checker.failed_at) if failures else (checker.seen, checker.at)
            if at is not None:
                report = {"Status": seen, "CheckedTime": at}
                found.append({"Region": region, "IPAddress": self.lab.addresses.checkers, "StatusReport": report})
        return found


async def _ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, endpoint: Endpoint) -> str:
    host = endpoint.host or endpoint.address
    writer.write(
        f"GET {endpoint.path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n"
        f"User-Agent: Amazon-Route53-Health-Check-Service (drill lab)\r\n\r\n".encode()
    )
    status = (await reader.readline()).split()
    if len(status) < 2 or not status[1].isdigit():
        return "The endpoint closed the connection without an answer."
    if not 200 <= int(status[1]) < 400:
        return f"HTTP Status Code {status[1].decode()}."
    if endpoint.text and endpoint.text not in (await reader.read(5120)).decode(errors="replace"):
        return "The search string is not in the response."
    return ""


def _identity(record: dict[str, Any]) -> tuple[str, str, str]:
    return record["Name"].rstrip(".").lower(), record["Type"], record.get("SetIdentifier") or ""


def _true(value: object) -> bool:
    return str(value).lower() == "true"


class Route53Api(Route53):
    """moto's Route 53 API, with what the checkers really saw, and strict about what it cannot keep."""

    def __init__(self, checks: HealthChecks) -> None:
        super().__init__()
        self.checks = checks

    def create_health_check(self) -> ActionResult:
        config = self._get_param("HealthCheckConfig")
        kind = config["Type"]
        if kind not in ("HTTP", "HTTP_STR_MATCH", "TCP", "CALCULATED"):
            raise AwsError("InvalidInput", f"the lab has no health checks of type {kind}")
        if kind != "CALCULATED" and not config.get("IPAddress"):
            raise AwsError("InvalidInput", "the lab's health checks need an IPAddress")
        return super().create_health_check()

    def change_resource_record_sets(self) -> ActionResult:
        changes = self._get_param("ChangeBatch.Changes")
        zone = self.backend.get_hosted_zone(self._get_param("HostedZoneId"))
        kept = {(read(r).name, r.type, r.set_identifier or "") for r in zone.rrsets}
        kept -= {_identity(c["ResourceRecordSet"]) for c in changes if c["Action"] == "DELETE"}
        for change in changes:
            self._admit(change["ResourceRecordSet"])
            if change["Action"] != "DELETE":
                kept.add(_identity(change["ResourceRecordSet"]))
        for name, type, identifier in kept:
            if identifier and (name, type, "") in kept:
                raise AwsError("InvalidChangeBatch", f"{name} {type} cannot be both simple and of a routing policy")
        return super().change_resource_record_sets()

    def _admit(self, record: dict[str, Any]) -> None:
        for policy in ("GeoProximityLocation", "CidrRoutingConfig", "TrafficPolicyInstanceId"):
            if record.get(policy):
                raise AwsError("InvalidChangeBatch", f"the lab cannot do {policy}")
        check = record.get("HealthCheckId")
        if check and check not in self.backend.health_checks:
            raise AwsError("InvalidChangeBatch", f"The specified health check {check} does not exist")

    def get_health_check_status(self) -> ActionResult:
        return self._observed(failures=False)

    def get_health_check_last_failure_reason(self) -> ActionResult:
        return self._observed(failures=True)

    def _observed(self, *, failures: bool) -> ActionResult:
        id = self._get_param("HealthCheckId")
        self.backend.get_health_check(id)
        return ActionResult({"HealthCheckObservations": self.checks.observations(id, failures=failures)})
