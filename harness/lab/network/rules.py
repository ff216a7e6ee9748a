"""Which rules are in force, and what they come to for a connection and for the dials at a door."""

import math
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from harness.lab.network.hosts import Hosts
from harness.lab.network.impairment import Impairment
from harness.lab.network.rule import Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """A connection: who dialed whom at which public port. Without a number it stands for all of them."""

    client: str
    server: str
    port: int
    number: int | None = None


class _Holding:
    """A rule in force. That all is lost means blocked."""

    def __init__(self, rule: Rule, seed: str) -> None:
        self.rule = replace(rule, blocked=True, traffic="both") if rule.loss_percent >= 100 else rule
        self.ends, self.others = Hosts(rule.ends), Hosts(rule.others)
        self._seed = seed

    def sides(self, flow: Flow) -> tuple[bool, bool]:
        """Whether the client is an end of it, and whether the server is."""
        if self.rule.port not in (None, flow.port) or not self._strikes(flow):
            return False, False
        return (
            self.ends.has(flow.client) and self.others.has(flow.server),
            self.ends.has(flow.server) and self.others.has(flow.client),
        )

    def blocks(self, flow: Flow) -> bool:
        """Whether it blocks a connection."""
        client, server = self.sides(flow) if self.rule.blocked else (False, False)
        return (client and self._dials("egress")) or (server and self._dials("ingress"))

    def directions(self, flow: Flow) -> tuple[bool, bool]:
        """Whether it strikes the bytes to the server, and those to the client."""
        client, server = self.sides(flow)
        out, back = self.rule.traffic != "ingress", self.rule.traffic != "egress"
        return (client and out) or (server and back), (client and back) or (server and out)

    def blocked_sources(self, server: str, port: int) -> Iterator[Hosts]:
        """Whose dials to a server it blocks, all of them."""
        if not self.rule.blocked or self.rule.flows_percent < 100 or self.rule.port not in (None, port):
            return
        if self._dials("ingress") and self.ends.has(server):
            yield self.others
        if self._dials("egress") and self.others.has(server):
            yield self.ends

    def _dials(self, traffic: str) -> bool:
        # Without a port it matters not who dialed: no TCP connection lives on one direction.
        return self.rule.port is None or self.rule.traffic in (traffic, "both")

    def _strikes(self, flow: Flow) -> bool:
        if self.rule.flows_percent >= 100 or flow.number is None:
            return self.rule.flows_percent >= 100
        return random.Random(f"{self._seed}/{flow.number}").random() * 100 < self.rule.flows_percent


class Rules:
    """The rules in force, by name."""

    def __init__(self) -> None:
        self._named: dict[str, list[_Holding]] = {}

    def __bool__(self) -> bool:
        return bool(self._named)

    def add(self, name: str, rules: Iterable[Rule]) -> None:
        """Put rules in force under a name."""
        self._named[name] = [_Holding(rule, f"{name}/{number}") for number, rule in enumerate(rules)]

    def remove(self, name: str) -> None:
        """Take the rules of a name away."""
        self._named.pop(name, None)

    def block(self, flow: Flow) -> bool:
        """Whether any of them blocks a connection."""
        return any(holding.blocks(flow) for holding in self._all())

    def blocked_sources(self, server: str, port: int) -> list[Hosts]:
        """Whose dials to a server are all blocked."""
        return [hosts for holding in self._all() for hosts in holding.blocked_sources(server, port)]

    def impairments(self, flow: Flow, one_way_ns: int) -> tuple[Impairment | None, Impairment | None]:
        """How a connection is impaired towards its server and towards its client."""
        if not self:
            return None, None
        struck = [(holding.rule, holding.directions(flow)) for holding in self._all()]
        there = [rule for rule, (there, _) in struck if there and _slows(rule)]
        back = [rule for rule, (_, back) in struck if back and _slows(rule)]
        round_trip = 2 * one_way_ns + sum(_ns(rule.delay_ms) for rule in (*there, *back))
        return _impairment(there, round_trip), _impairment(back, round_trip)

    def _all(self) -> Iterator[_Holding]:
        for holdings in self._named.values():
            yield from holdings


def _slows(rule: Rule) -> bool:
    return not rule.blocked and (rule.delay_ms > 0 or rule.jitter_ms > 0 or rule.loss_percent > 0)


def _impairment(rules: list[Rule], round_trip_ns: int) -> Impairment | None:
    if not rules:
        return None
    return Impairment(
        delays_ns=tuple((_ns(rule.delay_ms), _ns(rule.jitter_ms)) for rule in rules if rule.delay_ms or rule.jitter_ms),
        loss=1 - math.prod(1 - rule.loss_percent / 100 for rule in rules),
        round_trip_ns=round_trip_ns,
    )


def _ns(milliseconds: float) -> int:
    return int(milliseconds * 1e6)
