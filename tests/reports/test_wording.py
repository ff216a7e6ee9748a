"""Numbers read the same everywhere, and never look like what they are not."""

from dataclasses import replace

import made_up_runs
import pytest

import harness.reports.kinds  # noqa: F401  fills the registry
from harness.model.verdict import Bound, Criterion, Finding, Measurement, Relation, Verdict
from harness.reports.bullet import bullet
from harness.reports.registry import REPORTS
from harness.reports.summary import sentence, warnings
from harness.reports.wording import after, bound, clock, deadline, measured, number, plain, reason, span

AT_MOST_A_MINUTE = Bound(relation=Relation.AT_MOST, value=60.0, unit="s")


def finding(
    value: float | None, resolution: float = 0.0, verdict: Verdict = Verdict.PASS, **evidence: object
) -> Finding:
    measurement = Measurement(value=value, unit="s", resolution=resolution, because="seen", evidence=evidence)
    criterion = Criterion(measure="recovery time", bound=AT_MOST_A_MINUTE)
    return Finding(criterion=criterion, measurement=measurement, verdict=verdict, because="a minute is enough: seen")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.42, "0.42 s"),
        (35.0, "35.0 s"),
        (120.0, "2 min"),
        (725.0, "12 min 05 s"),
        (7200.0, "2 h"),
        (10920.0, "3 h 02 min"),
        (-2.0, "−2.0 s"),
    ],
)
def test_spans_read_as_people_say_them(seconds: float, words: str) -> None:
    assert span(seconds) == words


def test_moments_carry_their_sign() -> None:
    assert (after(17.5), after(0.0), after(-2.0)) == ("+17.5 s", "0 s", "−2.0 s")
    assert (clock(45.0), clock(750.5), clock(3720.0)) == ("0:45", "12:30.5", "1:02:00")


def test_a_value_has_as_many_decimals_as_its_resolution_is_worth() -> None:
    assert measured(finding(34.9876, 0.5)) == "35.0 ± 0.5 s"
    assert measured(finding(34.9876, 0.05)) == "34.99 ± 0.05 s"
    assert measured(finding(34.9876, 12.7)) == "35 ± 13 s"
    assert measured(finding(None)) == "not measured"


def test_a_value_beside_its_bound_never_looks_equal_to_it() -> None:
    assert number(60.004, 0.5, beside=60.0) == "60.004"
    assert number(60.0, 0.5, beside=60.0) == "60.0"


def test_a_lower_bound_is_named_as_one() -> None:
    assert measured(finding(240.0, at_least=True)) == "at least 240 s"


def test_one_write_is_not_plural() -> None:
    assert bound(Bound(relation=Relation.AT_MOST, value=1, unit="writes")) == "at most 1 write"


def test_the_reason_beside_the_numbers_does_not_repeat_them_unless_undecided() -> None:
    assert reason(finding(35.0)) == "seen"
    assert reason(finding(60.1, 0.5, Verdict.INCONCLUSIVE)) == "a minute is enough: seen"


def test_deadlines_may_be_seconds_or_words() -> None:
    assert (deadline(60.0), deadline(300), deadline("PT1M"), deadline(None)) == ("60 s", "5 min", "PT1M", "")


def test_control_characters_and_reversing_marks_are_replaced() -> None:
    assert plain("a\x1b[31m\x00\u202eb\nc") == "a\ufffd[31m\ufffd\ufffdb\nc"


@pytest.mark.parametrize("relation", list(Relation))
@pytest.mark.parametrize("value", [None, 0.0, 59.9, 60.0, 1e9, -5.0])
def test_a_graph_never_leaves_its_frame(relation: Relation, value: float | None) -> None:
    made = finding(value, 0.5)
    limit = Bound(relation=relation, value=60.0, unit="s")
    drawn = bullet(replace(made, criterion=replace(made.criterion, bound=limit)))
    assert "nan" not in drawn
    assert all(0 <= float(x) <= 168 for x in _attribute(drawn, "x1") + _attribute(drawn, "cx"))


def _attribute(drawn: str, name: str) -> list[str]:
    return [part.split('"')[0] for part in drawn.split(f' {name}="')[1:]]


def test_a_graph_of_a_bound_of_nothing_can_be_drawn() -> None:
    none = Criterion(measure="lost writes", bound=Bound(relation=Relation.AT_MOST, value=0.0, unit="writes"))
    assert "<circle" in bullet(replace(finding(0.0), criterion=none))


def test_every_report_has_a_name_a_file_and_text() -> None:
    names = {name: made.filename for name, made in REPORTS.items()}
    assert names == {
        "html": "report.html",
        "junit": "junit.xml",
        "terminal": "report.txt",
        "timeline": "timeline.svg",
    }
    assert all(made.render(*made_up_runs.region_loss()) for made in REPORTS.values())


def test_an_unclosed_journal_asks_for_attention() -> None:
    history, judgement, _ = made_up_runs.region_loss()
    cut = replace(history, events=history.events[:-1])
    assert warnings(history) == ()
    assert warnings(cut) == ("the journal was never closed: the run crashed, or goes on",)
    assert sentence(history, judgement).startswith("All 6 criteria were met: recovery time 35.0 ± 0.5 s")
