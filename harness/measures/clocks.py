"""Whether the clocks that times come from agreed during the run."""

from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise

from harness.measures.units import amount
from harness.model.history import Event, History

MARGIN = 2.0  # seconds; the times that AWS gives are whole seconds


def clocks_apart(history: History) -> Iterator[str]:
    """This machine's clock was set (or the machine slept) during the run, or it is not that of AWS."""
    noted = history.every("clocks")
    for before, after in pairwise(noted):
        moved = _wall(after) - _wall(before) - (after.at - before.at)
        if abs(moved) > MARGIN:
            yield f"clocks apart: the clock of this machine was moved by {amount(moved, 's')} during the run"
    for event in noted[-1:]:
        yield from _from_aws(event)


def _from_aws(event: Event) -> Iterator[str]:
    """AWS's clock less ours lies between two figures, for an answer takes time and says whole seconds."""
    least, most = event.data.get("aws_least"), event.data.get("aws_most")
    if isinstance(least, int | float) and least > MARGIN:
        yield f"clocks apart: the clock of AWS is at least {amount(least, 's')} ahead of this machine's"
    if isinstance(most, int | float) and most < -MARGIN:
        yield f"clocks apart: the clock of AWS is at least {amount(-most, 's')} behind this machine's"


def _wall(event: Event) -> float:
    return datetime.fromisoformat(event.data["wall"]).timestamp()
