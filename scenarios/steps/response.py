"""Steps about who acts when a region fails."""

from pathlib import Path

from pytest_bdd import given, parsers

from harness.failover import kinds
from harness.failover.runbook_file import read_runbook
from scenarios.steps.draft import Draft

RUNBOOKS = Path(__file__).parents[1] / "runbooks"
assert kinds


@given(parsers.parse('the runbook "{name}"'))
def the_runbook(draft: Draft, name: str) -> None:
    """A file of scenarios/runbooks/, without its ending."""
    with draft.reading():
        draft.runbook = read_runbook(RUNBOOKS / f"{name}.yaml")
