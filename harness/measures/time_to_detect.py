"""How long the failure went unnoticed: the objective on it is the MTTD."""

from harness.measures.disruption import Disruption, disruption
from harness.measures.limits import by_alarms, by_edge, larger
from harness.measures.registry import Scope, measure
from harness.measures.stages import first_alarm, moved
from harness.measures.units import moment
from harness.model.history import Event, History
from harness.model.verdict import Measurement, unmeasured


@measure("time to detect", unit="s", population=False, needs=("fault",))
def time_to_detect(history: History, scope: Scope) -> Measurement:
    """From the effect to the first alarm in state ALARM. Model seconds.

    The alarm moved between the last two times at which it was asked, most likely halfway. Resolution: that of the
    effect and half that interval.
    """
    found = disruption(history)
    if isinstance(found, str):
        return unmeasured("s", found)
    alarm = first_alarm(history, found)
    return _unnoticed(history, found) if alarm is None else _noticed(history, found, alarm)


def _unnoticed(history: History, found: Disruption) -> Measurement:
    value = max(0.0, found.end - found.effect.until) * history.time_scale
    effect, end = (moment(at, history.time_scale) for at in (found.effect.guess, found.end))
    because = f"no alarm went to ALARM between the effect at {effect} and {end}"
    return Measurement(
        value=value, unit="s", because=because, evidence={"at_least": True, "effect": found.effect.guess}
    )


def _noticed(history: History, found: Disruption, alarm: Event) -> Measurement:
    rang = moved(history, alarm)
    limit = larger(by_alarms(rang, history.time_scale), by_edge(found.effect, history.time_scale, "what clients saw"))
    name = str(alarm.data.get("name", "an alarm"))
    known, effect = (moment(at, history.time_scale) for at in (rang.guess, found.effect.guess))
    because = f"{name} went to ALARM at {known}, the effect was at {effect}"
    if rang.guess < found.effect.guess:
        because += ": the alarm came before any client saw an effect"
    return Measurement(
        value=max(0.0, rang.guess - found.effect.guess) * history.time_scale,
        unit="s",
        resolution=(found.effect.error + rang.error) * history.time_scale,
        because=because,
        **limit.words(),
        evidence={"alarm": name, "at": rang.guess, "seen": alarm.at, "effect": found.effect.guess},
    )
