"""Cooldowns of simple scaling: they run from the end of the last activity that the scaling caused."""

from datetime import datetime, timedelta

from harness.lab.control.lab import Lab, now
from harness.lab.scaling.group import Group


class Cooldowns:
    """The last simple scaling of each group."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self._begun: dict[str, tuple[datetime, float]] = {}  # region -> when, and model seconds

    def begin(self, group: Group, seconds: float | None) -> None:
        """Simple scaling has changed a group; none is the group's own cooldown."""
        self._begun[group.region] = now(), group.cooldown if seconds is None else seconds

    def holds(self, group: Group) -> bool:
        """Whether simple scaling has to wait."""
        if group.region not in self._begun:
            return False
        begun, seconds = self._begun[group.region]
        since = [activity for activity in list(group.activities) if activity.started >= begun]
        if any(activity.ended is None for activity in since):
            return True
        ends = [activity.ended for activity in since if activity.ended is not None]
        return now() < max([begun, *ends]) + timedelta(seconds=self.lab.real(seconds))
