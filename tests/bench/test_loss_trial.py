"""The benchmark finds fault where there is some: a product that is off by one id, or by a millisecond, is not right."""

from dataclasses import replace

from bench.loss_trial import Trial
from bench.loss_truth import Truth
from harness.model.verdict import Measurement, unmeasured

TRUTH = Truth(acknowledged={"a": 1, "b": 2, "c": 3}, rows={"a": 1})
GOOD = Trial(
    truth=TRUTH,
    seconds=0.040,
    rate=100.0,
    unsure=(0, 0),
    lost_ids=frozenset({"b", "c"}),
    measured={
        "lost writes": Measurement(value=2.0, unit="writes", because="", evidence={}),
        "data loss": Measurement(value=0.042, unit="s", resolution=0.003, because="", evidence={}),
    },
)


def loss(value: float, resolution: float) -> Trial:
    said = Measurement(value=value, unit="s", resolution=resolution, because="", evidence={})
    return replace(GOOD, measured={**GOOD.measured, "data loss": said})


def test_a_trial_with_the_true_ids_and_the_truth_inside_is_right() -> None:
    assert GOOD.right


def test_the_true_count_with_a_wrong_id_is_not_exact() -> None:
    assert not replace(GOOD, lost_ids=frozenset({"a", "c"})).exact


def test_the_true_ids_with_a_wrong_count_are_not_exact() -> None:
    wrong = Measurement(value=3.0, unit="writes", because="", evidence={})
    assert not replace(GOOD, measured={**GOOD.measured, "lost writes": wrong}).exact


def test_a_truth_outside_of_value_and_resolution_is_not_right() -> None:
    assert not loss(0.042, 0.001).right


def test_a_truth_inside_of_a_wide_resolution_may_be_far_from_the_value() -> None:
    assert loss(0.060, 0.030).right
    assert not loss(0.060, 0.030).near
    assert GOOD.near


def test_a_measure_that_could_not_tell_is_not_right() -> None:
    assert not replace(GOOD, measured={**GOOD.measured, "data loss": unmeasured("s", "nobody knows")}).right
