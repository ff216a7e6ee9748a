"""Steps about what a drill may touch, when it must stop, and how long it watches."""

from pytest_bdd import given, parsers

from harness.model.experiment import StopCondition
from scenarios.steps import words
from scenarios.steps.draft import Draft


@given(parsers.parse('a blast radius of "{regions}"'))
def a_blast_radius(draft: Draft, regions: str) -> None:
    """The regions that may be broken, separated by commas."""
    draft.regions = tuple(name.strip() for name in regions.split(","))


@given(parsers.parse('the account "{account}" only'))
def the_account(draft: Draft, account: str) -> None:
    """The one account that may be touched."""
    draft.accounts = (*draft.accounts, account)


@given(parsers.parse('a stop on the alarm "{alarm}" in "{region}"'))
def a_stop_condition(draft: Draft, alarm: str, region: str) -> None:
    """A CloudWatch alarm that ends the drill."""
    draft.stop_conditions.append(StopCondition(alarm=alarm, region=region))


@given(parsers.parse("{span} of steady state before the fault"))
def steady_for(draft: Draft, span: str) -> None:
    """How long the steady phase lasts."""
    with draft.reading():
        draft.spans["steady_for"] = words.span(span)


@given(parsers.parse("{span} of watching after the recovery"))
def recovered_for(draft: Draft, span: str) -> None:
    """How long the recovered phase lasts before healing."""
    with draft.reading():
        draft.spans["recovered_for"] = words.span(span)


@given(parsers.parse("{span} of watching after the failback"))
def restored_for(draft: Draft, span: str) -> None:
    """How long the restored phase lasts."""
    with draft.reading():
        draft.spans["restored_for"] = words.span(span)


@given(parsers.parse("recovery counts once it was sustained for {span}"))
def sustained_for(draft: Draft, span: str) -> None:
    """The window without a failure that makes a recovery one."""
    with draft.reading():
        draft.spans["sustained_for"] = words.span(span)
