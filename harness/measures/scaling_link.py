"""One link of a scaling chain: seen at a moment, not seen until another one, or nobody knows."""

from dataclasses import dataclass

from harness.measures.bracket import Bracket


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """`at` is when it was seen; without it `until` is how long it was not, and without both nobody could have seen it.

    `said` is what was seen, or why it was not.
    """

    name: str
    said: str
    at: Bracket | None = None
    until: float | None = None

    @property
    def happened(self) -> bool:
        """Whether it was seen."""
        return self.at is not None

    @property
    def missed(self) -> bool:
        """Whether it was looked for and did not happen."""
        return self.at is None and self.until is not None


def seen(name: str, at: Bracket, said: str) -> Link:
    """A link that was seen."""
    return Link(name=name, at=at, said=said)


def never(name: str, until: float, why: str) -> Link:
    """A link that had not happened at a moment."""
    return Link(name=name, until=until, said=why)


def unknown(name: str, why: str) -> Link:
    """A link that nobody could see."""
    return Link(name=name, said=why)
