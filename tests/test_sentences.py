"""What drills say of faults: every sentence means one fault, with or without how long it lasts."""

import re
from datetime import timedelta

import pytest

from harness.faults.registry import FAULTS
from scenarios.steps.sentences import FaultSentence, matching, sentences, spec_of
from tests.test_faults_compile import SAMPLES

EVERY = [(each.fault, each.text) for each in sentences()]


def said(text: str) -> str:
    """A sentence with its fields filled in."""
    known = {**SAMPLES, "count": 2}
    return re.sub(r"\{(\w+)(:d)?\}", lambda field: str(known[field[1]]), text)


@pytest.mark.parametrize("ending", ["", " for 3 minutes"])
@pytest.mark.parametrize(("fault", "text"), EVERY)
def test_each_sentence_means_its_fault_and_no_other(fault: str, text: str, ending: str) -> None:
    assert [sentence.fault for sentence, _ in matching(said(text) + ending)] == [fault]
    assert FaultSentence().is_matching(said(text) + ending)


@pytest.mark.parametrize(("fault", "text"), EVERY)
def test_each_sentence_gives_every_option_of_its_fault(fault: str, text: str) -> None:
    given = spec_of(said(text)).options
    assert [name for name in FAULTS[fault].options if name not in given] == []
    assert all(given[name] == SAMPLES[name] for name in FAULTS[fault].options if f"{{{name}" in text)


def test_a_fault_lasts_as_long_as_is_said() -> None:
    assert spec_of('"us-east-1" is lost for 90 s').lasts == timedelta(seconds=90)


def test_a_fault_of_which_nothing_is_said_lasts_as_long_as_is_usual_for_it() -> None:
    assert spec_of('"us-east-1" is lost').lasts == timedelta(minutes=5)
    assert spec_of('Direct Connect of "us-east-1" goes down').lasts == timedelta(minutes=10)


def test_a_sentence_may_fix_what_others_let_a_person_say() -> None:
    assert spec_of('one instance of "us-east-1" is stopped').options == {"region": "us-east-1", "count": 1}
    assert spec_of('30 % of the instances of "us-east-1" are stopped').options["percent"] == 30


def test_what_is_no_sentence_is_refused_with_the_closest_one() -> None:
    with pytest.raises(ValueError, match=re.escape("did you mean '\"{region}\" is lost'")):
        spec_of('"us-east-1" is lots')


def test_a_span_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="'ever' is no span of time"):
        spec_of('"us-east-1" is lost for ever')
