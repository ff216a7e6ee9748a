"""How numbers, spans and bounds read in every report."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from harness.model.history import History
from harness.model.verdict import Bound, Finding, Verdict

MOST_DECIMALS = 6


def plain(text: object) -> str:
    """The text without control characters, which neither terminals nor XML may be given."""
    return "".join(c if _allowed(c) else "\N{REPLACEMENT CHARACTER}" for c in str(text))


def _allowed(character: str) -> bool:
    code = ord(character)
    return character in "\n\t" or (code >= 0x20 and not 0x7F <= code < 0xA0 and not _unencodable(code))


def _unencodable(code: int) -> bool:
    return 0xD800 <= code < 0xE000 or code in (0xFFFE, 0xFFFF) or 0x202A <= code <= 0x202E or 0x2066 <= code <= 0x2069


def decimals_of(resolution: float) -> int:
    """How many decimals a resolution is worth, at two significant digits: 0.25 -> 2, 0.5 -> 1, 12.7 -> 0."""
    if resolution <= 0:
        return 0
    text = f"{resolution:.2g}"
    if "e" in text:
        return min(MOST_DECIMALS, max(0, math.ceil(-math.log10(resolution)) + 1))
    return len(text.partition(".")[2])


def number(value: float, resolution: float = 0.0, beside: float | None = None) -> str:
    """A value with as many decimals as its resolution is worth, and enough not to look equal to `beside`."""
    if not math.isfinite(value):
        return str(value)
    if resolution <= 0:
        text = f"{value:.0f}" if value == round(value) else f"{value:.4g}"
        digits = len(text.partition(".")[2]) if "e" not in text else 0
    else:
        digits = decimals_of(resolution)
    while beside is not None and value != beside and digits < MOST_DECIMALS and round(value, digits) == beside:
        digits += 1
    return f"{value:.{digits}f}"


def unit_of(unit: str, value: float) -> str:
    """The unit, in the singular for exactly one: "1 write"."""
    return unit[:-1] if value == 1 and len(unit) > 2 and unit.endswith("s") else unit


def measured(finding: Finding) -> str:
    """What was measured with its resolution, such as "35.0 ± 0.5 s", or "at least 240 s" where the end was not seen."""
    m = finding.measurement
    if m.value is None:
        return "not measured"
    value = number(m.value, m.resolution, beside=finding.criterion.bound.value)
    least = "at least " if at_least(finding) else "at most " if m.evidence.get("at_most") is True else ""
    uncertain = f" ± {number(m.resolution, m.resolution)}" if m.resolution > 0 else ""
    return f"{least}{value}{uncertain} {plain(unit_of(m.unit, m.value))}"


def at_least(finding: Finding) -> bool:
    """Whether the value is a lower bound: what was measured had not ended when the record did."""
    return finding.measurement.evidence.get("at_least") is True


def reason(finding: Finding) -> str:
    """Why the finding is as it is, beside its numbers: what was observed, and all of it where it is undecided."""
    observed = finding.measurement.because
    decided = finding.verdict is not Verdict.INCONCLUSIVE and finding.measurement.value is not None
    return plain(observed if decided and observed and observed in finding.because else finding.because)


def bound(limit: Bound) -> str:
    """The bound in words, such as "at most 60 s"."""
    return f"{limit.relation.value} {number(limit.value)} {plain(unit_of(limit.unit, limit.value))}"


def longhand(value: float | None, unit: str) -> str:
    """A long span once more in hours and minutes, or nothing when it is short."""
    return span(value) if value is not None and unit == "s" and value >= 120 else ""


def span(seconds: float) -> str:
    """A span in words: "0.42 s", "35.0 s", "12 min 05 s", "2 min", "3 h 02 min"."""
    size = abs(seconds)
    sign = "\N{MINUS SIGN}" if seconds < 0 else ""
    if size < 1:
        return f"{sign}{size:.2f} s"
    if size < 119.95:
        return f"{sign}{size:.1f} s"
    if size < 7199.5:
        return sign + _two(round(size), "min", "s")
    return sign + _two(round(size / 60), "h", "min")


def _two(small: int, big_unit: str, small_unit: str) -> str:
    big, rest = divmod(small, 60)
    return f"{big} {big_unit} {rest:02d} {small_unit}" if rest else f"{big} {big_unit}"


def after(seconds: float) -> str:
    """A moment relative to another one: "+17.5 s", or "−2.0 s" before it."""
    return "0 s" if seconds == 0 else ("+" if seconds > 0 else "") + span(seconds)


def clock(seconds: float) -> str:
    """A moment on the axis: "0:45", "12:30", "1:02:00"; tenths only where there are some."""
    tenths = round(abs(seconds) * 10)
    whole, tenth = divmod(tenths, 10)
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    text = f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
    return ("\N{MINUS SIGN}" if seconds < 0 and tenths else "") + text + (f".{tenth}" if tenth else "")


def deadline(value: object) -> str:
    """A span of plan.json in words: seconds, a timedelta, or whatever text stands there."""
    if isinstance(value, timedelta):
        return deadline(value.total_seconds())
    if isinstance(value, int | float) and not isinstance(value, bool):
        return span(float(value)) if value >= 120 else f"{value:g} s"
    return plain(value) if value else ""


def options(chosen: object) -> str:
    """The options of a step, fault or probe in one line."""
    if not isinstance(chosen, Mapping):
        return plain(chosen) if chosen else ""
    return ", ".join(f"{plain(key)}: {_short(value)}" for key, value in chosen.items())


def _short(value: object) -> str:
    if isinstance(value, list | tuple):
        return " ".join(plain(v) for v in value)
    return plain(value)


def wall(moment: object) -> str:
    """A wall-clock time as "2025-11-21 11:23:34 UTC"."""
    try:
        parsed = datetime.fromisoformat(str(moment))
    except ValueError:
        return plain(moment) if moment else ""
    return parsed.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC") if parsed.tzinfo else f"{parsed:%Y-%m-%d %H:%M:%S}"


def environment(history: History) -> str:
    """Where the run took place and which time its durations are in."""
    told = environment_of(history.environment, history.time_scale)
    return told if history.time_scale == 1 else f"{told}: durations are model time; latencies and rates are real"


def environment_of(name: str, time_scale: float) -> str:
    """An environment with its time scale, in a few words."""
    scale = "real time" if time_scale == 1 else f"time \N{MULTIPLICATION SIGN}{number(time_scale)}"
    return f"{plain(name)}, {scale}"


def opened(history: History) -> Mapping[str, Any]:
    """The data of the journal's first line, or nothing."""
    event = history.first("opened")
    return event.data if event else {}


def declared(plan: Mapping[str, Any], key: str) -> Any:
    """What the plan says about one part of the experiment, or None."""
    experiment = plan.get("experiment")
    return experiment.get(key) if isinstance(experiment, Mapping) else None


def folder(plan: Mapping[str, Any]) -> str:
    """Where the run is kept."""
    return plain(plan.get("folder") or "the folder of this report")
