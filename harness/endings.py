"""How the drills of a session ended, and the exit code that follows."""

from dataclasses import dataclass, field

import pytest

from harness.model.verdict import Verdict

EXIT_CODES = {Verdict.PASS: 0, Verdict.FAIL: 1, Verdict.INCONCLUSIVE: 2}
# The worse ending wins when a session holds several drills.
_WORST_FIRST = (70, 5, 4, 3, 1, 2, 0)


@dataclass(slots=True)
class Endings:
    """How each scenario ended: (node id, exit code, text)."""

    each: list[tuple[str, int, str]] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """The worst of them; 70 when nothing ran."""
        codes = {code for _, code, _ in self.each} or {70}
        return next(code for code in _WORST_FIRST if code in codes)


ENDINGS = pytest.StashKey[Endings]()
