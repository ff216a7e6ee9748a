"""Watches alarms while a drill runs: writes down every change of state, and notices a stop condition that trips."""

from datetime import UTC, datetime

from harness.aws.cloudwatch import AlarmState
from harness.aws.site import Site
from harness.errors import CallFailed
from harness.journal import Journal
from harness.plan import Plan

LOOK_EVERY_SECONDS = 0.1
NOBODY_LOOKS_FOR_SECONDS = 10.0


class AlarmWatch:
    """Polls the detection alarms of the regions that break, and the stop conditions."""

    def __init__(self, plan: Plan, site: Site, journal: Journal) -> None:
        self._site, self._journal = site, journal
        self._stops = {(c.region, c.alarm) for c in plan.experiment.stop_conditions}
        self._wanted = _by_region(plan) if plan.templates else {}
        self._states: dict[tuple[str, str], AlarmState] = {}
        self._next_look = 0.0
        self._last_answer = 0.0

    def look(self) -> str | None:
        """Look at the alarms when it is time; returns the name of a stop condition that is in ALARM."""
        now = self._site.clock.at()
        if now >= self._next_look:
            self._next_look = now + LOOK_EVERY_SECONDS
            for region, names in self._wanted.items():
                self._look(region, names)
        ringing = (name for region, name in sorted(self._stops) if self._state(region, name) == "ALARM")
        return next(ringing, None)

    def ringing(self, name: str) -> bool:
        """Whether an alarm of this name is in ALARM, in any region."""
        return any(state.state == "ALARM" for (_, each), state in self._states.items() if each == name)

    def _state(self, region: str, name: str) -> str | None:
        known = self._states.get((region, name))
        return known.state if known else None

    def _look(self, region: str, names: list[str]) -> None:
        try:
            found = self._site.cloudwatch(region).alarms(names)
        except CallFailed as error:
            self._unanswered(error)
            return
        self._last_answer = self._site.clock.at()
        for alarm in found:
            self._see(alarm)

    def _unanswered(self, error: CallFailed) -> None:
        """A poll that fails once is no reading; stop conditions that nobody can see end the drill."""
        if self._stops and self._site.clock.at() - self._last_answer > NOBODY_LOOKS_FOR_SECONDS:
            raise error

    def _see(self, alarm: AlarmState) -> None:
        before = self._state(alarm.region, alarm.name)
        self._states[(alarm.region, alarm.name)] = alarm
        if before != alarm.state:
            self._journal.record(
                "alarm",
                name=alarm.name,
                region=alarm.region,
                state=alarm.state,
                previous=before,
                reported=alarm.updated.astimezone(UTC).isoformat(),
                seen=datetime.now(UTC).isoformat(),
                poll_interval=LOOK_EVERY_SECONDS,
                because=alarm.reason,
            )


def _by_region(plan: Plan) -> dict[str, list[str]]:
    """region -> the alarms to look at there."""
    broken = {t.region for t in plan.templates}
    if plan.experiment.runbook:
        broken.add(plan.experiment.runbook.starts_on)
    wanted = {(r, plan.stack.regions[r].detection_alarm) for r in broken}
    wanted |= {(c.region, c.alarm) for c in plan.experiment.stop_conditions}
    return {r: sorted(n for region, n in wanted if region == r and n) for r in sorted({r for r, _ in wanted})}
