"""Runbook steps by name.

A step first reads what it is about to change (`prepare` gives the undo, which is written ahead to the journal), then
acts (`take`), and can be taken back from the undo alone (`undo`), also by another process after a crash.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Protocol

from harness.aws.site import Site
from harness.stack.descriptor import Stack

Undo = Mapping[str, Any]


class Step(Protocol):
    """One kind of step. Options and undo are JSON data."""

    options: tuple[str, ...]

    def problems(self, stack: Stack, options: Mapping[str, Any]) -> list[str]:
        """Why the step cannot work on this stack; empty when it can."""
        ...

    def prepare(self, site: Site, options: Mapping[str, Any]) -> Undo:
        """Read what `undo` will need. Changes nothing."""
        ...

    def take(self, site: Site, options: Mapping[str, Any], within: timedelta) -> str:
        """Act and wait for the goal; returns what was reached in words. Raises StepFailed."""
        ...

    def undo(self, site: Site, undo: Undo, within: timedelta) -> str:
        """Put back what `prepare` read; does nothing when it is already so. Raises StepFailed."""
        ...


STEPS: dict[str, Step] = {}


def step(name: str) -> Callable[[type[Step]], type[Step]]:
    """Register a kind of step under the name that runbooks use."""

    def register(kind: type[Step]) -> type[Step]:
        STEPS[name] = kind()
        return kind

    return register


def unknown_regions(stack: Stack, *regions: str) -> list[str]:
    """A problem for each name that is no region of the stack."""
    known = ", ".join(sorted(stack.regions))
    return [
        f"{region!r} is no region of {stack.stack}; it has {known}" for region in regions if region not in stack.regions
    ]
