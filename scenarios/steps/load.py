"""Steps about load, probes and orders."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from pytest_bdd import given, parsers

from harness.load import curves
from harness.load.curves import Points
from harness.load.journeys import mix_from_table
from harness.load.profile_file import find_profile, read_profile
from harness.model.experiment import LoadProfile
from harness.pinned import pin
from scenarios.steps import words
from scenarios.steps.draft import Draft

PROFILES = Path(__file__).parents[2] / "loadtests" / "profiles"


@given(parsers.parse("a load of {rate} requests per second"))
def a_load(draft: Draft, rate: str) -> None:
    """Locust sends so many requests per second, shared among the populations as the stack says."""
    with draft.reading():
        _load(draft, LoadProfile(rate=words.rate(rate)))


@given(parsers.parse("readers sending {rate} requests per second"))
def readers(draft: Draft, rate: str) -> None:
    """A load that only browses: nobody fills a cart or orders."""
    with draft.reading():
        _load(draft, LoadProfile(rate=words.rate(rate), mix={"browse": 100}))


@given(parsers.parse('the load profile "{name}"'))
def the_load_profile(draft: Draft, name: str) -> None:
    """A file of loadtests/profiles/, without its ending."""
    _profile(draft, name, "100")


@given(parsers.parse('the load profile "{name}" at {percent} %'))
def the_load_profile_at(draft: Draft, name: str, percent: str) -> None:
    """The same with so many percent of its rates; its times stay as they are."""
    _profile(draft, name, percent)


@given(parsers.parse("a load that rises from {low} to {high} requests per second within {span}"))
def a_load_that_rises(draft: Draft, low: str, high: str, span: str) -> None:
    """A ramp in a straight line."""
    with draft.reading():
        rates = {"low": words.rate(low), "high": words.rate(high)}
        _said(draft, rates["low"], curves.ramp(**rates, within=_length(span)))


@given(parsers.parse("a load that steps from {low} to {high} requests per second by {by} every {span}"))
def a_load_that_steps(draft: Draft, low: str, high: str, by: str, span: str) -> None:
    """Stairs; the last one is held as long as the others."""
    with draft.reading():
        rates = {"low": words.rate(low), "high": words.rate(high), "by": words.above_nothing(by)}
        _said(draft, rates["low"], curves.steps(**rates, every=_length(span)))


@given(parsers.parse("a load of {rate} requests per second with a spike of {peak} for {span}"))
def a_load_with_a_spike(draft: Draft, rate: str, peak: str, span: str) -> None:
    """The profile is the spike: it begins and ends at once."""
    with draft.reading():
        _said(draft, words.rate(rate), curves.steady(rate=words.rate(peak), lasts=_length(span)))


@given(
    parsers.parse("a load that follows a sine between {low} and {high} requests per second every {period} for {span}")
)
def a_load_that_follows_a_sine(draft: Draft, low: str, high: str, period: str, span: str) -> None:
    """A wave that begins at its lowest."""
    with draft.reading():
        rates = {"low": words.rate(low), "high": words.rate(high)}
        _said(draft, rates["low"], curves.sine(**rates, period=_length(period), lasts=_length(span)))


@given("the mix of journeys")
def the_mix(draft: Draft, datatable: list[list[str]]) -> None:
    """A table of journey (browse, search, cart, order, checkout) and weight."""
    with draft.reading():
        _change(draft, mix=mix_from_table(datatable))


@given(parsers.parse("shoppers who think for {span}"))
def shoppers_who_think(draft: Draft, span: str) -> None:
    """How long a shopper waits between two requests of a journey (model time)."""
    with draft.reading():
        _change(draft, think_time=words.span(span).total_seconds())


@given(parsers.parse("shoppers who stay for {span}"))
def shoppers_who_stay(draft: Draft, span: str) -> None:
    """How long a shopper comes back for another journey before somebody else, without cookies, comes (model time)."""
    with draft.reading():
        _change(draft, stay=words.span(span).total_seconds())


@given(parsers.parse("at most {count} shoppers at once"))
def at_most_at_once(draft: Draft, count: str) -> None:
    """So many requests are under way at most; what is due beyond that is dropped, and counted."""
    with draft.reading():
        _change(draft, most_at_once=words.count(count))


@given(parsers.parse("{count} load workers"))
def load_workers(draft: Draft, count: str) -> None:
    """So many Locust processes on this machine share the load."""
    with draft.reading():
        _change(draft, workers=words.count(count))


@given(parsers.parse("orders placed {rate} times per second in every population"))
def orders(draft: Draft, rate: str) -> None:
    """The ledger places so many orders; what is lost of them is the data loss."""
    with draft.reading():
        draft.order_rate = words.rate(rate)


@given("no orders")
def no_orders(draft: Draft) -> None:
    """Nobody writes: the drill is about reading."""
    draft.order_rate = 0.0


@given(parsers.parse("probes {rate} times per second in every population"))
def probes(draft: Draft, rate: str) -> None:
    """How often each population reads; the interval is the resolution of the recovery time."""
    with draft.reading():
        draft.probe_rate = words.rate(rate)


def _profile(draft: Draft, name: str, percent: str) -> None:
    with draft.reading():
        factor = words.above_nothing(percent) / 100
        found = read_profile(find_profile(name, PROFILES))
        profile = found.load
        points = curves.scaled(profile.points, factor)
        _load(draft, replace(profile, rate=profile.rate * factor, points=points))
        kinds = ("load profile", "recorded rate")
        draft.pinned.extend(pin(kind, path) for kind, path in zip(kinds, found.files, strict=False))


def _said(draft: Draft, rate: float, points: Points) -> None:
    """A load that is said in the drill itself; `rate` is sent before and after it."""
    _load(draft, LoadProfile(rate=rate, points=points, name="as said in the drill"))


def _load(draft: Draft, load: LoadProfile) -> None:
    if draft.load is not None:
        raise ValueError("the load is said twice; keep one of the two")
    draft.load = load


def _change(draft: Draft, **more: Any) -> None:
    if draft.load is None:
        raise ValueError("say what the load is before who sends it, such as: a load of 60 requests per second")
    draft.load = replace(draft.load, **more)


def _length(span: str) -> float:
    length = words.span(span)
    if length <= timedelta():
        raise ValueError(f"{span!r} is no length; it must be longer than nothing")
    return length.total_seconds()
