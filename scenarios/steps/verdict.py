"""The Then steps: one judges every criterion; others say what a drill that must fail has to find."""

from pytest_bdd import parsers, then

from harness.pytest_plugin import Performance


@then("every criterion is met")
def every_criterion_is_met(performance: Performance) -> None:
    """The verdict is PASS; the message lists every finding."""
    performance.expect_pass()


@then(parsers.parse('the verdict is {verdict} because of "{measure}"'))
def the_verdict_is(performance: Performance, verdict: str, measure: str) -> None:
    """The harness said FAIL or INCONCLUSIVE, and this measure is among its reasons."""
    performance.expect(verdict, measure)


@then(parsers.parse('the run is void because "{cause}"'))
def the_run_is_void(performance: Performance, cause: str) -> None:
    """The verdict is INCONCLUSIVE and a void cause contains these words."""
    performance.expect_void(cause)
