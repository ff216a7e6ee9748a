"""A step that does nothing: to try a runbook with, and the smallest example of one."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from harness.aws.site import Site
from harness.failover.registry import Undo, step
from harness.stack.descriptor import Stack


@step("do nothing")
class DoNothing:
    """Takes no time and changes nothing."""

    options: tuple[str, ...] = ()

    def problems(self, stack: Stack, options: Mapping[str, Any]) -> list[str]:
        """It always can."""
        return []

    def prepare(self, site: Site, options: Mapping[str, Any]) -> Undo:
        """Nothing to remember."""
        return {}

    def take(self, site: Site, options: Mapping[str, Any], within: timedelta) -> str:
        """Do nothing."""
        return "nothing done"

    def undo(self, site: Site, undo: Undo, within: timedelta) -> str:
        """Nothing to put back."""
        return "nothing to undo"
