"""The catalogue: complete, consistent in itself, and the same as what the lab really does."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.fis.actions import ACTIONS, RETIRED
from harness.fis.documents import DOCUMENTS
from harness.fis.duration import span
from harness.fis.on_the_lab import ON_THE_LAB, TARGETS_ON_THE_LAB
from harness.fis.parameter import Kind, Parameter
from harness.fis.targets import TARGET_TYPES
from harness.fis.template import check_template
from harness.lab.fis import registry as lab
from harness.lab.fis.action import seconds
from harness.lab.ssm import registry as ssm
from tests.fis.templates import template_of, value_of

EVERY_PARAMETER = [
    pytest.param(parameter, id=f"{owner}-{parameter.name}")
    for owner, parameters in [
        *((a.id, a.parameters) for a in ACTIONS.values()),
        *((t.id, t.parameters) for t in TARGET_TYPES.values()),
        *((d.name, d.parameters) for d in DOCUMENTS.values()),
    ]
    for parameter in parameters
]


def test_it_has_every_action_target_type_and_document_of_fis() -> None:
    assert (len(ACTIONS), len(TARGET_TYPES), len(DOCUMENTS)) == (50, 24, 10)


def test_every_action_takes_targets_of_a_known_type_and_every_type_is_taken() -> None:
    assert {type for action in ACTIONS.values() for type in action.targets.values()} == set(TARGET_TYPES)


def test_an_id_that_was_retired_is_no_action() -> None:
    assert set(RETIRED) & set(ACTIONS) == set()


def test_every_action_says_what_it_does() -> None:
    assert [a.id for a in ACTIONS.values() if not a.about.endswith(".") or len(a.about) < 15] == []


@pytest.mark.parametrize("parameter", EVERY_PARAMETER)
def test_a_default_is_a_value_that_is_allowed(parameter: Parameter) -> None:
    assert parameter.default is None or parameter.problem(parameter.default) is None
    assert not (parameter.required and parameter.default)


@pytest.mark.parametrize("parameter", EVERY_PARAMETER)
def test_a_right_value_is_allowed_and_a_number_instead_of_a_string_is_not(parameter: Parameter) -> None:
    assert parameter.problem(value_of(parameter)) is None
    assert "must be a string" in (parameter.problem(5) or "")
    assert parameter.problem(" ") == "is empty"


# What the lab does: its engine's own list is held against ours.


def test_the_lab_does_exactly_the_actions_that_the_catalogue_says() -> None:
    assert set(ON_THE_LAB) == set(lab.ACTIONS)
    assert set(TARGETS_ON_THE_LAB) == set(lab.TARGET_TYPES)


@pytest.mark.parametrize("id", ON_THE_LAB)
def test_the_lab_takes_the_same_targets_and_parameters_as_fis(id: str) -> None:
    here, there = ACTIONS[id], lab.ACTIONS[id]
    assert dict(here.targets) == dict(there.targets)
    assert {p.name: p.required for p in here.parameters} == {n: p.required for n, p in there.parameters.items()}


@pytest.mark.parametrize("id", ON_THE_LAB)
def test_the_lab_takes_durations_between_the_same_bounds_and_the_same_words(id: str) -> None:
    for name, there in lab.ACTIONS[id].parameters.items():
        here = ACTIONS[id].by_name[name]
        assert there.duration == ((here.least, here.most) if here.kind is Kind.DURATION else None)
        words = {word.lower() for word in there.choices} if here.kind is Kind.BOOLEAN else set(there.choices)
        assert words in (set(), {"true", "false"} if here.kind is Kind.BOOLEAN else set(here.choices))


@pytest.mark.parametrize("id", ON_THE_LAB)
def test_the_lab_refuses_exactly_the_variants_that_the_catalogue_says(id: str) -> None:
    here, there = ACTIONS[id], lab.ACTIONS[id]
    only = ON_THE_LAB[id].only
    least = {p.name: only.get(p.name, (value_of(p),))[0] for p in here.parameters if p.required}
    for parameter in here.parameters:
        values = parameter.choices or (("true", "false") if parameter.kind is Kind.BOOLEAN else ())
        refused = [value for value in values if there.cannot({**least, parameter.name: value})]
        assert refused == [value for value in values if value not in only.get(parameter.name, values)]


@pytest.mark.parametrize("id", [id for id, real in ON_THE_LAB.items() if real.most])
def test_the_lab_refuses_more_of_a_parameter_than_the_catalogue_says_and_no_less(id: str) -> None:
    least = {p.name: value_of(p) for p in ACTIONS[id].parameters if p.required}
    for name, most in ON_THE_LAB[id].most.items():
        for value, possible in ((most, True), (most + 1, False)):
            given = {**least, name: f"{value:g}"}
            assert (lab.ACTIONS[id].cannot(given) is None) is possible
            template = template_of(id)
            next(iter(template["actions"].values()))["parameters"].update(given)
            said = [p.text for p in check_template(template, outside_lab=False)]
            assert (f"the lab can do at most {most:g}, not {f'{value:g}'!r}" in said) is not possible


def test_the_lab_has_the_documents_that_the_catalogue_says() -> None:
    named = {id: set(real.documents) for id, real in ON_THE_LAB.items() if real.documents}
    assert named == {
        "aws:ssm:send-command": set(ssm.DOCUMENTS),
        "aws:ssm:start-automation-execution": set(ssm.AUTOMATIONS),
    }


@given(st.text(alphabet="PTDHMS0123456789W.-", max_size=10) | st.text(alphabet=string.printable, max_size=8))
def test_the_lab_and_the_harness_read_the_same_durations(text: str) -> None:
    here = span(text)
    assert seconds(text) == (None if here is None else here.total_seconds())


def test_a_duration_that_no_clock_could_hold_is_none() -> None:
    assert span("P9999999999D") is None
    assert span("P999999999DT999999999H") is None
