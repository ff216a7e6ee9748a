"""One answer of the system to one question."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a probe read about one subject. `value` None is no reading, never 0; `because` then says why.

    `met` says whether the value lies within `tolerance`, which is written for people ("at most 1 s").
    """

    probe: str
    subject: str
    value: float | None
    unit: str
    tolerance: str
    met: bool
    because: str = ""
