"""Which dials a door drops: by the place that their source address stands for, and by that address."""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network

from harness.lab.addresses import OTHER, PLACES, place_of
from harness.lab.network.cuts import Cuts
from harness.lab.network.door import Door
from harness.lab.network.packets import Instruction, drop_by_network, drop_by_third_octet, drop_everything
from harness.lab.network.rules import Flow, Rules


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropped:
    """What is dropped at a door: by third octet of the source, of all other octets, and of networks."""

    default: bool
    octets: Mapping[int, bool]
    networks: tuple[IPv4Network, ...] = ()

    def everything(self, besides: str | None = None) -> bool:
        """Whether every dial is dropped, with or without those from one place."""
        return self.default and all(drop for octet, drop in self.octets.items() if PLACES[octet] != besides)

    def program(self) -> list[Instruction] | None:
        """The packet filter that drops them; none when there is nothing to drop."""
        if self.everything():
            return drop_everything()
        if not (self.default or self.networks or any(self.octets.values())):
            return None
        return [*drop_by_network(self.networks), *drop_by_third_octet(self.default, self.octets)]


def dropped(door: Door, cuts: Cuts, rules: Rules) -> Dropped:
    """Which dials a door drops while cuts and rules are in force."""
    here = place_of(door.address)
    if door.source:
        flow = Flow(client=door.source, server=door.server, port=door.port)
        return Dropped(default=cuts.block(place_of(door.source), here) or rules.block(flow), octets={})
    blocked = rules.blocked_sources(door.server, door.port)
    places = set[str]().union(*(hosts.places for hosts in blocked))
    everybody = any(hosts.everybody for hosts in blocked)

    def drops(place: str) -> bool:
        return everybody or place in places or cuts.block(place, here)

    return Dropped(
        default=drops(OTHER),
        octets={octet: drops(place) for octet, place in PLACES.items()},
        networks=tuple(network for hosts in blocked for network in hosts.networks),
    )
