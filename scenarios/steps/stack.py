"""Steps about the stack and the state it should be in."""

from pytest_bdd import given, parsers

from harness.guards.names import unknown
from harness.model.experiment import ProbeSpec
from harness.probes.registry import PROBES
from scenarios.steps import words
from scenarios.steps.draft import Draft


@given(parsers.parse('the "{name}" stack'))
def the_stack(draft: Draft, name: str) -> None:
    """The stack, by the name of its file in scenarios/stacks/."""
    draft.stack = name


@given("the steady state")
def the_steady_state(draft: Draft, datatable: list[list[str]]) -> None:
    """The hypothesis: a table of probe and tolerance."""
    for row in datatable[1:]:
        with draft.reading():
            draft.hypothesis.append(_spec(*row))


def _spec(name: str, tolerated: str) -> ProbeSpec:
    if name not in PROBES:
        raise ValueError(unknown("probe", name, PROBES))
    relation, bound, unit = words.tolerance(tolerated)
    kind = PROBES[name]
    if (relation, unit) != (kind.relation, kind.unit):
        raise ValueError(f"{name}: write {kind.relation} N {kind.unit}, not {tolerated!r}")
    return ProbeSpec(probe=name, options={"bound": bound})
