"""A comparison of runs as one page that needs nothing else, in the style of the report."""

from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from harness.reports.compared import against, conclusion, said, shown
from harness.reports.page import templates
from harness.reports.sparkline import draw
from harness.reports.wording import bound, environment_of, measured, plain, wall
from harness.trend import Change, Point, Ran, Series, Trend

TONES = {Change.WORSE: "worse", Change.BETTER: "better", Change.UNKNOWN: "unknown", Change.SAME: "same"}


def page(trends: Sequence[Trend], title: str) -> str:
    """The whole page, a part for each trend."""
    parts = [_part(trend) for trend in trends]
    return templates().get_template("trend.html.j2").render(title=plain(title), parts=parts)


def _part(trend: Trend) -> dict[str, Any]:
    tone, word = _outcome(trend)
    return {
        "drill": plain(trend.runs[-1].drill),
        "tone": tone,
        "word": word,
        "conclusion": conclusion(trend),
        "notes": [plain(n) for n in trend.notes],
        "against": against(trend),
        "runs": [_run(n, r) for n, r in enumerate(trend.runs, start=1)],
        "series": [_series(trend, s) for s in trend.series],
    }


def _outcome(trend: Trend) -> tuple[str, str]:
    if trend.of(Change.WORSE):
        return "fail", "REGRESSION"
    if trend.of(Change.UNKNOWN) or not trend.series or len(trend.runs) < 2:
        return "inconclusive", "INCONCLUSIVE"
    return "pass", "NO REGRESSION"


def _run(number: int, run: Ran) -> dict[str, Any]:
    return {
        "number": number,
        "name": plain(run.name),
        "folder": plain(run.folder),
        "when": wall(run.wall),
        "where": environment_of(run.environment, run.time_scale),
        "verdict": run.verdict.value if run.verdict else "",
        "voids": plain("; ".join(run.voids)),
    }


def _series(trend: Trend, series: Series) -> dict[str, Any]:
    last = next(p.finding for p in reversed(series.points) if p.finding)
    return {
        "title": plain(series.title),
        "bound": bound(last.criterion.bound),
        "graph": Markup(draw(series)),  # escapes what it shows
        "points": [_point(r, p) for r, p in zip(trend.runs, series.points, strict=True)],
        "first": _point(trend.runs[0], series.ends[0]),
        "last": _point(trend.runs[-1], series.ends[1]),
    }


def _point(run: Ran, point: Point) -> dict[str, str]:
    found, change = point.finding, point.difference
    return {
        "name": plain(run.name),
        "measured": measured(found) if found else "not asked for",
        "verdict": found.verdict.value if found else "",
        "difference": shown(change, point) if change else "",
        "said": said(change) if change else "",
        "tone": TONES[change.change] if change else "",
    }
