"""How much of a fleet there is at one moment."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """The instances or tasks of one group by what they do: so many there should be, serve, start, wait stopped, end.

    `instances` are the states of instances by their ids, where the service tells them.
    """

    desired: int
    in_service: int
    pending: int = 0
    warmed: int = 0
    terminating: int = 0
    instances: Mapping[str, str] = field(default_factory=dict)
