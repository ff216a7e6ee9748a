"""How the drills of a session ended, and the exit code that follows."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from harness.model.verdict import Verdict

EXIT_CODES = {Verdict.PASS: 0, Verdict.FAIL: 1, Verdict.INCONCLUSIVE: 2}
# The worse ending wins when a session holds several drills.
_WORST_FIRST = (70, 5, 4, 3, 1, 2, 0)


def worst_code(codes: Iterable[int]) -> int:
    """The worst exit code; 70 when there is none."""
    found = set(codes) or {70}
    return next(code for code in _WORST_FIRST if code in found)


@dataclass(slots=True)
class Endings:
    """How each scenario ended: (node id, exit code, text), and the folder of each that began: (node id, folder).

    `notes` are what a check has to say of drills that it admits: (node id, text).
    """

    each: list[tuple[str, int, str]] = field(default_factory=list)
    began: list[tuple[str, Path]] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """The worst of them; 70 when nothing ran."""
        return worst_code(code for _, code, _ in self.each)


# Aborted, not healed, crashed: no other drill begins on a stack that may be broken, or against somebody's Ctrl-C.
BROKEN_OFF = frozenset({4, 5, 70})
ENDINGS = pytest.StashKey[Endings]()
