"""The timeline as a picture of its own, for slides and for attachments."""

from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from harness.model.history import History
from harness.model.verdict import Judgement
from harness.reports.frames import whole
from harness.reports.registry import report
from harness.reports.timeline import draw


@report("timeline", filename="timeline.svg")
def render(history: History, judgement: Judgement, plan: Mapping[str, Any]) -> str:
    """The whole run over one axis of time, as an SVG file."""
    folder = files("harness.reports") / "templates"
    style = "".join((folder / name).read_text("utf-8") for name in ("palette.css", "timeline.css"))
    return draw(history, *whole(history), style=style)
