"""What impairs traffic: one rule, between one side of the network and another."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from harness.lab.network.hosts import problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Traffic between `ends` and `others` that is blocked, late or lost.

    Both are addresses, networks (CIDR) or places (regions, zones, populations); no `others` are everybody. `traffic` is
    seen from the ends. With a `port`, which is the public one that is dialed, only connections to it are meant: dialed
    into the ends (ingress) or from them (egress) where they are blocked. Delay and loss strike the bytes that leave the
    ends (egress) or reach them (ingress). Delays are real milliseconds; jitter is the most that a delay differs, either
    way. `flows_percent` is the share of the connections that are struck, the same ones as long as the rule holds.
    """

    ends: tuple[str, ...]
    others: tuple[str, ...] = ()
    traffic: Literal["both", "ingress", "egress"] = "both"
    port: int | None = None
    blocked: bool = False
    delay_ms: float = 0
    jitter_ms: float = 0
    loss_percent: float = 0
    flows_percent: float = 100

    def problems(self) -> list[str]:
        """Everything that is wrong with it."""
        found = [] if self.ends else ["a rule without ends"]
        found += filter(None, map(problem, (*self.ends, *self.others)))
        if self.traffic not in ("both", "ingress", "egress"):
            found.append(f"no traffic: {self.traffic!r}")
        found += [f"{name} is less than nothing" for name in ("delay_ms", "jitter_ms") if getattr(self, name) < 0]
        for name in ("loss_percent", "flows_percent"):
            if not 0 <= getattr(self, name) <= 100:
                found.append(f"{name} is not in 0..100: {getattr(self, name):g}")
        return found


def problems(rules: Sequence[Rule]) -> list[str]:
    """Everything that is wrong with rules; that there are none, too."""
    return [p for rule in rules for p in rule.problems()] if rules else ["there is no rule"]
