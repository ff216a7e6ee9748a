"""A verification as text: a line a file, and what they add up to."""

from textwrap import wrap
from typing import Any

from harness.model.verification import Check, Signed, State, Verification
from harness.reports.wording import plain

COLOURS = {State.OK: "32", State.NOTE: "33"}
CHAINED = "verified: chained and consistent"
UNSIGNED = "not signed: who may write the folder could have made all of it anew"


def render(verification: Verification, *, width: int = 100, colour: bool = False) -> str:
    """One line a file, problems in capitals, and the conclusion as the last line."""
    size = max((len(plain(c.name)) for c in verification.checks), default=0)
    lines = [plain(verification.folder), *_copy(verification), ""]
    lines += [line for c in verification.checks for line in _lines(c, size, width, colour)]
    told = wrap(conclusion(verification), width, break_on_hyphens=False)
    return "\n".join([*lines, "", *(_painted(line, _tone(verification), colour) for line in told)]) + "\n"


def as_json(verification: Verification) -> dict[str, Any]:
    """The same for machines."""
    return {
        "folder": verification.folder,
        "verified": verification.verified,
        "signed": verification.signed.value,
        "signer": verification.signer,
        "redacted_copy_of": verification.copy_of,
        "conclusion": conclusion(verification),
        "checks": [{"name": c.name, "state": c.state.value, "because": c.because} for c in verification.checks],
    }


def conclusion(verification: Verification) -> str:
    """What the checks add up to, and what they cannot tell."""
    if not verification.verified:
        return f"not verified: {_counted(verification)}"
    if verification.signed is Signed.NO:
        return f"{CHAINED}; {UNSIGNED}"
    if verification.signed is Signed.UNCHECKED:
        return f"{CHAINED}; signed by key {verification.signer[:16]}: whether that is yours, --key FILE tells"
    return f"{CHAINED}, and signed by the key that was named"


def _copy(verification: Verification) -> list[str]:
    """What a redacted copy says of itself; whether it was made of that run only its owner can tell, who has both."""
    return [f"redacted copy of {plain(verification.copy_of)}"] if verification.copy_of else []


def _counted(verification: Verification) -> str:
    states = [c.state for c in verification.problems]
    counts = [(states.count(s), s.value) for s in State if s in states]
    return ", ".join(f"{n} {word}" for n, word in counts) or "there is nothing to verify"


def _lines(check: Check, size: int, width: int, colour: bool) -> list[str]:
    word = check.state.value if check.sound else check.state.value.upper()
    head = f"  {word:<10}  {plain(check.name):<{size}}  "
    room = max(20, width - len(head))
    first, *rest = wrap(plain(check.because), room, break_on_hyphens=False) or [""]
    shown = head.replace(word, _painted(word, COLOURS.get(check.state, "31"), colour), 1)
    return [shown + first, *(" " * len(head) + line for line in rest)]


def _tone(verification: Verification) -> str:
    return "32" if verification.verified else "31"


def _painted(text: str, tone: str, colour: bool) -> str:
    return f"\x1b[1;{tone}m{text}\x1b[0m" if colour else text
