"""Faults by name. A fault is a pure function from a stack and options to FIS experiment templates."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

USUAL = timedelta(minutes=5)
SHORTEST = timedelta(minutes=1)  # of FIS


class Family(StrEnum):
    """What part of the stack a fault hits; the timeline has a colour for each."""

    REGION = "region"
    COMPUTE = "compute"
    NETWORK = "network"
    DATA = "data"
    CONTROL = "control"


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultTemplate:
    """One FIS experiment template and the region where it runs.

    It starts `after` the first injection of the drill (model time); `faults` are the names of those that it is for.
    """

    region: str
    template: Mapping[str, Any]
    faults: tuple[str, ...] = ()
    after: timedelta = timedelta()


# (stack, *, lasts: timedelta, **options) -> templates
Compile = Callable[..., tuple[FaultTemplate, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A fault as it is registered.

    `sentences` are what a drill says, with a field for each option; a sentence may fix further options. `options` must
    be given. `lasts` is how long it lasts where a drill does not say, `least` how long at least. `proof` names what
    shows that it took hold, of harness/proofs; it is empty where only clients can.
    """

    name: str
    summary: str
    compile: Compile
    sentences: Mapping[str, Mapping[str, Any]]
    options: tuple[str, ...]
    family: Family
    lasts: timedelta
    least: timedelta
    proof: str


FAULTS: dict[str, Fault] = {}


def fault(
    name: str,
    *,
    says: str | Mapping[str, Mapping[str, Any]] = "",
    options: tuple[str, ...] = ("region",),
    family: Family,
    lasts: timedelta = USUAL,
    least: timedelta = SHORTEST,
    proof: str = "",
) -> Callable[[Compile], Compile]:
    """Register a fault under the name that results and refusals use, with what drills say of it."""

    def register(compile_fault: Compile) -> Compile:
        FAULTS[name] = Fault(
            name=name,
            summary=(compile_fault.__doc__ or "").strip().splitlines()[0],
            compile=compile_fault,
            sentences=says if isinstance(says, Mapping) else {says: {}} if says else {},
            options=options,
            family=family,
            lasts=lasts,
            least=least,
            proof=proof,
        )
        return compile_fault

    return register
