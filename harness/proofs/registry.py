"""Proofs by name. A proof reads one figure of the stack; another figure than before the fault shows its effect."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from harness.aws.site import Site

Figure = float | str | None  # None: there is no answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """Where a fault strikes: a region, and the zone in it where the fault is of one zone."""

    region: str
    zone: str = ""

    @property
    def name(self) -> str:
        """The zone, else the region."""
        return self.zone or self.region


class Read(Protocol):
    """Reads the figure. May raise CallFailed, which is no reading."""

    def __call__(self, site: Site, where: Where) -> Figure: ...


Shows = Callable[[Figure, Figure], bool]  # before, now


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """A proof as it is registered: `unit` follows the figure in words, `shows` tells an effect from what was before.

    So many `looks` one after the other must see it: one alone may be noise.
    """

    name: str
    unit: str
    read: Read
    shows: Shows
    looks: int

    def words(self, figure: Figure) -> str:
        """A figure as a person reads it."""
        if figure is None:
            return "no answer"
        text = figure if isinstance(figure, str) else f"{figure:g}"
        return f"{text} {self.unit}".strip()


PROOFS: dict[str, Proof] = {}


def proof(name: str, *, unit: str, shows: Shows, looks: int = 1) -> Callable[[Read], Read]:
    """Register a proof under the name that faults use."""

    def register(read: Read) -> Read:
        PROOFS[name] = Proof(name=name, unit=unit, read=read, shows=shows, looks=looks)
        return read

    return register


def fewer(before: Figure, now: Figure) -> bool:
    """Fewer than before, or no answer where there was one."""
    if isinstance(before, str) or isinstance(now, str) or before is None:
        return False
    return now is None or now < before


def another(before: Figure, now: Figure) -> bool:
    """Another than before, both being known."""
    return before is not None and now is not None and now != before
