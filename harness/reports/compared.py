"""A comparison of runs for a terminal and for machines."""

from collections.abc import Iterator, Sequence
from typing import Any

from harness.reports.sparkline import characters
from harness.reports.wording import environment_of, measured, number, plain, unit_of, wall
from harness.trend import Change, Difference, Point, Ran, Series, Trend

Row = tuple[str, ...]
TONES = {Change.WORSE: "31", Change.BETTER: "32", Change.UNKNOWN: "33"}
VERDICTS = {"FAIL": "31", "PASS": "32", "INCONCLUSIVE": "33"}


def compared(trend: Trend, *, colour: bool = False) -> str:
    """Every measure with a line for each run; the conclusion is the last line."""
    lines = list(_runs(trend, colour))
    for series in trend.series:
        rows = [_cells(trend, n, p) for n, p in enumerate(series.points)]
        lines += ["", plain(series.title), *(f"  {line}" for line in _table(rows, colour))]
    return "\n".join([*lines, "", conclusion(trend)]) + "\n"


def followed(trend: Trend, *, colour: bool = False) -> str:
    """Every measure in one line: its course, the first and the last value, and the last change."""
    rows: list[Row] = [("measure", "course", "first", "last", "last change", "")]
    rows += [_course(s) for s in trend.series]
    lines = [*_runs(trend, colour), "", *_table(rows, colour)] if trend.series else [*_runs(trend, colour)]
    return "\n".join([*lines, "", conclusion(trend)]) + "\n"


def _runs(trend: Trend, colour: bool) -> Iterator[str]:
    rows = [
        (f"run {n}", plain(r.name), word(r), environment_of(r.environment, r.time_scale)) for n, r in _counted(trend)
    ]
    yield from dict.fromkeys(plain(r.drill) for r in trend.runs)
    yield from (f"  {line}" for line in _table(rows, colour))
    yield from (f"  note: {plain(note)}" for note in trend.notes)


def _counted(trend: Trend) -> Iterator[tuple[int, Ran]]:
    return enumerate(trend.runs, start=1)


def word(run: Ran) -> str:
    """The verdict of a run, or that it has none."""
    if run.verdict is None:
        return "never judged"
    return f"{run.verdict.value}, void" if run.voids else run.verdict.value


def _cells(trend: Trend, n: int, point: Point) -> Row:
    verdict = point.finding.verdict.value if point.finding else ""
    value = measured(point.finding) if point.finding else "not asked for"
    if point.difference is None:
        return (f"run {n + 1}", value, verdict, "", "")
    return (f"run {n + 1}", value, verdict, shown(point.difference, point), said(point.difference))


def _course(series: Series) -> Row:
    first, last = series.ends
    ends = [measured(p.finding) if p.finding else "not asked for" for p in (first, last)]
    change = last.difference
    told = (shown(change, last), said(change)) if change else ("", "")
    return (plain(series.title), characters(series), *ends, *told)


def shown(difference: Difference, point: Point) -> str:
    """The difference with its uncertainty, such as "+10.7 ± 1.1 s"; nothing where it cannot be said."""
    if difference.value is None or point.finding is None:
        return ""
    unit = point.finding.measurement.unit
    text = number(abs(difference.value), difference.uncertainty)
    sign = "" if float(text) == 0 else "+" if difference.value > 0 else "\N{MINUS SIGN}"
    spread = f" ± {number(difference.uncertainty, difference.uncertainty)}" if difference.uncertainty else ""
    return f"{sign}{text}{spread} {plain(unit_of(unit, abs(difference.value)))}"


def said(difference: Difference) -> str:
    """What a difference means, problems in capitals, with the reason where there is one."""
    change = difference.change.value.upper() if difference.change is Change.WORSE else difference.change.value
    return f"{change}: {plain(difference.because)}" if difference.because else change


def against(trend: Trend) -> str:
    """What each run is held against, and how strictly."""
    allowed = f" with a tolerance of {number(trend.tolerance * 100)} %" if trend.tolerance else ""
    return ("the run before it" if trend.stepwise else "run 1") + allowed


def conclusion(trend: Trend) -> str:
    """Whether anything got worse, and whether everything could be compared."""
    worse, unknown = trend.of(Change.WORSE), trend.of(Change.UNKNOWN)
    if worse:
        listed = ", ".join(f"{plain(s.title)} in run {n + 1}" for s, n in worse)
        return f"{len(worse)} regression{'' if len(worse) == 1 else 's'} against {against(trend)}: {listed}"
    if len(trend.runs) < 2:
        return "one run alone: there is nothing to compare it with"
    if unknown or not trend.series:
        listed = ", ".join(f"{plain(s.title)} in run {n + 1}" for s, n in unknown)
        return f"no regression was seen, but not everything can be compared: {listed or 'nothing was judged'}"
    return f"no regression against {against(trend)}"


def _table(rows: Sequence[Row], colour: bool) -> list[str]:
    sizes = [max(len(row[n]) for row in rows) for n in range(len(rows[0]))] if rows else []
    return [
        "  ".join(_painted(c, c.ljust(s), colour) for c, s in zip(row, sizes, strict=True)).rstrip() for row in rows
    ]


def _painted(word: str, cell: str, colour: bool) -> str:
    tones = VERDICTS | {c.value: t for c, t in TONES.items()}
    tone = tones.get(word.partition(",")[0]) or tones.get(word.partition(":")[0].lower())
    return cell.replace(word, f"\x1b[1;{tone}m{word}\x1b[0m") if colour and tone else cell


def as_json(trend: Trend) -> dict[str, Any]:
    """The whole comparison for machines."""
    return {
        "runs": [_run_data(r) for r in trend.runs],
        "notes": list(trend.notes),
        "against": "the run before" if trend.stepwise else "the first run",
        "tolerance_percent": trend.tolerance * 100,
        "measures": [_series_data(s) for s in trend.series],
        "regressions": [{"measure": s.title, "run": n + 1} for s, n in trend.of(Change.WORSE)],
        "not_comparable": [{"measure": s.title, "run": n + 1} for s, n in trend.of(Change.UNKNOWN)],
    }


def _run_data(run: Ran) -> dict[str, Any]:
    verdict = run.verdict.value if run.verdict else None
    return {
        "name": run.name,
        "folder": run.folder,
        "drill": run.drill,
        "wall": wall(run.wall),
        "environment": run.environment,
        "time_scale": run.time_scale,
        "verdict": verdict,
        "voids": list(run.voids),
    }


def _series_data(series: Series) -> dict[str, Any]:
    return {
        "title": series.title,
        "unit": series.unit,
        "relation": series.relation.value,
        "points": [_point_data(p) for p in series.points],
    }


def _point_data(point: Point) -> dict[str, Any]:
    found, change = point.finding, point.difference
    return {
        "value": found.measurement.value if found else None,
        "resolution": found.measurement.resolution if found else None,
        "verdict": found.verdict.value if found else None,
        "difference": change.value if change else None,
        "uncertainty": change.uncertainty if change else None,
        "change": change.change.value if change else None,
        "because": change.because if change else "",
    }
