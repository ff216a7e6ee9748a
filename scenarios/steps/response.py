"""Steps about who acts when a region fails."""

from pathlib import Path

from pytest_bdd import given, parsers

from harness.failover import kinds
from harness.failover.runbook_file import read_runbook
from harness.guards.names import unknown
from harness.pinned import pin
from scenarios.steps.draft import Draft

RUNBOOKS = Path(__file__).parents[1] / "runbooks"
assert kinds


@given(parsers.parse('the runbook "{name}"'))
def the_runbook(draft: Draft, name: str) -> None:
    """A file of scenarios/runbooks/, without its ending."""
    with draft.reading():
        known = {path.stem: path for path in RUNBOOKS.glob("*.yaml")}
        if name not in known:
            raise ValueError(unknown("runbook", name, known))
        draft.runbook = read_runbook(known[name])
        draft.pinned.append(pin("runbook", known[name]))
