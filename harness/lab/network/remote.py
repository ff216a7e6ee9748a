"""The network process, as the daemon sees it."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from harness.lab.channel import ChannelError
from harness.lab.network.rule import Rule
from harness.lab.processes import Nursery, Process
from harness.lab.states import DataPlaneError

# Address, port, and for an alias the address that dials count as coming from and the one the server is at.
Opening = tuple[str, int, tuple[str, str] | None]
DROPPED, STALLED = "dropped packets", "stalled streams"


class Network:
    """Asks the network process to listen, cut, impair and mend; raises DataPlaneError when it is gone."""

    def __init__(self, nursery: Nursery) -> None:
        self._nursery = nursery
        self.process: Process | None = None

    async def start(self, *, may_drop: bool = True) -> str:
        """Start the process; returns how it makes cuts."""
        self.process = await self._nursery.fork(
            "network", "harness.lab.network.process:main", {"may_drop": may_drop}, {}
        )
        return str(await self._call("describe"))

    async def count_links(self) -> int:
        """How many connections go through it now."""
        return int(await self._call("count_links"))

    async def open_doors(self, doors: Sequence[Opening]) -> None:
        """Listen at them."""
        await self._call("open_doors", doors=doors)

    async def close_door(self, address: str, port: int) -> None:
        """Listen no more at an address."""
        await self._call("close_door", address=address, port=port)

    async def cut(self, name: str, places: Sequence[str]) -> tuple[int, int]:
        """Isolate places, in force on return; returns between which moments every hop was cut, monotonic ns."""
        began, done = await self._call("cut", name=name, places=[*places])
        return began, done

    async def impair(self, name: str, rules: Sequence[Rule]) -> tuple[int, int]:
        """Put rules in force; returns between which moments they came to hold everywhere, monotonic ns."""
        began, done = await self._call("impair", name=name, rules=[asdict(rule) for rule in rules])
        return began, done

    async def mend(self, name: str) -> None:
        """Take a cut, and the rules of that name, away."""
        await self._call("mend", name=name)

    async def _call(self, op: str, **arguments: Any) -> Any:
        if self.process is None or self.process.channel is None:
            raise DataPlaneError("the network is not running")
        try:
            return await self.process.channel.call(op, **arguments)
        except ChannelError as error:
            raise DataPlaneError(f"the network failed: {error}") from error
