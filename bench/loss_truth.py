"""What was really lost, from what clients were told and what the survivor holds. Nothing of the product is used."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """`acknowledged`: id -> when its client was first told, monotonic ns; `rows`: id -> rows in the survivor."""

    acknowledged: Mapping[str, int]
    rows: Mapping[str, int]

    @property
    def lost(self) -> frozenset[str]:
        """Told to be there, and not there."""
        return frozenset(each for each in self.acknowledged if not self.rows.get(each))

    @property
    def duplicates(self) -> frozenset[str]:
        """There more than once."""
        return frozenset(each for each, count in self.rows.items() if count > 1)

    @property
    def last_lost(self) -> int | None:
        """When the last client was told of a write that is lost; None when none is."""
        return max((self.acknowledged[each] for each in self.lost), default=None)

    def seconds_until(self, until: int | None) -> float:
        """From the first acknowledgement that is lost until a moment in monotonic ns; 0 when nothing is lost.

        Also 0 when the first was read only after that moment: it was under way when the host died.
        """
        first = min((self.acknowledged[each] for each in self.lost), default=None)
        return 0.0 if first is None or until is None else max(0, until - first) / 1e9


def read_acknowledged(path: Path) -> dict[str, int]:
    """The first acknowledgement of each id in a file of "id nanoseconds" lines."""
    told: dict[str, int] = {}
    for line in path.read_text().splitlines():
        write_id, at = line.split(" ")
        told[write_id] = min(int(at), told.get(write_id, int(at)))
    return told
