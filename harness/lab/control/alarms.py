"""CloudWatch alarms: judged when a period of their metric ends. Periods are model time; timestamps wall time."""

import asyncio
import json
import logging
import math
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from harness.lab.control.alarm_actions import REPEATED, Actions, is_policy
from harness.lab.control.alarm_rule import ALARM, COMPARISONS, INSUFFICIENT, MISSING, OK, Rule, evaluate
from harness.lab.control.lab import Lab, now
from harness.lab.control.metric_queries import Answers, MathError, Query
from harness.lab.control.metric_series import Series
from harness.lab.control.metrics import Metrics

__all__ = ["ALARM", "COMPARISONS", "INSUFFICIENT", "MISSING", "OK", "Alarm", "Alarms", "Change", "Rule", "evaluate"]

log = logging.getLogger("lab.alarms")

_LOOK = 0.02  # real seconds between looks at whether a period ended
_BEFORE = 3  # periods before those that are judged, which RATE and the like look at


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One line of an alarm's history."""

    at: datetime
    kind: str  # ConfigurationUpdate | StateUpdate | Action
    summary: str
    data: str = "{}"


@dataclass(slots=True, kw_only=True)
class Alarm:
    """An alarm and its state. `points` are the datapoints of its last evaluation, the latest one last."""

    name: str
    region: str
    arn: str
    rule: Rule
    actions: Actions = field(default_factory=Actions)
    description: str = ""
    tags: dict[str, str] = field(default_factory=dict)
    state: str = INSUFFICIENT
    reason: str = "Unchecked: Initial alarm creation"
    reason_data: str | None = None
    configured: datetime = field(default_factory=now)
    updated: datetime = field(default_factory=now)
    transitioned: datetime = field(default_factory=now)
    evaluated: int = -1  # the number of the last period that was judged
    points: tuple[float | None, ...] = ()
    called: float = 0.0  # wall-clock seconds, when its scaling policies were last called
    history: deque[Change] = field(default_factory=lambda: deque(maxlen=500))


