"""The zones of a region by name or id."""

from collections.abc import Sequence

from harness.lab.control import records


class NoSuchZone(Exception):
    """A region has no zone of that name or id."""


def zone_names(region: str, asked: Sequence[str]) -> list[str]:
    """The names of zones that are named by name or id; call it under the lock. Raises NoSuchZone."""
    names = {known: name for name, id in records.zone_ids(region).items() for known in (name, id)}
    if unknown := [zone for zone in asked if zone not in names]:
        raise NoSuchZone(f"not a zone of {region}: {', '.join(unknown)}")
    return [names[zone] for zone in asked]
