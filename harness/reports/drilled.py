"""What was drilled: stack, fault, load, response and limits, as pairs of a name and words."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from harness.measures.bill import aged, bill, prices_of
from harness.measures.cost import told
from harness.measures.units import amount
from harness.model.history import Event, History
from harness.reports.wording import clock, deadline, declared, environment, number, opened, options, plain, span, wall

Fact = tuple[str, str]


def facts(history: History, plan: Mapping[str, Any]) -> tuple[Fact, ...]:
    """The facts that are known, in the order in which they are asked for."""
    return tuple((name, words) for name, words in _facts(history, plan) if words)


def _facts(history: History, plan: Mapping[str, Any]) -> Iterator[Fact]:
    start = opened(history)
    yield "Stack", plain(start.get("stack") or declared(plan, "stack") or "")
    yield "Where", environment(history) if history.environment else ""
    yield "When", wall(start.get("wall"))
    yield "Took", _took(history)
    yield "Fault", _faults(history, plan)
    yield "Cut made by", plain(start.get("partition_method") or "")
    yield "Through AWS FIS", _experiments(history)
    yield "Response", _response(history, plan)
    yield "Load", _load(history, plan)
    yield "Clients", ", ".join(map(plain, history.populations))
    yield "Blast radius", _radius(declared(plan, "blast_radius"))
    yield "Stop conditions", _stops(declared(plan, "stop_conditions"))
    yield "Cost on AWS", _cost(history)


def _took(history: History) -> str:
    if not history.events:
        return ""
    model = span(history.end * history.time_scale)
    return model if history.time_scale == 1 else f"{model} of model time in {span(history.end)}"


def _faults(history: History, plan: Mapping[str, Any]) -> str:
    declared_faults = declared(plan, "faults")
    if isinstance(declared_faults, Sequence) and declared_faults:
        return "; ".join(_fault(f) for f in declared_faults if isinstance(f, Mapping))
    return "; ".join(plain(e.data.get("fault", "")) for e in history.every("injected"))


def _fault(fault: Mapping[str, Any]) -> str:
    chosen, lasts = options(fault.get("options")), deadline(fault.get("lasts"))
    return plain(fault.get("fault", "")) + (f" ({chosen})" if chosen else "") + (f", at most {lasts}" if lasts else "")


def _experiments(history: History) -> str:
    return "; ".join(_experiment(history, e) for e in history.every("injected"))


def _experiment(history: History, injected: Event) -> str:
    started = [x for x in injected.data.get("experiments") or () if isinstance(x, Mapping)]
    names = ", ".join(f"{plain(x.get('id', ''))} in {plain(x.get('region', ''))}" for x in started)
    targets = len(injected.data.get("targets") or ())
    return f"{names or 'no experiment'}: {targets} target{'' if targets == 1 else 's'}"


def _response(history: History, plan: Mapping[str, Any]) -> str:
    book = declared(plan, "runbook")
    if not isinstance(book, Mapping):
        return "by the stack itself, without a runbook" if history.first("injected") else ""
    decided = history.first("decided")
    when = f"; decided at {clock(decided.at * history.time_scale)}" if decided else "; it never started"
    return f"runbook “{plain(book.get('name', ''))}”{when}"


def _load(history: History, plan: Mapping[str, Any]) -> str:
    sent = history.load.whole.requests if history.load else 0
    profile = declared(plan, "load")
    rate = f"{_planned(profile)}, " if isinstance(profile, Mapping) else ""
    probes = len(history.requests)
    return f"{rate}{sent:,} requests sent, and {probes:,} probes and writes" if sent or probes else ""


def _planned(profile: Mapping[str, Any]) -> str:
    rate, points = f"{number(float(profile.get('rate') or 0))} requests/s", profile.get("points") or ()
    if not points:
        return rate
    name, highest = plain(profile.get("name") or "a profile"), number(max(rate for _, rate in points))
    return f"{name}: {rate} before it, at most {highest} in its {span(points[-1][0])}"


def _radius(radius: object) -> str:
    if not isinstance(radius, Mapping) or not radius.get("regions"):
        return ""
    regions = " ".join(map(plain, radius.get("regions") or ()))
    return f"{regions}; at most {radius.get('most_targets')} targets for {deadline(radius.get('longest'))}"


def _stops(conditions: object) -> str:
    if not isinstance(conditions, Sequence) or isinstance(conditions, str):
        return ""
    named = (c for c in conditions if isinstance(c, Mapping))
    return ", ".join(f"{plain(c.get('alarm', ''))} in {plain(c.get('region', ''))}" for c in named)


def _cost(history: History) -> str:
    """What was used, what of it has a price, and what was expected."""
    prices, said = prices_of(history), history.first("prices")
    if prices is None or said is None:
        return ""
    found = bill(history, prices)
    low, high = found.known
    known = amount((low + high) / 2, "USD") + (" and what is unknown" if found.unknown else "")
    items = ", ".join(told(item) for item in found.items)
    before = plain(said.data.get("estimate") or "")
    parts = [
        f"{known}: {items}",
        f"prices of {plain(prices.name)}",
        before,
        aged(prices, str(opened(history).get("wall") or "")),
    ]
    return "; ".join(part for part in parts if part)


def versions(history: History, plan: Mapping[str, Any]) -> str:
    """The versions that the numbers depend on, in one line."""
    found = opened(history).get("versions") or plan.get("versions") or {}
    if not isinstance(found, Mapping):
        return plain(found)
    return " · ".join(f"{plain(name)} {plain(version)}" for name, version in found.items())
