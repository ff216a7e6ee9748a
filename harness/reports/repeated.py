"""The repeats of a drill for a terminal and for machines."""

import math
from collections.abc import Callable, Iterator
from fractions import Fraction
from textwrap import wrap
from typing import Any

from harness.measures.censored import Amount
from harness.measures.order_statistics import CONFIDENCE, Interval, Limits, values_for_median
from harness.model.verdict import Finding
from harness.repeats import Repeated, Repeats, level
from harness.reports.compared import VERDICTS, word
from harness.reports.wording import bound, decimals_of, environment_of, measured, number, plain, unit_of
from harness.trend import Ran

WIDTH = 118


def render(repeats: Repeats, stopped: str = "", *, colour: bool = False) -> str:
    """Every run, every measure, and the verdict over all as the last line; `stopped` says why no more were run."""
    lines = [title(repeats), *(f"  run {n:<3} {line}" for n, line in enumerate(_runs(repeats, colour), start=1))]
    lines += [f"  {line}" for line in unfinished(repeats, stopped)]
    for each in repeats.measures:
        lines += [
            "",
            f"{heading(each)}  {_painted(each.verdict.value, colour)}",
            *(line for text in told(repeats, each) for line in _wrapped(text)),
        ]
    return "\n".join([*lines, "", conclusion(repeats, colour)]) + "\n"


def _wrapped(text: str) -> list[str]:
    return wrap(text, WIDTH, initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False)


def title(repeats: Repeats) -> str:
    """The drill, where it ran, and how often."""
    known = next((r for r in repeats.runs if r.drill), None)
    where = f"{plain(known.drill)}, {environment_of(known.environment, known.time_scale)}, " if known else ""
    return f"{where}{_counted(repeats)}"


def _counted(repeats: Repeats) -> str:
    return f"{repeats.asked} repeat{'' if repeats.asked == 1 else 's'}"


def _runs(repeats: Repeats, colour: bool) -> Iterator[str]:
    for run in repeats.runs:
        yield f"{plain(run.name)}  {_painted(run_word(run), colour)}"


def run_word(run: Ran) -> str:
    """The verdict of a run and, where it shows nothing, why."""
    return f"{word(run)}: {plain(run.voids[0])}" if run.voids else word(run)


def unfinished(repeats: Repeats, stopped: str) -> list[str]:
    """Whether fewer runs began than were asked for, and why."""
    missing = repeats.asked - len(repeats.runs)
    if not missing and not stopped:
        return []
    never = f"; {missing} of {repeats.asked} runs never began and count as undecided" if missing else ""
    why = f"stopped: {' '.join(plain(stopped).split())}" if stopped else "not all of them ran"
    return [why + never]


def heading(each: Repeated) -> str:
    """The criterion."""
    return f"{plain(each.criterion.title)}, {bound(each.criterion.bound)}"


def told(repeats: Repeats, each: Repeated) -> list[str]:
    """What is known of one measure, a line each."""
    lines = [counted(each), *([", ".join(values(each))] if each.measured else [])]
    lines += [figures(each)] if each.measured else []
    lines += [said_interval(each)] if each.measured else []
    lines += [said_bounds(repeats, each)] if each.bounds and each.measured else []
    return [*lines, each.because]


def counted(each: Repeated) -> str:
    """How many runs measured it, and why others did not."""
    if not any(each.unknown):
        return f"measured by {'the one run' if each.measured == 1 else f'all {each.measured} runs'} that began"
    why = "".join(f"; run {n}: {plain(text)}" for n, text in enumerate(each.unknown, start=1) if text)
    return f"measured by {each.measured}, not measured by {len(each.findings) - each.measured}{why}"


def values(each: Repeated) -> list[str]:
    """What each run measured, in the order in which they ran."""
    return [measured(f) if f else "not measured" for f in each.findings]


def figures(each: Repeated) -> str:
    """The smallest, the median, the greatest value and the spread of the runs that measured it."""
    named = {"min": each.least, "median": each.median, "max": each.most}
    listed = [f"{name} {amount(each, found)}" for name, found in named.items() if found]
    listed += [f"spread {amount(each, each.spread)} (interquartile range)"] if each.spread else []
    listed += [f"each run ± {_with_unit(each, each.resolution)} at most"] if each.resolution else []
    return ", ".join(listed)


def amount(each: Repeated, found: Amount) -> str:
    """A figure with its unit."""
    return f"{'at least ' if found.at_least else ''}{_with_unit(each, found.value)}"


def _with_unit(each: Repeated, value: float) -> str:
    return f"{_number(each, value)} {plain(unit_of(each.criterion.bound.unit, value))}"


def _number(each: Repeated, value: float) -> str:
    return f"{value:.{_digits(each, value)}f}"


def _digits(each: Repeated, value: float) -> int:
    """As many decimals as the finest of the runs is worth."""
    finest = min((f.measurement.resolution for f in each.findings if f), default=0.0)
    return decimals_of(finest) if finest > 0 else len(number(value).partition(".")[2])


