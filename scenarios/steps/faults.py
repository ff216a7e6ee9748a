"""The When steps: each names what breaks and carries out the whole drill."""

import dataclasses
from contextlib import suppress
from pathlib import Path

from pytest_bdd import parsers, when

from harness.errors import Refused
from harness.faults.experiment_file import lasts as length_of
from harness.guards.names import unknown
from harness.model.experiment import FaultSpec
from harness.pinned import pin
from harness.pytest_plugin import Drill, Performance
from scenarios.steps import words
from scenarios.steps.draft import Draft
from scenarios.steps.sentences import FaultSentence, spec_of

EXPERIMENTS = Path(__file__).parents[1] / "experiments"
_IN_A_REGION = parsers.parse('the FIS experiment "{name}" runs in "{region}"')
_WHERE_IT_MAY = parsers.parse('the FIS experiment "{name}" runs')


@when(FaultSentence(), target_fixture="performance")
def a_fault_strikes(draft: Draft, drill: Drill, said: str) -> Performance:
    """What breaks, in the sentence of its fault: docs/faults.md lists them."""
    faults: tuple[FaultSpec, ...] = ()
    with draft.reading():
        faults = (spec_of(said),)
    return drill.perform(draft.experiment(faults), draft.problems, draft.pinned, draft.where)


@when("these faults strike", target_fixture="performance")
def these_faults_strike(draft: Draft, drill: Drill, datatable: list[list[str]]) -> Performance:
    """Several faults of one drill: a table of when each strikes, counted from the first, and its sentence."""
    faults: list[FaultSpec] = []
    with draft.reading():
        _no_fault(datatable[0])
    for row in datatable[1:]:
        with draft.reading():
            after, said = _cells(row)
            faults.append(dataclasses.replace(_any_fault(draft, said), after=words.span(after)))
    return drill.perform(draft.experiment(tuple(faults)), draft.problems, draft.pinned, draft.where)


@when(_IN_A_REGION, target_fixture="performance")
def an_experiment_runs_in(draft: Draft, drill: Drill, name: str, region: str) -> Performance:
    """A template of scenarios/experiments/, without its ending, runs in a region."""
    return _run(draft, drill, name, region)


@when(_WHERE_IT_MAY, target_fixture="performance")
def an_experiment_runs(draft: Draft, drill: Drill, name: str) -> Performance:
    """The same, where the blast radius is one region: the experiment runs there."""
    return _run(draft, drill, name, None)


def _run(draft: Draft, drill: Drill, name: str, region: str | None) -> Performance:
    faults: tuple[FaultSpec, ...] = ()
    with draft.reading():
        faults = (_own_experiment(draft, name, region or _only_region(draft)),)
    return drill.perform(draft.experiment(faults), draft.problems, draft.pinned, draft.where)


def _no_fault(heading: list[str]) -> None:
    """A table whose heading was forgotten would lose its first fault in silence."""
    with suppress(ValueError):
        words.span(heading[0])
        raise Refused([f"the first row of this table is its heading, not a fault: {' | '.join(heading)}"])


def _cells(row: list[str]) -> list[str]:
    if len(row) != 2:
        raise ValueError(f"a fault of this table has two columns, when it strikes and what breaks, not {len(row)}")
    return row


def _any_fault(draft: Draft, said: str) -> FaultSpec:
    for pattern in (_IN_A_REGION, _WHERE_IT_MAY):
        if pattern.is_matching(said):
            named = pattern.parse_arguments(said)
            return _own_experiment(draft, named["name"], named.get("region") or _only_region(draft))
    return spec_of(said)


def _only_region(draft: Draft) -> str:
    if len(draft.regions) != 1:
        raise ValueError(f'the blast radius is {len(draft.regions)} regions; say where: runs in "..."')
    return draft.regions[0]


def _own_experiment(draft: Draft, name: str, region: str) -> FaultSpec:
    known = {path.stem: path for path in EXPERIMENTS.glob("*.json")}
    if name not in known:
        raise ValueError(unknown("experiment", name, known))
    pinned = pin("experiment", known[name])
    draft.pinned.append(pinned)
    options = {"experiment": pinned.path, "region": region}
    lasts = length_of(pinned.text, pinned.path)
    return FaultSpec(fault="FIS experiment", options=options, lasts=lasts, template=pinned.text)
