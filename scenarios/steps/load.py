"""Steps about load, probes and orders."""

from pytest_bdd import given, parsers

from harness.model.experiment import LoadProfile
from scenarios.steps import words
from scenarios.steps.draft import Draft


@given(parsers.parse("a load of {rate} requests per second"))
def a_load(draft: Draft, rate: str) -> None:
    """Locust sends so many requests per second, shared among the populations as the stack says."""
    with draft.reading():
        draft.load = LoadProfile(rate=words.rate(rate))


@given(parsers.parse("readers sending {rate} requests per second"))
def readers(draft: Draft, rate: str) -> None:
    """A load that only browses: nobody fills a cart or orders."""
    with draft.reading():
        draft.load = LoadProfile(rate=words.rate(rate), mix={"browse": 100})


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
