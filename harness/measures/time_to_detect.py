"""How long the failure went unnoticed: the objective on it is the MTTD."""

from harness.measures.bracket import Bracket
from harness.measures.disruption import Disruption, disruption
from harness.measures.registry import Scope, measure
from harness.measures.stages import first_alarm
from harness.measures.units import amount, moment
from harness.model.history import Event, History
from harness.model.verdict import Measurement, unmeasured


@measure("time to detect", unit="s", population=False, needs=("fault",))
def time_to_detect(history: History, scope: Scope) -> Measurement:
    """From the effect to the first alarm in state ALARM. Model seconds.

    Resolution: that of the effect and the interval at which alarms are asked (`poll_interval`, real seconds).
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


def limits(history: History, edge: Bracket, poll: float) -> dict[str, str]:
    """What makes a time that an alarm begins or ends no finer: the larger of its two edges."""
    if poll >= edge.error:
        asked = amount(poll * history.time_scale, "s")
        return {"limited_by": f"how often alarms are asked, every {asked}", "remedy": "asking alarms more often"}
    known = amount(edge.error * history.time_scale, "s")
    return {"limited_by": f"what clients saw, known to {known}", "remedy": "a higher probe rate"}


def _noticed(history: History, found: Disruption, alarm: Event) -> Measurement:
    poll = float(alarm.data.get("poll_interval") or history.probe_interval)
    name = str(alarm.data.get("name", "an alarm"))
    seen, effect = (moment(at, history.time_scale) for at in (alarm.at, found.effect.guess))
    because = f"{name} was seen in ALARM at {seen}, the effect was at {effect}"
    if alarm.at < found.effect.guess:
        because += ": the alarm came before any client saw an effect"
    return Measurement(
        value=max(0.0, alarm.at - found.effect.guess) * history.time_scale,
        unit="s",
        resolution=(found.effect.error + poll) * history.time_scale,
        because=because,
        **limits(history, found.effect, poll),
        evidence={"alarm": name, "at": alarm.at, "effect": found.effect.guess, "poll_interval": poll},
    )
