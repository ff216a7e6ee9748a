"""The step about what a drill is paid by."""

from pathlib import Path

from pytest_bdd import given, parsers

from harness.guards.names import unknown
from harness.pinned import pin
from harness.prices import read_prices
from scenarios.steps.draft import Draft

PRICES = Path(__file__).parents[1] / "prices"


@given(parsers.parse('the prices of "{name}"'))
def the_prices(draft: Draft, name: str) -> None:
    """A file of scenarios/prices/, without its ending."""
    with draft.reading():
        known = {path.stem: path for path in PRICES.glob("*.yaml")}
        if name not in known:
            raise ValueError(unknown("price file", name, known))
        draft.prices = read_prices(known[name])
        draft.pinned.append(pin("prices", known[name]))
