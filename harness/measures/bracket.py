"""A moment that is only known to lie between two others."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Bracket:
    """A moment in (after, until], real seconds since the start of the run."""

    after: float
    until: float

    @property
    def mid(self) -> float:
        """The best guess."""
        return (self.after + self.until) / 2

    @property
    def half(self) -> float:
        """How far the moment may be from the best guess."""
        return (self.until - self.after) / 2


def earliest(brackets: Iterable[Bracket]) -> Bracket:
    """Where the earliest of the moments lies. Raises ValueError when there is none."""
    known = tuple(brackets)
    return Bracket(after=min(b.after for b in known), until=min(b.until for b in known))


def latest(brackets: Iterable[Bracket]) -> Bracket:
    """Where the latest of the moments lies. Raises ValueError when there is none."""
    known = tuple(brackets)
    return Bracket(after=max(b.after for b in known), until=max(b.until for b in known))
