"""Reports by name: each a pure function of a history, its judgement and the plan."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from harness.model.history import History
from harness.model.verdict import Judgement

Render = Callable[[History, Judgement, Mapping[str, Any]], str]
R = TypeVar("R", bound=Render)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A report: its name, the file it is kept in, and the pure function that writes its text."""

    name: str
    filename: str
    render: Render


REPORTS: dict[str, Report] = {}


def report(name: str, *, filename: str) -> Callable[[R], R]:
    """Register `render(history, judgement, plan) -> text` under a name.

    `plan` is the content of plan.json and, under `folder`, where the run is kept; a report does without what it misses.
    """

    def register(render: R) -> R:
        REPORTS[name] = Report(name=name, filename=filename, render=render)
        return render

    return register
