"""What a drill will cost, as far as it can be told before it begins."""

from collections.abc import Iterable, Mapping
from datetime import timedelta

from harness.faults.registry import FaultTemplate
from harness.fis.length import action_spans
from harness.measures.bill import (
    ACTION_MINUTE,
    FIS,
    HOUR,
    INSTANCE_HOUR,
    INSTANCES,
    WORKER_HOUR,
    WORKERS,
    aged,
    billed_minutes,
)
from harness.measures.cost import told
from harness.measures.units import amount
from harness.model.experiment import Experiment
from harness.model.prices import Bill, Item, Prices

NOTHING = timedelta()


def estimate(
    experiment: Experiment,
    prices: Prices,
    templates: Iterable[FaultTemplate],
    capacities: Mapping[str, tuple[int, int]] | None = None,
) -> Bill:
    """The bill that is to be expected; `capacities` are size and maximum of each region's group, where these are known.

    The length is that of the phases that were declared: a recovery takes as long as it takes.
    """
    hours = _length(experiment).total_seconds() / HOUR
    return Bill(
        items=(_fis(prices, templates), _instances(prices, capacities, hours), _workers(experiment, prices, hours))
    )


def _length(experiment: Experiment) -> timedelta:
    strikes = experiment.strikes_at or NOTHING
    faults = max((strikes + f.after + f.lasts for f in experiment.faults), default=NOTHING)
    load = experiment.load.lasts if experiment.load else NOTHING
    return experiment.steady_for + max(faults, load) + experiment.restored_for


def _fis(prices: Prices, templates: Iterable[FaultTemplate]) -> Item:
    """Every action for as long as it is meant to last; a drill that recovers ends it sooner."""
    spans = [span for each in templates for span in action_spans(each.template).values()]
    most = sum(billed_minutes((end - start).total_seconds()) for start, end in spans)
    return Item(name=FIS, unit=ACTION_MINUTE, least=float(len(spans)), most=float(most), price=prices.fis_action_minute)


def _instances(prices: Prices, capacities: Mapping[str, tuple[int, int]] | None, hours: float) -> Item:
    kind = prices.instance_type
    least, most = (
        (None, None)
        if capacities is None
        else (
            sum(size for size, _ in capacities.values()) * hours,
            sum(most for _, most in capacities.values()) * hours,
        )
    )
    name = f"{INSTANCES} ({kind})" if kind else INSTANCES
    return Item(name=name, unit=INSTANCE_HOUR, least=least, most=most, price=prices.instance_hour.get(kind))


def _workers(experiment: Experiment, prices: Prices, hours: float) -> Item:
    used = experiment.load.workers * hours if experiment.load else 0.0
    return Item(name=WORKERS, unit=WORKER_HOUR, least=used, most=used, price=prices.load_worker_hour)


def words(bill: Bill, prices: Prices, today: str) -> str:
    """The estimate for people, with a warning where the prices are old."""
    low, high = bill.known
    span = amount(low, "USD") if low == high else f"{amount(low, 'USD')} to {amount(high, 'USD')}"
    known = f"{span} and what is unknown" if bill.unknown else span
    items = ", ".join(told(item) for item in bill.items)
    warning = aged(prices, today)
    return f"estimated cost on AWS: {known} ({items}; prices of {prices.date})" + (f"; {warning}" if warning else "")
