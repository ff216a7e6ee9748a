"""How long the repair took once somebody knew: the objective on it is the MTTR."""

from harness.measures.disruption import Disruption, disruption
from harness.measures.expiry import expired
from harness.measures.limits import by_alarms, by_edge, larger
from harness.measures.registry import Scope, measure
from harness.measures.stages import first_alarm, moved
from harness.measures.units import moment
from harness.model.history import Event, History
from harness.model.verdict import Measurement, unmeasured


@measure("time to recover", unit="s", needs=("fault",))
def time_to_recover(history: History, scope: Scope) -> Measurement:
    """From the first alarm in state ALARM to the first success that no failure followed. Model seconds.

    Not recovered, or only after a fault had expired by itself: a lower bound ("at_least").
    """
    everyone = disruption(history)
    if isinstance(everyone, str):
        return unmeasured("s", everyone)
    alarm = first_alarm(history, everyone)
    if alarm is None:
        return unmeasured("s", "no alarm went to ALARM, so the repair has no beginning")
    found = everyone.of(scope.population)
    if found is None:
        return unmeasured("s", f"{scope.population} saw no failure")
    if found.recovery is None or found.unsettled:
        return _still_down(history, found, alarm)
    if (gone := expired(history, found)) is not None:
        return _waited_out(history, alarm, *gone)
    return _repaired(history, found, alarm)


def _still_down(history: History, found: Disruption, alarm: Event) -> Measurement:
    last = max(o.last.sent for o in found.every)
    names = ", ".join(o.trace.name for o in found.unsettled)
    ended = f"when the record ended at {moment(found.end, history.time_scale)}"
    because = f"{names} had not recovered for good {ended}; last failed at {moment(last, history.time_scale)}"
    value = max(0.0, last - alarm.at) * history.time_scale
    return Measurement(value=value, unit="s", because=because, evidence={"at_least": True, "alarm": alarm.at})


def _waited_out(history: History, alarm: Event, fault: str, ended: float) -> Measurement:
    at = moment(ended, history.time_scale)
    because = f"{fault} expired by itself at {at}, before clients were served again: nobody repaired it"
    value = max(0.0, ended - alarm.at) * history.time_scale
    return Measurement(value=value, unit="s", because=because, evidence={"at_least": True, "alarm": alarm.at})


def _repaired(history: History, found: Disruption, alarm: Event) -> Measurement:
    assert found.recovery is not None
    rang = moved(history, alarm)
    limit = larger(by_alarms(rang, history.time_scale), by_edge(found.recovery, history.time_scale, "what clients saw"))
    because = (
        f"{alarm.data.get('name', 'an alarm')} went to ALARM at {moment(rang.guess, history.time_scale)}; "
        f"{found.last_served.trace.name} were last to recover, at {moment(found.recovery.guess, history.time_scale)}"
    )
    if found.recovery.guess < rang.guess:
        because += ": clients were served again before the alarm came"
    return Measurement(
        value=max(0.0, found.recovery.guess - rang.guess) * history.time_scale,
        unit="s",
        resolution=(found.recovery.error + rang.error) * history.time_scale,
        because=because,
        **limit.words(),
        evidence={"alarm": rang.guess, "seen": alarm.at, "recovered": found.recovery.guess},
    )
