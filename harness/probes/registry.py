"""Steady-state probes by name: each asks one question and returns a reading per subject."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from harness.aws.site import Site
from harness.errors import HarnessError
from harness.model.reading import Reading


class Ask(Protocol):
    """Asks the question; `bound` is the tolerated value in the probe's unit."""

    def __call__(self, site: Site, bound: float) -> list[Reading]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """A probe as it is registered: its unit and on which side of the bound its value must lie."""

    name: str
    unit: str
    relation: str
    ask: Ask


PROBES: dict[str, Probe] = {}


def probe(name: str, *, unit: str, relation: str) -> Callable[[Ask], Ask]:
    """Register a probe under the name that drills use."""

    def register(ask: Ask) -> Ask:
        PROBES[name] = Probe(name=name, unit=unit, relation=relation, ask=ask)
        return ask

    return register


def reading(name: str, subject: str, value: float | None, bound: float, because: str = "") -> Reading:
    """A reading of a registered probe, held against its bound. No value is not met."""
    kind = PROBES[name]
    inside = value is not None and (value <= bound if kind.relation == "at most" else value >= bound)
    return Reading(
        probe=name,
        subject=subject,
        value=value,
        unit=kind.unit,
        tolerance=f"{kind.relation} {bound:g} {kind.unit}",
        met=inside,
        because=because,
    )


def ask_all(site: Site, hypothesis: Mapping[str, float]) -> list[Reading]:
    """Ask every probe of a hypothesis: name -> bound. A probe that fails gives no reading, and says why."""
    return [each for name, bound in hypothesis.items() for each in _ask(site, name, bound)]


def _ask(site: Site, name: str, bound: float) -> list[Reading]:
    try:
        found = PROBES[name].ask(site, bound)
    except HarnessError as error:
        return [reading(name, "all", None, bound, str(error))]
    return found or [reading(name, "all", None, bound, "there is nothing to ask")]
