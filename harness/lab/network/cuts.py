"""Which hops are cut: the places that are isolated now, by name of the cut."""

from collections.abc import Iterable

from harness.lab.addresses import region_of


class Cuts:
    """The cuts in force."""

    def __init__(self) -> None:
        self._places: dict[str, frozenset[str]] = {}

    def __bool__(self) -> bool:
        return bool(self._places)

    def add(self, name: str, places: Iterable[str]) -> None:
        """Isolate places under a name."""
        self._places[name] = frozenset(places)

    def remove(self, name: str) -> None:
        """Take a cut away."""
        self._places.pop(name, None)

    def block(self, a: str, b: str) -> bool:
        """Whether the hop between two places is cut. A cut region loses its inner hops too; a cut zone keeps them."""
        return any(_isolates(place, a, b) for places in self._places.values() for place in places)


def _isolates(place: str, a: str, b: str) -> bool:
    if region_of(place) == place:
        return place in (region_of(a), region_of(b))
    return (a == place) != (b == place)
