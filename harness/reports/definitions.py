"""What the measures mean: the words of those who measure, beside their numbers."""

from harness.measures.registry import find
from harness.model.verdict import Judgement


def definitions(judgement: Judgement) -> tuple[tuple[str, str], ...]:
    """The definition of every measure that the judgement used, in the order of its findings."""
    used = dict.fromkeys(f.criterion.measure for f in judgement.findings)
    return tuple((name, words) for name in used if (words := _definition(name)))


def _definition(name: str) -> str:
    """All of what the measure says of itself, as one paragraph."""
    known = find(name)
    return " ".join((known.take.__doc__ or "").split()) if known else ""
