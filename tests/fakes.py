"""A site without a stack: steps and faults that only remember what was asked of them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from harness.errors import StepFailed
from harness.failover.registry import STEPS
from harness.stack.descriptor import Stack


class RememberingStep:
    """A step that notes its calls; it fails where told to."""

    options: tuple[str, ...] = ()

    def __init__(self, calls: list[str], *, fails: bool = False) -> None:
        self.calls, self.fails = calls, fails

    def problems(self, stack: Stack, options: Mapping[str, Any]) -> list[str]:
        return []

    def prepare(self, site: Any, options: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"was": "before"}

    def take(self, site: Any, options: Mapping[str, Any], within: timedelta) -> str:
        self.calls.append("take")
        return "taken"

    def undo(self, site: Any, undo: Mapping[str, Any], within: timedelta) -> str:
        if self.fails:
            raise StepFailed("cannot be undone")
        self.calls.append(f"undo {undo['was']}")
        return "undone"


@contextmanager
def registered(name: str, step: Any) -> Iterator[None]:
    """A step that is known inside only."""
    STEPS[name] = step
    try:
        yield
    finally:
        del STEPS[name]
