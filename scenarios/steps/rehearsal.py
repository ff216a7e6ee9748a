"""Steps about a load profile as the drill itself: when it runs, what it allows for scaling, when faults strike."""

from pytest_bdd import given, parsers, when

from harness.pytest_plugin import Drill, Performance
from scenarios.steps import words
from scenarios.steps.draft import Draft


@given(parsers.parse("{span} of steady state before the load profile"))
def steady_before(draft: Draft, span: str) -> None:
    """How long the base rate is driven before the profile begins."""
    with draft.reading():
        draft.spans["steady_for"] = words.span(span)


@given(parsers.parse("{span} of watching after the load profile"))
def watching_after(draft: Draft, span: str) -> None:
    """How long the restored phase lasts after it."""
    with draft.reading():
        draft.spans["restored_for"] = words.span(span)


@given(parsers.parse("{span} for scaling after a surge"))
def scaling_window(draft: Draft, span: str) -> None:
    """How long the phase "scaling" lasts after each surge of the profile."""
    with draft.reading():
        draft.spans["scaling_window"] = words.span(span)


@given(parsers.parse("the faults strike {span} into the load profile"))
def strikes_into(draft: Draft, span: str) -> None:
    """When the first fault strikes, counted from the beginning of the profile."""
    with draft.reading():
        draft.spans["strikes_at"] = words.span(span)


@given("the faults strike at the peak of the load profile")
def strikes_at_the_peak(draft: Draft) -> None:
    """The first fault strikes when the rate is highest for the first time."""
    draft.strikes_at_peak = True


@when("the load profile runs", target_fixture="performance")
def the_profile_runs(draft: Draft, drill: Drill) -> Performance:
    """The drill is its load: nothing is broken."""
    return drill.perform(draft.experiment(()), draft.problems, draft.pinned, draft.where)