def said_interval(each: Repeated) -> str:
    """Where the median lies, with which confidence, and what it takes for 95 %."""
    if each.interval is None:
        return "one run tells no interval of the median"
    limits, sure = each.interval.limits, f"with {_percent(each.interval.coverage)} confidence"
    if not (math.isfinite(limits.low) or math.isfinite(limits.high)):
        return f"too little was measured to say where the median lies {sure}"
    return f"the median lies {' and '.join(_sides(each, limits))} {sure}{_short(each.interval)}"


def _short(interval: Interval) -> str:
    if interval.coverage >= CONFIDENCE:
        return ""
    return f"; {_percent(CONFIDENCE)} needs {values_for_median()} runs or more"


def _percent(share: Fraction) -> str:
    """To a tenth, and never rounded up."""
    return f"{math.floor(share * 1000) / 10:g} %"


def _sides(each: Repeated, limits: Limits) -> list[str]:
    """The limits in words, those that there are, rounded away from what they hold."""
    unit = plain(each.criterion.bound.unit)
    low, high = (math.isfinite(end) for end in (limits.low, limits.high))
    at_least = [f"at or above {_outward(each, limits.low, math.floor)} {unit}"] if low else []
    return at_least + ([f"at or below {_outward(each, limits.high, math.ceil)} {unit}"] if high else [])


def _outward(each: Repeated, value: float, to: Callable[[float], int]) -> str:
    digits = _digits(each, value)
    return f"{to(round(value * 10**digits, 6)) / 10**digits:.{digits}f}"


def said_bounds(repeats: Repeats, each: Repeated) -> str:
    """The one-sided confidence bounds of the percentile that is judged on."""
    name, sure = level(repeats.basis, each.criterion.bound.relation), f"{_percent(CONFIDENCE)} confidence"
    sides = _sides(each, each.bounds) if each.bounds else []
    if not sides:
        return f"{name}: too few runs for a bound on either side with {sure}"
    return f"{name} lies {' and '.join(sides)} with {sure}{' each' if len(sides) > 1 else ''}"


def conclusion(repeats: Repeats, colour: bool = False) -> str:
    """The verdict over all repeats, and what it is made of."""
    verdict = _painted(repeats.verdict.value, colour)
    return f"verdict over {_counted(repeats)}, judged on {repeats.basis.name}: {verdict} ({repeats.because})"


def _painted(text: str, colour: bool) -> str:
    tone = VERDICTS.get(text.partition(",")[0].partition(":")[0])
    return f"\x1b[1;{tone}m{text}\x1b[0m" if colour and tone else text


def as_json(repeats: Repeats) -> dict[str, Any]:
    """The same for machines; where there is no limit, null."""
    return {
        "asked": repeats.asked,
        "judged_on": repeats.basis.name,
        "verdict": repeats.verdict.value,
        "reason": repeats.because,
        "runs": [_run_data(run) for run in repeats.runs],
        "measures": [_data(repeats, each) for each in repeats.measures],
    }


def _run_data(run: Ran) -> dict[str, Any]:
    return {"name": run.name, "verdict": run.verdict.value if run.verdict else None, "voids": list(run.voids)}


def _data(repeats: Repeats, each: Repeated) -> dict[str, Any]:
    limit, interval = each.criterion.bound, each.interval
    return {
        "title": each.criterion.title,
        "bound": {"relation": limit.relation.value, "value": limit.value, "unit": limit.unit},
        "verdict": each.verdict.value,
        "because": each.because,
        "measured": each.measured,
        "not_measured": len(each.findings) - each.measured,
        "values": [_value_data(f, why) for f, why in zip(each.findings, each.unknown, strict=True)],
        "min": _amount_data(each.least),
        "median": _amount_data(each.median),
        "max": _amount_data(each.most),
        "interquartile_range": _amount_data(each.spread),
        "resolution": each.resolution,
        "median_interval": interval
        and {**_limits_data(interval.limits), "coverage": round(float(interval.coverage), 6)},
        "percentile": each.bounds and {"name": level(repeats.basis, limit.relation), **_limits_data(each.bounds)},
    }


def _value_data(finding: Finding | None, why: str) -> dict[str, Any]:
    if finding is None:
        return {"value": None, "because": why}
    found = finding.measurement
    return {
        "value": found.value,
        "resolution": found.resolution,
        "at_least": found.evidence.get("at_least") is True,
        "verdict": finding.verdict.value,
    }


def _amount_data(found: Amount | None) -> dict[str, Any] | None:
    return {"value": round(found.value, 6), "at_least": found.at_least} if found else None


def _limits_data(limits: Limits) -> dict[str, float | None]:
    ends = {"low": limits.low, "high": limits.high}
    return {name: round(end, 6) if math.isfinite(end) else None for name, end in ends.items()}
