"""The language: one pattern per sentence, and a docstring for each."""

from pathlib import Path

import pytest
from pytest_bdd.feature import get_features
from pytest_bdd.steps import StepFunctionContext, step_function_context_registry

FEATURES = [*Path("features").glob("*.feature"), *Path("tests/drills").rglob("*.feature")]


def _contexts() -> list[StepFunctionContext]:
    return list(step_function_context_registry.values())


@pytest.mark.parametrize("path", FEATURES, ids=lambda p: p.stem)
def test_each_sentence_matches_exactly_one_pattern(path: Path) -> None:
    for feature in get_features([str(path.resolve())]):
        for scenario in feature.scenarios.values():
            for step in scenario.steps:
                matching = [
                    c.parser.name for c in _contexts() if c.type == step.type and c.parser.is_matching(step.name)
                ]
                assert len(matching) == 1, f"{path}:{step.line_number}: {step.name}: {matching}"


def test_every_step_says_what_it_does() -> None:
    assert _contexts()
    assert [c.step_func.__name__ for c in _contexts() if not c.step_func.__doc__] == []
