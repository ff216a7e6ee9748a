"""A drill while it is being read: Given fills it in, When freezes it. Problems are gathered, not raised."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from pytest_bdd.parser import Feature, Scenario, Step

from harness.errors import Refused
from harness.model.experiment import (
    BlastRadius,
    Experiment,
    FaultSpec,
    LoadProfile,
    ProbeSpec,
    Runbook,
    StopCondition,
)
from harness.model.prices import Prices
from harness.model.rate import peak
from harness.model.verdict import Criterion
from harness.pinned import Pinned, pin
from harness.pytest_plugin import shown


@dataclass(slots=True)
class Draft:
    """Everything that a scenario has said so far, and what was wrong with it."""

    drill: str = ""
    where: str = ""
    stack: str | None = None
    hypothesis: list[ProbeSpec] = field(default_factory=list)
    load: LoadProfile | None = None
    order_rate: float = 20.0
    probe_rate: float = 20.0
    regions: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    runbook: Runbook | None = None
    stop_conditions: list[StopCondition] = field(default_factory=list)
    baseline: bool = False
    prices: Prices | None = None
    criteria: list[Criterion] = field(default_factory=list)
    strikes_at_peak: bool = False
    spans: dict[str, timedelta] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    pinned: list[Pinned] = field(default_factory=list)

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Gather what is wrong with the step at hand, with its file and line, and read on."""
        try:
            yield
        except ValueError as error:
            self.problems.append(f"{self.where}: {error}")
        except Refused as refused:
            self.problems.extend(f"{self.where}: {problem}" for problem in refused.problems)

    def experiment(self, faults: tuple[FaultSpec, ...]) -> Experiment:
        """The drill as declared, frozen."""
        if self.strikes_at_peak:
            points = self.load.points if self.load else ()
            self.spans["strikes_at"] = timedelta(seconds=peak(points)[0] if points else 0.0)
        return Experiment(
            drill=self.drill,
            stack=self.stack or "",
            hypothesis=tuple(self.hypothesis),
            faults=faults,
            load=self.load,
            criteria=tuple(self.criteria),
            blast_radius=BlastRadius(regions=self.regions, accounts=self.accounts),
            runbook=self.runbook,
            stop_conditions=tuple(self.stop_conditions),
            baseline=self.baseline,
            prices=self.prices,
            probe_rate=self.probe_rate,
            order_rate=self.order_rate,
            **self.spans,
        )


@pytest.fixture
def draft() -> Draft:
    """The drill of this scenario."""
    return Draft()


@pytest.hookimpl(tryfirst=True)
def pytest_bdd_before_step(
    request: pytest.FixtureRequest, feature: Feature, scenario: Scenario, step: Step, step_func: Callable[..., object]
) -> None:
    """Tell the draft where it is read from."""
    known: Draft = request.getfixturevalue("draft")
    known.drill = scenario.name
    known.where = f"{shown(feature)}:{step.line_number}"
    if not known.pinned:
        known.pinned.append(pin("feature", Path(feature.filename)))
