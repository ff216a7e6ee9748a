"""The facts of a report: what the drill cost."""

from dataclasses import replace

from harness.model.history import Event, History
from harness.reports.drilled import facts
from tests.measures.test_cost import ACTION, capacity, fault, history, prices


def cost(of: History) -> str:
    return dict(facts(of, {})).get("Cost on AWS", "")


def opened(of: History, wall: str) -> History:
    events: list[Event] = [replace(e, data={"wall": wall}) if e.kind == "opened" else e for e in of.events]
    return replace(of, events=tuple(events))


def test_the_report_says_what_the_drill_cost_and_was_expected_to() -> None:
    said = prices(estimate="estimated cost on AWS: 9 USD")
    told = cost(history(*fault(ACTION), capacity(0.0, "i-1"), named=said))
    assert told.startswith("4.68 USD: FIS 0.3 USD (2 to 4 action-minutes), instances (m7g.large) 4 USD")
    assert "prices of list; estimated cost on AWS: 9 USD" in told


def test_the_report_says_what_of_the_cost_is_unknown() -> None:
    told = cost(history(*fault(ACTION), named=prices(load_worker_hour=None)))
    assert told.startswith("0.3 USD and what is unknown: FIS 0.3 USD")
    assert "load workers unknown" in told


def test_the_report_warns_of_old_prices_by_the_day_of_the_run() -> None:
    of = history(*fault(ACTION), capacity(0.0, "i-1"))
    assert "ago" not in cost(opened(of, "2027-10-31T00:00:00+00:00"))
    assert "more than a year ago" in cost(opened(of, "2027-11-02T00:00:00+00:00"))


def test_a_drill_without_prices_has_no_such_line() -> None:
    of = history(capacity(0.0, "i-1"))
    assert cost(replace(of, events=tuple(e for e in of.events if e.kind != "prices"))) == ""
