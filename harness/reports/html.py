"""report.html: one file that needs nothing else, for management and for an auditor."""

import base64
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from harness.model.history import History
from harness.model.verdict import Finding, Judgement
from harness.reports.bullet import bullet
from harness.reports.comparison import compare, moved, returned
from harness.reports.crosshair import numbers
from harness.reports.definitions import definitions
from harness.reports.drilled import facts, versions
from harness.reports.evidence import readable
from harness.reports.fate import fate
from harness.reports.frames import close_up, effect, whole
from harness.reports.hold import holds
from harness.reports.page import templates
from harness.reports.registry import report
from harness.reports.response import response
from harness.reports.scaling import scalings
from harness.reports.stages import bars, stages
from harness.reports.summary import sentence, warnings, word
from harness.reports.timeline import draw, region_colours
from harness.reports.wording import (
    bound,
    clock,
    environment,
    folder,
    longhand,
    measured,
    opened,
    plain,
    reason,
    wall,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A timeline of a part of the run, and the numbers for its crosshair."""

    title: str
    words: str
    svg: Markup
    numbers: Mapping[str, Any]


@report("html", filename="report.html")
def render(history: History, judgement: Judgement, plan: Mapping[str, Any]) -> str:
    """The whole report; it loads nothing, and shows everything with scripts off."""
    page = templates().get_template("report.html.j2")
    shown = _head(history, judgement) | _body(history, judgement) | _rest(history, judgement, plan) | _script()
    return page.render(shown)


def _head(history: History, judgement: Judgement) -> dict[str, Any]:
    return {
        "title": plain(history.drill or "Drill"),
        "when": wall(opened(history).get("wall")),
        "environment": environment(history),
        "scale": history.time_scale,
        "verdict": judgement.verdict.value,
        "word": word(history, judgement),
        "sentence": sentence(history, judgement),
        "voids": [plain(v) for v in judgement.voids],
        "warnings": warnings(history),
    }


def _body(history: History, judgement: Judgement) -> dict[str, Any]:
    found = stages(judgement)
    return {
        "findings": [_finding(f) for f in judgement.findings],
        "bars": bars(found),
        "unseen": [s for s in found if s.after_effect is None],
        "scalings": scalings(judgement),
        "holds": holds(history),
        "charts": list(_charts(history)),
        "regions": list(region_colours(history).items()),
    }


def _rest(history: History, judgement: Judgement, plan: Mapping[str, Any]) -> dict[str, Any]:
    compared = compare(history)
    return {
        "fate": fate(history),
        "compared": compared,
        "returned": returned(compared),
        "moved": moved(history),
        "endings": _endings(history),
        "steps": response(history, plan),
        "facts": facts(history, plan),
        "feature": plain(plan.get("feature") or ""),
        "definitions": definitions(judgement),
        "folder": folder(plan),
        "versions": versions(history, plan),
    }


def _script() -> dict[str, Any]:
    """Our own script, and the hash by which the page lets it and no other run."""
    script = templates().get_template("crosshair.js").render()
    digest = hashlib.sha256(script.encode()).digest()
    return {"script": Markup(script), "script_hash": base64.b64encode(digest).decode()}


def _finding(finding: Finding) -> dict[str, Any]:
    """A row of the table of findings, ready to be shown."""
    m = finding.measurement
    return {
        "title": plain(finding.criterion.title),
        "bound": bound(finding.criterion.bound),
        "bound_long": longhand(finding.criterion.bound.value, finding.criterion.bound.unit),
        "measured": measured(finding),
        "measured_long": longhand(m.value, m.unit),
        "graph": Markup(bullet(finding)),  # escapes what it shows
        "verdict": finding.verdict.value,
        "because": reason(finding),
        "observed": plain(m.because) if m.because not in finding.because else "",
        "limited_by": plain(m.limited_by) if m.resolution > 0 else "",
        "evidence": readable(m.evidence) if m.evidence else "",
    }


def _charts(history: History) -> Iterator[Chart]:
    """The whole run, and after it a close-up of the failover where that is but a small part of the run."""
    if not history.events:
        return
    yield _chart(history, "The whole run", *whole(history))
    near = close_up(history)
    if near is not None:
        yield _chart(history, "Close-up of the failover", *near)


def _chart(history: History, title: str, since: float, until: float) -> Chart:
    scale = history.time_scale
    return Chart(
        title=title,
        words=f"{clock(since * scale)} to {clock(until * scale)}",
        svg=Markup(draw(history, since, until)),  # escapes what it shows
        numbers=numbers(history, since, until, effect(history)),
    )


def _endings(history: History) -> list[tuple[str, str]]:
    """The events that put things back, with their times."""
    kinds = ("healing", "healed", "failing back", "failed back", "not healed")
    return [(e.kind, clock(e.at * history.time_scale)) for e in history.events if e.kind in kinds]
