"""A balancer process, as the daemon sees it."""

import asyncio
from collections.abc import Callable, Collection, Mapping
from typing import Any

from harness.lab.addresses import Addresses
from harness.lab.channel import ChannelError, Handler
from harness.lab.processes import Nursery, Process
from harness.lab.recipe import Recipe
from harness.lab.states import BalancerMetrics, DataPlaneError, TargetHealth

_START_S = 10.0
_CONNECT, _IDLE = 10.0, 60.0  # model seconds; those of ALB
REPORTS_A_PERIOD = 2


class Balancer:
    """Starts one region's balancer, gives it targets, hears of their health and of what it counts."""

    def __init__(
        self,
        region: str,
        on_metrics: Callable[[str, BalancerMetrics], None],
        on_health: Callable[[str], None],
    ) -> None:
        self.region, self._on_metrics, self._on_health = region, on_metrics, on_health
        self._health: dict[str, TargetHealth] = {}
        self.process: Process | None = None
        self._ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def start(self, nursery: Nursery, recipe: Recipe, addresses: Addresses) -> None:
        """Start the process; returns when it listens."""
        handlers: dict[str, Handler] = {
            "ready": self._take_ready,
            "health": self._take_health,
            "metrics": self._take_metrics,
        }
        name = f"balancer-{self.region}"
        settings = _settings(recipe, addresses.load_balancer(self.region))
        process = self.process = await nursery.fork(name, "harness.lab.balancer.process:main", settings, handlers)
        waiting: set[asyncio.Future[Any]] = {self._ready, process.ended}
        await asyncio.wait(waiting, timeout=_START_S, return_when=asyncio.FIRST_COMPLETED)
        if not self._ready.done():
            raise DataPlaneError(f"the balancer of {self.region} did not start; see {nursery.logs}/{name}.log")

    async def set_targets(self, targets: Mapping[str, str]) -> None:
        """Register exactly these instances (id -> address)."""
        self._learn(await self._call("set_targets", targets=dict(targets)))

    async def set_away(self, zones: Collection[str]) -> None:
        """Send exactly these zones no new requests while targets elsewhere are healthy."""
        await self._call("set_away", zones=sorted(zones))

    async def _call(self, op: str, **arguments: Any) -> Any:
        if self.process is None or self.process.channel is None:
            raise DataPlaneError(f"the balancer of {self.region} is not running")
        try:
            return await self.process.channel.call(op, **arguments)
        except ChannelError as error:
            raise DataPlaneError(f"the balancer of {self.region} failed: {error}") from error

    def health(self) -> Mapping[str, TargetHealth]:
        """What it last said of its targets."""
        return self._health

    def able(self) -> frozenset[str]:
        """The ids of the healthy targets."""
        return frozenset(instance_id for instance_id, health in self._health.items() if health.state == "healthy")

    def _learn(self, targets: Mapping[str, tuple[str, str, str]]) -> None:
        self._health = {
            instance_id: TargetHealth(state=state, reason=reason, description=description)
            for instance_id, (state, reason, description) in targets.items()
        }

    async def _take_ready(self) -> None:
        self._ready.set_result(None)

    async def _take_health(self, targets: Mapping[str, tuple[str, str, str]]) -> None:
        before = self._health
        self._learn(targets)
        if before != self._health:
            self._on_health(self.region)

    async def _take_metrics(self, **counts: Any) -> None:
        self._on_metrics(self.region, BalancerMetrics(**counts))


def _settings(recipe: Recipe, address: str) -> dict[str, Any]:
    checks = recipe.target_health
    return {
        "address": address,
        "interval_s": recipe.real(checks.interval),
        "timeout_s": recipe.real(checks.timeout),
        "healthy": checks.healthy,
        "unhealthy": checks.unhealthy,
        "deregistration_delay_s": recipe.real(recipe.deregistration_delay),
        "sticky": recipe.sticky,
        "connect_s": recipe.real(_CONNECT),
        "response_s": recipe.real(_IDLE),
        "report_s": recipe.real(recipe.alarm_period) / REPORTS_A_PERIOD,
    }
