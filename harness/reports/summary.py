"""The run in one sentence, and what must be said before anything else."""

from collections.abc import Sequence

from harness.measures.crew import workers_gone
from harness.model.history import Event, History
from harness.model.verdict import Finding, Judgement, Verdict
from harness.reports.wording import bound, measured, plain


def sentence(history: History, judgement: Judgement) -> str:
    """What the verdict means, in one sentence."""
    ended = history.first("aborted")
    if ended:
        return f"The drill was ended early: {_reason(ended)}."
    if judgement.voids:
        more = f" (and {len(judgement.voids) - 1} more)" if len(judgement.voids) > 1 else ""
        return f"This run proves nothing: {plain(judgement.voids[0])}{more}."
    if not judgement.findings:
        return "Nothing was judged, and nothing judged is not success."
    return _of_findings(judgement)


def _reason(ended: Event) -> str:
    return plain(ended.data.get("because") or "no reason was recorded").removeprefix("aborted: ")


def _of_findings(judgement: Judgement) -> str:
    found = judgement.findings
    not_met = [f for f in found if f.verdict is Verdict.FAIL]
    open_ones = [f for f in found if f.verdict is Verdict.INCONCLUSIVE]
    if not_met:
        return f"{_of(len(not_met), len(found))} not met: {_listed(not_met)}."
    if open_ones:
        return f"No criterion failed, but {_of(len(open_ones), len(found))} undecided: {_listed(open_ones)}."
    who = "The one criterion was" if len(found) == 1 else f"All {len(found)} criteria were"
    told = ", ".join(f"{plain(f.criterion.title)} {measured(f)}" for f in found[:2])
    return f"{who} met: {told}" + (f" and {len(found) - 2} more." if len(found) > 2 else ".")


def _of(some: int, every: int) -> str:
    return f"{some} of {every} criteria {'is' if some == 1 else 'are'}"


def _listed(found: Sequence[Finding]) -> str:
    told = [f"{plain(f.criterion.title)} {measured(f)}, bound {bound(f.criterion.bound)}" for f in found[:2]]
    return "; ".join(told) + (f"; and {len(found) - 2} more" if len(found) > 2 else "")


def warnings(history: History) -> tuple[str, ...]:
    """What the run left behind and somebody has to see to, and load workers that were gone for a while."""
    if not history.events:
        return ()
    unhealed = "was injected and the journal holds no healing of it. Run: drill heal"
    found = [f"{name} {unhealed}" for name in _unhealed(history)]
    found += [plain(e.data.get("because", "")) for e in history.every("not healed")]
    found += [
        f"runbook step {plain(e.data.get('step', ''))} was not undone: {plain(e.data.get('because', ''))}"
        for e in history.every("step")
        if e.data.get("state") == "not undone"
    ]
    found += [plain(each) for each in workers_gone(history)]
    if history.last("closed") is None:
        found.append("the journal was never closed: the run crashed, or goes on")
    return tuple(dict.fromkeys(found))


def _unhealed(history: History) -> tuple[str, ...]:
    """A fault that was announced counts, whether or not its injection was confirmed."""
    last = next((e for e in reversed(history.events) if e.kind in ("injecting", "injected", "healed")), None)
    return () if last is None or last.kind == "healed" else (plain(last.data.get("fault", "a fault")),)


def word(history: History, judgement: Judgement) -> str:
    """The verdict as the banner shows it."""
    return f"{judgement.verdict.value}, aborted" if history.first("aborted") else judgement.verdict.value
