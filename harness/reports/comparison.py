"""The steady state before the fault beside that after it: was everything put back as it was?"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.model.history import History
from harness.reports.wording import number, plain


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One reading of the opening gate and of the closing one. `met` is None where there was no such reading."""

    probe: str
    subject: str
    tolerance: str
    before: str
    after: str
    met_before: bool | None
    met_after: bool | None
    because: str


def compare(history: History) -> tuple[Compared, ...]:
    """The readings of both gates side by side, in the order in which they were taken."""
    before, after = _readings(history, "opening"), _readings(history, "closing")
    return tuple(_compared(before.get(key), after.get(key), key) for key in dict.fromkeys([*before, *after]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """Something that stands elsewhere after the drill than before it."""

    subject: str
    before: str
    after: str


def moved(history: History) -> tuple[Moved, ...]:
    """What the inventories of both gates say differently."""
    before, after = _inventory(history, "opening"), _inventory(history, "closing")
    if not before or not after:
        return ()
    subjects = dict.fromkeys([*before, *after])
    pairs = ((s, plain(before.get(s, "missing")), plain(after.get(s, "missing"))) for s in subjects)
    return tuple(Moved(subject=plain(s), before=b, after=a) for s, b, a in pairs if b != a)


def _inventory(history: History, gate: str) -> Mapping[str, Any]:
    looks = [e for e in history.every("steady") if e.data.get("gate") == gate]
    found = looks[-1].data.get("inventory") if looks else None
    return found if isinstance(found, Mapping) else {}


def _readings(history: History, gate: str) -> dict[tuple[str, str], Mapping[str, Any]]:
    """Those of the last time that the gate was looked at."""
    looks = [e for e in history.every("steady") if e.data.get("gate") == gate]
    found = looks[-1].data.get("readings") or () if looks else ()
    return {(plain(r.get("probe", "")), plain(r.get("subject", ""))): r for r in found if isinstance(r, Mapping)}


def _compared(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None, key: tuple[str, str]) -> Compared:
    either = after or before or {}
    return Compared(
        probe=key[0],
        subject=key[1],
        tolerance=plain(either.get("tolerance") or ""),
        before=_value(before),
        after=_value(after),
        met_before=None if before is None else before.get("met") is True,
        met_after=None if after is None else after.get("met") is True,
        because=plain(either.get("because") or ""),
    )


def _value(reading: Mapping[str, Any] | None) -> str:
    if reading is None:
        return "not read"
    value, unit = reading.get("value"), plain(reading.get("unit") or "")
    if value is None:
        return "no reading"
    shown = number(float(value)) if isinstance(value, int | float) else plain(value)
    return f"{shown} {unit}".strip()


def returned(found: tuple[Compared, ...]) -> bool | None:
    """Whether every reading of the closing gate was within its tolerance; None when it was never looked at."""
    after = [c.met_after for c in found if c.met_after is not None]
    return all(after) if after else None
