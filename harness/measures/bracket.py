"""A moment that is only known to lie between two others."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from math import inf


@dataclass(frozen=True, slots=True, kw_only=True)
class Bracket:
    """A moment in (after, until], real seconds since the start of the run; `likely` where it is not the middle."""

    after: float
    until: float
    likely: float | None = None

    @property
    def guess(self) -> float:
        """The best guess."""
        return (self.after + self.until) / 2 if self.likely is None else self.likely

    def widened(self, by: float, floor: float = -inf) -> "Bracket":
        """The same moment, most likely where it was, but perhaps earlier by so much, down to `floor`."""
        return replace(self, after=min(self.after, max(floor, self.after - by)), likely=self.guess)

    @property
    def error(self) -> float:
        """How far the moment may be from the best guess."""
        return max(self.until - self.guess, self.guess - self.after)


def earliest(brackets: Iterable[Bracket]) -> Bracket:
    """Where the earliest of the moments lies. Raises ValueError when there is none."""
    known = tuple(brackets)
    return _all(known, min)


def latest(brackets: Iterable[Bracket]) -> Bracket:
    """Where the latest of the moments lies. Raises ValueError when there is none."""
    known = tuple(brackets)
    return _all(known, max)


def _all(known: tuple[Bracket, ...], pick: Callable[[Iterable[float]], float]) -> Bracket:
    after, until = pick(b.after for b in known), pick(b.until for b in known)
    return Bracket(after=after, until=until, likely=min(until, max(after, pick(b.guess for b in known))))
