"""The step about what a drill is held against."""

from pytest_bdd import given

from scenarios.steps.draft import Draft


@given("the last accepted run as the baseline")
def the_baseline(draft: Draft) -> None:
    """The last run of this drill that somebody accepted with drill accept; its figures are frozen in the plan."""
    draft.baseline = True