class Alarms:
    """The alarms of every region. Callbacks are called in the loop.

    `on_action(arn, alarm)` carries one action out; what it raises goes to the alarm's history as a failed action.
    """

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.metrics: dict[str, Metrics] = {region: Metrics() for region in lab.recipe.regions}
        self.alarms: dict[tuple[str, str], Alarm] = {}
        self.on_change: list[Callable[[Alarm], None]] = []
        self.on_action: Callable[[str, Alarm], None] = _no_such_policy

    def put(self, alarm: Alarm) -> None:
        """Make or replace an alarm; one that is replaced keeps its state and history."""
        old = self.alarms.get((alarm.region, alarm.name))
        if old is not None:
            alarm.state, alarm.reason, alarm.transitioned = old.state, old.reason, old.transitioned
            alarm.history, alarm.tags = old.history, {**old.tags, **alarm.tags}
            alarm.points, alarm.called = old.points, old.called
        words = "updated" if old else "created"
        _note(alarm, "ConfigurationUpdate", f'Alarm "{alarm.name}" {words}')
        self.alarms[alarm.region, alarm.name] = alarm

    def delete(self, region: str, name: str) -> None:
        """Forget an alarm, if there is one of that name."""
        self.alarms.pop((region, name), None)

    def enable(self, alarm: Alarm, enabled: bool) -> None:
        """Let an alarm call its actions, or not."""
        alarm.actions = replace(alarm.actions, enabled=enabled)
        words = "enabled" if enabled else "disabled"
        _note(alarm, "ConfigurationUpdate", f'Actions of alarm "{alarm.name}" {words}')

    def state(self, arn: str) -> str | None:
        """The state of the alarm with an ARN; none when there is none such."""
        return next((a.state for a in list(self.alarms.values()) if a.arn == arn), None)

    def set(self, alarm: Alarm, state: str, reason: str, data: str | None = None) -> None:
        """Put an alarm in a state, from any thread; it lasts until an evaluation says otherwise."""
        before, alarm.reason, alarm.reason_data, alarm.updated = alarm.state, reason, data, now()
        if state == before:
            return
        alarm.state, alarm.transitioned = state, alarm.updated
        told = {"oldState": {"stateValue": before}, "newState": {"stateValue": state, "stateReason": reason}}
        _note(alarm, "StateUpdate", f"Alarm updated from {before} to {state}", json.dumps(told))
        self.lab.truth.write("alarm", name=alarm.name, region=alarm.region, state=state, previous=before, reason=reason)
        alarm.called = time.time()
        for tell in self.on_change:
            self.lab.soon(tell, alarm)
        for arn in alarm.actions.of(state):
            self.lab.soon(self._act, arn, alarm)

    def _act(self, arn: str, alarm: Alarm) -> None:
        """Carry one action out and note how that went."""
        try:
            self.on_action(arn, alarm)
        except Exception as error:
            failure: str | None = str(error)
            log.warning("alarm %s: %s failed: %s", alarm.name, arn, error)
        else:
            failure = None
        did = "Failed to execute" if failure is not None else "Successfully executed"
        told = {"actionState": "Failed" if failure is not None else "Succeeded", "notificationResource": arn}
        _note(alarm, "Action", f"{did} action {arn}", json.dumps({**told, "error": failure}))
        self.lab.truth.write("alarm_action", name=alarm.name, region=alarm.region, arn=arn, error=failure)

    async def run(self) -> None:
        """Judge each alarm whenever one of its periods ends, for ever."""
        while True:
            at = time.time()
            for alarm in list(self.alarms.values()):
                try:
                    self.judge(alarm, at)
                    self.repeat(alarm, at)
                except Exception:  # the others are judged all the same
                    log.exception("alarm %s cannot be judged", alarm.name)
            await asyncio.sleep(_LOOK)

    def repeat(self, alarm: Alarm, at: float) -> None:
        """Call the scaling policies of an alarm's state again, as AWS does once a minute whatever its period."""
        if at < alarm.called + self.lab.real(REPEATED):
            return
        alarm.called = at
        for arn in filter(is_policy, alarm.actions.of(alarm.state)):
            self._act(arn, alarm)

    def judge(self, alarm: Alarm, at: float) -> None:
        """Judge an alarm by the periods that ended before `at`, unless it was already."""
        period = self.lab.real(alarm.rule.period)
        last = math.floor(at / period) - 1
        if last <= alarm.evaluated:
            return
        alarm.evaluated = last
        alarm.points = tuple(self._points(alarm, last, period))
        state, reason = evaluate(alarm.rule, alarm.points)
        if state is not None and state != alarm.state:
            self.set(alarm, state, reason, _reason_data(alarm))

    def _points(self, alarm: Alarm, last: int, period: float) -> Sequence[float | None]:
        """The datapoints of the periods to the last one, which has a number."""
        rule = alarm.rule
        return self.watch(alarm.region, rule, last, period)[-rule.periods :]

    def watch(self, region: str, rule: Rule, last: int, period: float) -> Sequence[float | None]:
        """What a rule watches, by period (real seconds), to the last one and some before the first one judged."""
        count = rule.periods + _BEFORE if rule.queries else rule.periods
        metrics, first = self.metrics[region], last - count + 1

        def fetch(query: Query) -> Series:
            if query.metric is None or query.period != rule.period:
                raise MathError(f"{query.id} is of another period than the alarm")
            values = metrics.grid(query.metric, query.statistic, period, range(first, last + 1))
            return Series(values=tuple(values), period=query.period, first=first, measured=True)

        queries = rule.watched()
        [watched] = [query for query in queries if query.returned]
        found = Answers(queries, fetch).series(watched)
        if len(found) != 1:
            raise MathError(f"an alarm watches one time series and not {len(found)}")
        return found[0].values


def _note(alarm: Alarm, kind: str, summary: str, data: str = "{}") -> None:
    alarm.history.appendleft(Change(at=now(), kind=kind, summary=summary, data=data))


def _no_such_policy(arn: str, alarm: Alarm) -> None:
    raise LookupError(f"there is no scaling policy {arn}")


def _reason_data(alarm: Alarm) -> str:
    rule = alarm.rule
    told = {
        "version": "1.0",
        "queryDate": now().isoformat(),
        "statistic": rule.statistic,
        "period": math.ceil(rule.period),
        "recentDatapoints": [point for point in alarm.points if point is not None],
        "threshold": rule.threshold,
    }
    return json.dumps(told)
