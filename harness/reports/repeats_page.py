"""The repeats of a drill as one page that needs nothing else, in the style of the report."""

from typing import Any

from markupsafe import Markup

from harness.repeats import Repeated, Repeats
from harness.reports.dots import strip
from harness.reports.page import templates
from harness.reports.repeated import (
    amount,
    counted,
    run_word,
    said_bounds,
    said_interval,
    title,
    unfinished,
    values,
)
from harness.reports.wording import bound, environment_of, plain, wall


def page(repeats: Repeats, stopped: str = "") -> str:
    """The whole page; `stopped` says why no more were run."""
    known = next((r for r in repeats.runs if r.drill), None)
    return templates().get_template("repeats.html.j2").render(
        title=plain(known.drill) if known else "a drill",
        heading=title(repeats),
        where=environment_of(known.environment, known.time_scale) if known else "",
        tone=repeats.verdict.value.lower(),
        word=repeats.verdict.value,
        because=plain(repeats.because),
        judged_on=plain(repeats.basis.name),
        asked=repeats.asked,
        notes=unfinished(repeats, stopped),
        measures=[_measure(repeats, each) for each in repeats.measures],
        runs=[
            {"number": n, "name": plain(r.name), "when": wall(r.wall), "verdict": r.verdict.value if r.verdict else "",
             "told": plain(run_word(r)) if r.voids or not r.verdict else ""}
            for n, r in enumerate(repeats.runs, start=1)
        ],
    )  # fmt: skip


def _measure(repeats: Repeats, each: Repeated) -> dict[str, Any]:
    named = {"min": each.least, "median": each.median, "max": each.most, "spread": each.spread}
    return {
        "title": plain(each.criterion.title),
        "bound": bound(each.criterion.bound),
        "verdict": each.verdict.value,
        "because": plain(each.because),
        "graph": Markup(strip(each)),  # escapes what it shows
        "figures": {name: amount(each, found) if found else "unknown" for name, found in named.items()},
        "counted": counted(each),
        "interval": said_interval(each) if each.measured else "",
        "bounds": said_bounds(repeats, each) if each.bounds and each.measured else "",
        "values": values(each),
    }
