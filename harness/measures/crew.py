"""What became of the load workers of a run, where a master gave them their parts."""

from collections.abc import Iterator, Mapping
from typing import Any

from harness.measures.driven import LOAD, figures_of
from harness.measures.units import amount
from harness.model.history import History

MARGIN_MS = 50.0  # phases are a second apart; charts and windows look no closer than a quarter of one


def workers_apart(history: History) -> Iterator[str]:
    """The clock of a worker's machine is not known well enough to say in which phase its requests were due."""
    for figures in figures_of(history, LOAD):
        for worker in figures.get("crew") or ():
            uncertain = float(worker.get("clock_uncertainty_ms") or 0.0)
            if uncertain > MARGIN_MS:
                yield (
                    f"clocks apart: the clock of {_name(worker)} is known to ± {amount(uncertain, 'ms')} only, "
                    f"more than {amount(MARGIN_MS, 'ms')}"
                )


def workers_gone(history: History) -> Iterator[str]:
    """Who was not there for a while, and how many requests nobody sent; a note, for the plan decides what it means."""
    for figures in figures_of(history, LOAD):
        crew = figures.get("crew") or ()
        absent = [f"{_name(worker)} {_absence(each, history)}" for worker in crew for each in worker["absences"]]
        if absent:
            unsent = _count(figures, "planned") - _count(figures, "recorded") - _count(figures, "dropped")
            share = 100 * unsent / max(1, _count(figures, "planned"))
            yield f"{'; '.join(absent)}. {max(0, unsent)} requests ({share:.1f} % of the plan) were sent by nobody"


def _absence(absence: Mapping[str, Any], history: History) -> str:
    silent = (absence["taken_over_at"] - absence["heard_at"]) / 1e9 * history.time_scale
    ending = "and came back" if "back_at" in absence else "and did not come back"
    return f"was not heard of for {amount(silent, 's')} until others took its part, {ending}"


def _name(worker: Mapping[str, Any]) -> str:
    return f"load worker {worker.get('worker')} on {worker.get('host')}"


def _count(figures: Mapping[str, Any], name: str) -> int:
    return int(figures.get(name) or 0)
