"""A side of the network: addresses, networks and places."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network

from harness.lab.addresses import OTHER, PLACES, place_of, region_of

_PLACES = frozenset((*PLACES.values(), OTHER))


def problem(name: str) -> str | None:
    """What is wrong with a name that should be an address, a network or a place."""
    try:
        _network(name)
    except ValueError:
        return f"not an address, a network or a place: {name}"
    return None


def _network(name: str) -> IPv4Network | None:
    return None if name in _PLACES else IPv4Network(name)


class Hosts:
    """Everybody whom a list names; an empty list is everybody there is. A region has its zones within."""

    def __init__(self, names: Iterable[str]) -> None:
        named = frozenset(names)
        self.everybody = not named
        self.places = frozenset(place for place in _PLACES if named & {place, region_of(place)})
        self.networks = tuple(network for name in sorted(named) if (network := _network(name)) is not None)

    def has(self, address: str) -> bool:
        """Whether an address is among them."""
        return (
            self.everybody
            or place_of(address) in self.places
            or any(IPv4Address(address) in network for network in self.networks)
        )
