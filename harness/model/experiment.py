"""A drill as declared: frozen before anything is touched."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from harness.model.prices import Prices
from harness.model.verdict import Criterion


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeSpec:
    """One question of the steady-state hypothesis and the answer it tolerates."""

    probe: str
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultSpec:
    """What breaks: the name of a fault, its options and how long it lasts (model time).

    It strikes `after` the first fault of the drill (model time). `template` is the text of an FIS experiment template
    of the author's own, where the fault is one.
    """

    fault: str
    options: Mapping[str, Any] = field(default_factory=dict)
    lasts: timedelta
    after: timedelta = timedelta()
    template: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepSpec:
    """One step of a runbook, its options and its deadline (model time)."""

    step: str
    options: Mapping[str, Any] = field(default_factory=dict)
    deadline: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Runbook:
    """The ordered steps of a failover. It starts when the detection alarm of the region `starts_on` rings."""

    name: str
    starts_on: str
    steps: tuple[StepSpec, ...]
    give_up_after: timedelta = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadProfile:
    """The load over all populations: requests per second, and the mix of what shoppers do (weights of journeys).

    `rate` is the base that is sent before and after the profile; `points` are the profile itself, as in
    `harness.model.rate`, in model seconds since it began; none: a steady load. `think_time` is model seconds between
    two requests of a shopper. A shopper who came `stay` ago (model seconds; 0: for ever) leaves after the journey, and
    another comes, without cookies. At most `most_at_once` requests are under way (0: as many as shoppers can have);
    `workers` are Locust processes.
    """

    rate: float = 30.0
    mix: Mapping[str, int] = field(default_factory=lambda: {"browse": 70, "cart": 20, "order": 10})
    name: str = ""
    points: tuple[tuple[float, float], ...] = ()
    think_time: float = 0.0
    stay: float = 0.0
    most_at_once: int = 0
    workers: int = 1

    @property
    def lasts(self) -> timedelta:
        """How long the profile is (model time)."""
        return timedelta(seconds=self.points[-1][0] if self.points else 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class BlastRadius:
    """The explicit allow-list of what a drill may touch."""

    regions: tuple[str, ...]
    accounts: tuple[str, ...] = ()
    most_targets: int = 50
    longest: timedelta = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class StopCondition:
    """A CloudWatch alarm whose ALARM state ends the drill."""

    alarm: str
    region: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """The whole drill: hypothesis, faults, load, response, limits and criteria. Spans are model time.

    `runbook` None means that the stack has to fail over by itself. Without faults the drill is its load profile; with
    both, the first fault `strikes_at` so long after the profile began. `scaling_window` is what a surge of the load
    allows for scaling. With `baseline` the drill is held against the last accepted run of its name. `prices` are what
    it is paid by.
    """

    drill: str
    stack: str
    hypothesis: tuple[ProbeSpec, ...]
    faults: tuple[FaultSpec, ...]
    load: LoadProfile | None
    criteria: tuple[Criterion, ...]
    blast_radius: BlastRadius
    runbook: Runbook | None = None
    stop_conditions: tuple[StopCondition, ...] = ()
    baseline: bool = False
    prices: Prices | None = None
    probe_rate: float = 20.0
    order_rate: float = 20.0
    strikes_at: timedelta | None = None
    scaling_window: timedelta = timedelta(minutes=2)
    steady_for: timedelta = timedelta(seconds=60)
    sustained_for: timedelta = timedelta(seconds=10)
    recovered_for: timedelta = timedelta(seconds=60)
    restored_for: timedelta = timedelta(seconds=30)
    give_up_after: timedelta = timedelta(minutes=5)
