"""Measures by the name that drills use: each is a pure function of the history and a scope."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from harness.measures.units import legal_units
from harness.model.history import History
from harness.model.verdict import Measurement, Relation


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Which part of the run is measured: one phase (None: all of it), one client population (None: every one).

    With a `window` (model seconds) the worst stretch of that length counts, wherever in that part it lies.
    """

    phase: str | None = None
    population: str | None = None
    window: float | None = None


class Take(Protocol):
    """Takes the measurement. Pure; anything it raises makes the finding INCONCLUSIVE."""

    def __call__(self, history: History, scope: Scope) -> Measurement: ...


Edges = Callable[[History, Scope], Iterable[float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A measure as it is registered. `needs` names what a drill must have for it, such as "fault" or "load".

    `edges` are moments, in real seconds, between which it needs the load counted, beside those of phases and windows.
    """

    name: str
    unit: str
    relation: Relation
    phase: bool
    population: bool
    window: bool
    needs: tuple[str, ...]
    take: Take
    about: str
    edges: Edges | None = None

    @property
    def bound_units(self) -> tuple[str, ...]:
        """The units in which a bound may be written."""
        return legal_units(self.unit)


MEASURES: dict[str, Measure] = {}
_FAMILIES: list[tuple[re.Pattern[str], Callable[[str], None]]] = []


def measure(
    name: str,
    *,
    unit: str,
    relation: Relation = Relation.AT_MOST,
    phase: bool = False,
    population: bool = True,
    window: bool = False,
    needs: tuple[str, ...] = (),
    edges: Edges | None = None,
) -> Callable[[Take], Take]:
    """Register a measure. `phase`, `population` and `window`: whether a criterion may name one."""

    def register(take: Take) -> Take:
        MEASURES[name] = Measure(
            name=name,
            unit=unit,
            relation=relation,
            phase=phase,
            population=population,
            window=window,
            needs=needs,
            take=take,
            about=(take.__doc__ or "").strip().partition("\n")[0],
            edges=edges,
        )
        return take

    return register


def family(pattern: str) -> Callable[[Callable[[str], None]], Callable[[str], None]]:
    """Register measures on demand: the function gets a name that matches and registers it, or leaves it alone."""

    def register(make: Callable[[str], None]) -> Callable[[str], None]:
        _FAMILIES.append((re.compile(pattern), make))
        return make

    return register


def find(name: str) -> Measure | None:
    """The measure of a name; any "P<number> latency" is one. None when there is none."""
    for pattern, make in _FAMILIES:
        if name not in MEASURES and pattern.fullmatch(name):
            make(name)
    return MEASURES.get(name)
