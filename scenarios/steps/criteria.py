"""Steps about success criteria. They come before the When: no bound can be tuned to a result."""

from pathlib import Path

from pytest_bdd import given, parsers

from harness.criteria import criteria_from_table, load_profile, profile_path
from harness.pinned import pin
from scenarios.steps.draft import Draft

PROFILES = Path(__file__).parents[1] / "criteria"


@given(parsers.parse('the success criteria of "{name}"'))
def the_profile(draft: Draft, name: str) -> None:
    """A profile: a file of scenarios/criteria/, without its ending."""
    with draft.reading():
        draft.criteria.extend(load_profile(name, folder=PROFILES))
        draft.pinned.append(pin("criteria", profile_path(name, PROFILES)))


@given("the success criteria")
def the_criteria(draft: Draft, datatable: list[list[str]]) -> None:
    """A table: measure, at most (or at least), and optionally in phase and for population."""
    with draft.reading():
        draft.criteria.extend(criteria_from_table(datatable))
