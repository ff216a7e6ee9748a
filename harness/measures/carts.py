"""Carts that lost what had been put into them, as shoppers saw it."""

from harness.measures.registry import Scope, measure
from harness.measures.sample import load_in, never_was, spans_of, where
from harness.measures.windows import sample_in, worst_window
from harness.model.history import History
from harness.model.load import Sample
from harness.model.verdict import Measurement, Relation, unmeasured

LOST, KEPT = "lost", "kept"


@measure("carts lost", unit="carts", phase=True, window=True, needs=("load",))
def carts_lost(history: History, scope: Scope) -> Measurement:
    """Answers that showed a session's cart without an item that an earlier answer had acknowledged; exact.

    Where no answer showed a cart there is nothing to count.
    """
    if not spans_of(history, scope):
        return unmeasured("carts", never_was(scope))
    if scope.window is None:
        return _counted(load_in(history, scope), scope)
    return worst_window(
        history, scope, "carts", Relation.AT_MOST, lambda w: _counted(sample_in(history, scope, w), scope)
    )


def _counted(sample: Sample, scope: Scope) -> Measurement:
    lost, kept = (sample.carts.get(each, 0) for each in (LOST, KEPT))
    if not lost + kept:
        return unmeasured("carts", f"no answer{where(scope)} showed a cart that something had been put into")
    return Measurement(
        value=float(lost),
        unit="carts",
        because=f"{lost} of {lost + kept} answers{where(scope)} that showed a cart lacked what had been put into it",
        evidence={"lost": lost, "kept": kept},
    )
