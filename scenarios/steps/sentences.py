"""What drills say of faults: one sentence a fault, with or without "for <span>" at its end."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from pytest_bdd import parsers

import harness.faults.kinds  # noqa: F401  fills the registry
from harness.faults.registry import FAULTS
from harness.faults.sentences import closest
from harness.model.experiment import FaultSpec
from scenarios.steps import words

_LASTS = " for {lasts}"
_LISTED = "; docs/faults.md lists them"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """A sentence of a fault: its text, what matches it, and the options that it fixes."""

    fault: str
    text: str
    fixed: tuple[tuple[str, Any], ...]

    def read(self, said: str) -> dict[str, Any] | None:
        """The options (and `lasts`, as it is written) of what was said; none when it is another sentence."""
        for pattern in _patterns(self.text):
            if pattern.is_matching(said):
                return {**dict(self.fixed), **pattern.parse_arguments(said)}
        return None


@cache
def _patterns(text: str) -> tuple[parsers.parse, ...]:
    return tuple(parsers.parse(each) for each in (text + _LASTS, text))


@cache
def sentences() -> tuple[Sentence, ...]:
    """Every sentence of every fault."""
    return tuple(
        Sentence(fault=fault.name, text=text, fixed=tuple(fixed.items()))
        for fault in FAULTS.values()
        for text, fixed in fault.sentences.items()
    )


def matching(said: str) -> Iterator[tuple[Sentence, dict[str, Any]]]:
    """The sentences that this one may be, with what they read from it."""
    for sentence in sentences():
        if (read := sentence.read(said)) is not None:
            yield sentence, read


def spec_of(said: str) -> FaultSpec:
    """The fault that a sentence says. Raises ValueError when it is none."""
    found = next(matching(said), None)
    if found is None:
        close = closest(said)
        raise ValueError(f"no fault has the sentence {said!r}" + (f"; did you mean {close!r}?" if close else _LISTED))
    sentence, options = found
    lasts = options.pop("lasts", None)
    span = words.span(lasts) if lasts else FAULTS[sentence.fault].lasts
    return FaultSpec(fault=sentence.fault, options=options, lasts=span)


class FaultSentence(parsers.StepParser):
    """Matches the sentence of any fault; the step gets it whole, as `said`."""

    def __init__(self) -> None:
        super().__init__("<what breaks>")

    def is_matching(self, name: str) -> bool:
        """Whether a fault has this sentence."""
        return next(matching(name), None) is not None

    def parse_arguments(self, name: str) -> dict[str, Any]:
        """The sentence itself."""
        return {"said": name}
