"""What a command runs on an instance: its parameters, and a coroutine that holds the fault for as long as it lasts."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from harness.lab.network.rule import Rule
from harness.lab.ssm.field import Field, problems
from harness.lab.states import Stress


class CommandFailed(Exception):
    """A command could not do what it is for."""


class Machine(Protocol):
    """What a document does to instances. Raises DataPlaneError."""

    async def stress(self, name: str, instances: Sequence[str], stress: Stress) -> None: ...
    async def relieve(self, name: str) -> None: ...
    async def signal(self, instance_id: str, signal_name: str) -> None: ...
    async def impair(self, name: str, rules: Sequence[Rule]) -> None: ...
    async def mend(self, name: str) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of a document on one instance. Every parameter has a value here."""

    name: str
    instance: str
    address: str
    parameters: Mapping[str, str]
    machine: Machine
    wait: Callable[[float], Awaitable[None]]  # model seconds
    places: Callable[[str], tuple[str, ...]]  # of sources: addresses, networks and zones; raises CommandFailed

    def whole(self, name: str) -> int:
        """A parameter as a number."""
        return int(self.parameters[name])

    async def last(self) -> None:
        """Wait as long as the document should last."""
        await self.wait(self.whole("DurationSeconds"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A document. Those that are `network` do not run beside each other on an instance.

    `cannot` says which variant the lab cannot do, if these parameters ask for one.
    """

    name: str
    description: str
    run: Callable[[Run], Awaitable[None]]
    fields: tuple[Field, ...]
    network: bool = False
    cannot: Callable[[Mapping[str, str]], str | None] = lambda parameters: None

    def problems(self, given: dict[str, list[str]]) -> list[str]:
        """Everything that is wrong with parameters, and what the lab cannot do of them."""
        found = problems(self.fields, given)
        if not found and (missing := self.cannot(self.complete(given))):
            found.append(f"the lab cannot do {missing}")
        return found

    def complete(self, given: Mapping[str, Sequence[str]]) -> dict[str, str]:
        """The value of every parameter."""
        return {
            field.name: given[field.name][0] if field.name in given else field.default or "" for field in self.fields
        }


def pressing(stress: Callable[[Run], Stress]) -> Callable[[Run], Awaitable[None]]:
    """A run that presses on the instance."""

    async def press(run: Run) -> None:
        try:
            await run.machine.stress(run.name, [run.instance], stress(run))
            await run.last()
        finally:
            await run.machine.relieve(run.name)

    return press


def one_way(run: Run, *, delay_ms: float = 0, jitter_ms: float = 0, loss_percent: float = 0) -> Rule:
    """Traffic between an instance and its `Sources`, the way that `TrafficType` says, on a share of connections."""
    return Rule(
        ends=(run.address,),
        others=run.places(run.parameters["Sources"]),
        traffic="ingress" if run.parameters["TrafficType"] == "ingress" else "egress",
        flows_percent=run.whole("FlowsPercent"),
        delay_ms=delay_ms,
        jitter_ms=jitter_ms,
        loss_percent=loss_percent,
    )


def impairing(rule: Callable[[Run], Rule]) -> Callable[[Run], Awaitable[None]]:
    """A run that impairs the traffic of the instance."""

    async def impair(run: Run) -> None:
        try:
            await run.machine.impair(run.name, [rule(run)])
            await run.last()
        finally:
            await run.machine.mend(run.name)

    return impair
