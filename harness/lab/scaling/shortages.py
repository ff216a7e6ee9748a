"""Zones that have no capacity for instances of Auto Scaling groups."""

import random
from dataclasses import dataclass, field

from harness.lab.control.lab import Lab


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortage:
    """So many percent of the launches of groups (ARNs) in zones fail."""

    groups: frozenset[str]
    zones: frozenset[str]
    percentage: float


@dataclass(slots=True)
class Shortages:
    """The shortages in force, by name."""

    lab: Lab
    _held: dict[str, Shortage] = field(default_factory=dict)

    def begin(self, name: str, shortage: Shortage) -> None:
        """Run short of capacity."""
        self._held[name] = shortage
        self.lab.truth.write("shortage", name=name, zones=sorted(shortage.zones), percentage=shortage.percentage)

    def end(self, name: str) -> None:
        """There is capacity again."""
        if self._held.pop(name, None) is not None:
            self.lab.truth.write("shortage_over", name=name)

    def strikes(self, group: str, zone: str) -> bool:
        """Whether a launch of a group in a zone fails."""
        return any(
            group in shortage.groups and zone in shortage.zones and random.random() * 100 < shortage.percentage
            for shortage in self._held.values()
        )
