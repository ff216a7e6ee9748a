"""Watches alarms while a drill runs: writes down every change of state, and notices a stop condition that trips."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime

from harness.aws.cloudwatch import AlarmState
from harness.aws.fis import ExperimentState
from harness.aws.site import Site
from harness.errors import CallFailed
from harness.healing import record_experiment
from harness.journal import Journal
from harness.plan import Plan

LOOK_EVERY_SECONDS = 0.1
NOBODY_LOOKS_FOR_SECONDS = 10.0
EXPERIMENTS_EVERY_SECONDS = 0.5


class AlarmWatch:
    """Polls the detection alarms of the regions that break, and the stop conditions."""

    def __init__(self, plan: Plan, site: Site, journal: Journal) -> None:
        self._site, self._journal = site, journal
        self._stops = {(c.region, c.alarm) for c in plan.experiment.stop_conditions}
        self._wanted = _by_region(plan)
        self._states: dict[tuple[str, str], AlarmState] = {}
        self._scaling: dict[tuple[str, str], str] = {}
        self._next_look = 0.0
        self._last_answer: dict[str, float] = {}
        self._last_asked: dict[str, float] = {}

    def follow(self, scaling: Mapping[str, Mapping[str, str]]) -> None:
        """Watch the alarms of scaling policies too, by region and name: "out" those that add capacity, "in" the others.

        Their events say so in `scaling`: they tell of load, and detect no failure.
        """
        for region, names in scaling.items():
            known = self._wanted.get(region, [])
            self._scaling |= {(region, name): way for name, way in names.items() if name not in known}
            self._wanted[region] = sorted({*known, *names})

    def look(self) -> str | None:
        """Look at the alarms when it is time; returns the name of a stop condition that is in ALARM."""
        now = self._site.clock.at()
        if now >= self._next_look:
            self._next_look = now + LOOK_EVERY_SECONDS
            for region, names in self._wanted.items():
                self._look(region, names)
        ringing = (name for region, name in sorted(self._stops) if self._state(region, name) == "ALARM")
        return next(ringing, None)

    def ringing(self, region: str, name: str) -> bool:
        """Whether this alarm is in ALARM."""
        return self._state(region, name) == "ALARM"

    def _state(self, region: str, name: str) -> str | None:
        known = self._states.get((region, name))
        return known.state if known else None

    def _look(self, region: str, names: list[str]) -> None:
        asked = self._site.clock.at()
        self._last_answer.setdefault(region, asked)
        try:
            found = self._site.cloudwatch(region).alarms(names)
        except CallFailed as error:
            self._unanswered(region, error)
            return
        self._last_answer[region] = self._site.clock.at()
        for alarm in found:
            self._see(alarm)
        self._last_asked[region] = asked

    def _unanswered(self, region: str, error: CallFailed) -> None:
        """A poll that fails once is no reading; stop conditions that nobody can see end the drill."""
        watched = any(each == region for each, _ in self._stops)
        if watched and self._site.clock.at() - self._last_answer[region] > NOBODY_LOOKS_FOR_SECONDS:
            raise error

    def _see(self, alarm: AlarmState) -> None:
        before = self._state(alarm.region, alarm.name)
        self._states[(alarm.region, alarm.name)] = alarm
        if before != alarm.state:
            now = self._site.clock.at()
            # It moved since it was asked for the last time: later than planned where a step or a call took longer.
            unseen = now - self._last_asked.get(alarm.region, now - LOOK_EVERY_SECONDS)
            self._journal.record(
                "alarm",
                at=now,
                name=alarm.name,
                region=alarm.region,
                state=alarm.state,
                previous=before,
                reported=alarm.updated.astimezone(UTC).isoformat(),
                seen=datetime.now(UTC).isoformat(),
                poll_interval=round(unseen, 6),
                because=alarm.reason,
                **self._way(alarm),
            )

    def _way(self, alarm: AlarmState) -> dict[str, str]:
        way = self._scaling.get((alarm.region, alarm.name))
        return {} if way is None else {"scaling": way}


class ExperimentWatch:
    """Notices that an experiment ended though nobody healed it: it expired, failed, or FIS stopped it."""

    def __init__(self, site: Site, journal: Journal) -> None:
        self._site, self._journal = site, journal
        self._open: dict[str, str] = {}
        self._next_look = 0.0

    def follow(self, experiments: Iterable[ExperimentState]) -> None:
        """Watch these too from now on."""
        self._open |= {e.experiment_id: e.region for e in experiments}

    def forget(self) -> None:
        """Watch nothing any more."""
        self._open.clear()

    def look(self) -> None:
        """Ask FIS when it is time."""
        now = self._site.clock.at()
        if self._open and now >= self._next_look:
            self._next_look = now + EXPERIMENTS_EVERY_SECONDS
            for experiment_id, region in tuple(self._open.items()):
                self._look(experiment_id, region)

    def _look(self, experiment_id: str, region: str) -> None:
        with suppress(CallFailed):  # no reading; the next look asks again
            state = self._site.fis(region).get(experiment_id)
            if state.over:
                del self._open[experiment_id]
                record_experiment(self._journal, state)


def _by_region(plan: Plan) -> dict[str, list[str]]:
    """region -> the alarms to look at there."""
    broken = {t.region for t in plan.templates}
    if plan.experiment.runbook:
        broken.add(plan.experiment.runbook.starts_on)
    wanted = {(r, plan.stack.regions[r].detection_alarm) for r in broken}
    wanted |= {(c.region, c.alarm) for c in plan.experiment.stop_conditions}
    return {r: sorted(n for region, n in wanted if region == r and n) for r in sorted({r for r, _ in wanted})}
