from harness.model.history import Phase
from tests.measures.histories import event, run


def test_a_phase_lasts_until_the_next_one_and_the_last_until_driving_ended() -> None:
    spans = [(s.phase, s.since, s.until) for s in run().spans]
    assert spans[0] == (Phase.STEADY, 0.0, 10.02)
    assert spans[-1] == (Phase.RESTORED, 32.0, 38.0)


def test_a_phase_may_have_begun_before_it_was_recorded() -> None:
    history = run(more=[event(16.0, "phase", phase="failing back", since=15.5)])
    assert history.span(Phase.RECOVERED) is not None
    assert [s.until for s in history.spans if s.phase is Phase.RECOVERED] == [15.5]


def test_a_phase_that_never_was_has_no_span() -> None:
    assert run().span(Phase.FAILING_OVER) is None


def test_an_open_journal_ends_with_its_last_line() -> None:
    assert run(without=("closed", "drove")).end == 32.0


def test_a_run_without_a_phase_has_no_spans() -> None:
    assert run(without=("phase",)).spans == ()


def test_a_recovery_before_anyone_acted_cuts_the_phases_before_it_short() -> None:
    acted = run(more=[event(14.0, "phase", phase="failing over"), event(16.0, "phase", phase="recovered", since=12.0)])
    spans = [(s.phase, s.since, s.until) for s in acted.spans]
    assert spans[1] == (Phase.IMPAIRED, 10.02, 12.0)
    assert spans[2] == (Phase.FAILING_OVER, 14.0, 14.0)
