"""What drills say of load: one sentence each, and every mistake refused with its line."""

from collections.abc import Callable
from typing import Any

import pytest
from pytest_bdd.steps import StepFunctionContext, step_function_context_registry

import scenarios.steps.load  # noqa: F401  registers the steps
from harness.load.curves import sine, steps
from harness.model.experiment import LoadProfile
from scenarios.steps.draft import Draft

Say = Callable[..., None]


@pytest.fixture
def draft() -> Draft:
    return Draft(where="mine.feature:7")


@pytest.fixture
def say(draft: Draft) -> Say:
    """Say a sentence to the draft."""

    def said(text: str, **more: Any) -> None:
        (step,) = matching(text)
        step.step_func(draft, **step.parser.parse_arguments(text), **more)

    return said


def matching(text: str) -> list[StepFunctionContext]:
    contexts: list[StepFunctionContext] = list(step_function_context_registry.values())
    return [c for c in contexts if c.type == "given" and c.parser.is_matching(text)]


@pytest.mark.parametrize(
    ("sentence", "load"),
    [
        ("a load of 60 requests per second", LoadProfile(rate=60)),
        ("readers sending 60 requests per second", LoadProfile(rate=60, mix={"browse": 100})),
        (
            "a load that rises from 30 to 120 requests per second within 5 minutes",
            LoadProfile(rate=30, points=((0, 30), (300, 120)), name="as said in the drill"),
        ),
        (
            "a load of 30 requests per second with a spike of 300 for 2 minutes",
            LoadProfile(rate=30, points=((0, 300), (120, 300)), name="as said in the drill"),
        ),
        (
            "a load that follows a sine between 30 and 120 requests per second every 10 minutes for 20 minutes",
            LoadProfile(rate=30, points=sine(low=30, high=120, period=600, lasts=1200), name="as said in the drill"),
        ),
        (
            "a load that steps from 30 to 120 requests per second by 30 every 2 minutes",
            LoadProfile(rate=30, points=steps(low=30, high=120, by=30, every=120), name="as said in the drill"),
        ),
    ],
)
def test_each_sentence_is_one_step_and_means_its_load(draft: Draft, say: Say, sentence: str, load: LoadProfile) -> None:
    say(sentence)
    assert draft.problems == []
    assert draft.load == load


def test_a_profile_is_its_file_and_is_pinned(draft: Draft, say: Say) -> None:
    say('the load profile "black-friday"')
    assert draft.load is not None
    assert (draft.load.name, draft.load.rate, draft.load.think_time) == ("black-friday", 22.5, 3)
    assert [(each.kind, each.path) for each in draft.pinned] == [
        ("load profile", "loadtests/profiles/black-friday.yaml")
    ]


def test_the_recording_of_a_replay_is_pinned_with_it(draft: Draft, say: Say) -> None:
    say('the load profile "replay-example"')
    assert [each.kind for each in draft.pinned] == ["load profile", "recorded rate"]
    assert draft.pinned[1].text.startswith("time,rate\n")


def test_a_part_of_a_profile_has_its_times_and_so_much_of_its_rates(draft: Draft, say: Say) -> None:
    say('the load profile "spike" at 50 %')
    assert draft.load is not None
    assert draft.load.rate == 15
    assert draft.load.points[2:4] == ((60, 150), (180, 150))


def test_who_sends_the_load_is_said_after_it(draft: Draft, say: Say) -> None:
    say("a load of 60 requests per second")
    say("the mix of journeys", datatable=[["journey", "weight"], ["browse", "80"], ["checkout", "20"]])
    say("shoppers who think for 3 seconds")
    say("shoppers who stay for 2 minutes")
    say("at most 500 shoppers at once")
    say("2 load workers")
    expected = LoadProfile(
        rate=60, mix={"browse": 80, "checkout": 20}, think_time=3, stay=120, most_at_once=500, workers=2
    )
    assert draft.problems == []
    assert draft.load == expected


def test_a_load_that_is_said_twice_is_refused(draft: Draft, say: Say) -> None:
    say("a load of 60 requests per second")
    say('the load profile "spike"')
    assert draft.problems == ["mine.feature:7: the load is said twice; keep one of the two"]


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        ('the load profile "spikes"', "unknown load profile 'spikes'; did you mean 'spike'?"),
        ('the load profile "spike" at 0 %', "'0' is not above 0"),
        ('the load profile "spike" at half %', "'half' is no rate; write a number"),
        ("a load of -5 requests per second", "'-5' is no rate; write a number"),
        ("a load of nan requests per second", "'nan' is no rate; write a number"),
        ("a load that rises from 1 to 2 requests per second within 0 s", "'0 s' is no length"),
        ("a load that steps from 1 to 2 requests per second by 0 every 1 min", "'0' is not above 0"),
        ("a load of 30 requests per second with a spike of 300 for ever", "'ever' is no span of time"),
        ("at most 500 shoppers at once", "say what the load is before who sends it"),
    ],
)
def test_what_is_wrong_is_refused_with_its_line(draft: Draft, say: Say, sentence: str, said: str) -> None:
    say(sentence)
    (problem,) = draft.problems
    assert problem.startswith(f"mine.feature:7: {said}")
    assert draft.load is None


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ([["journey", "weight"], ["brows", "80"]], "unknown journey 'brows'; did you mean 'browse'?"),
        ([["journey", "weight"], ["browse", "many"]], "'many' is no weight of browse; write a whole number"),
        ([["journey", "weight"], ["browse", "1"], ["browse", "2"]], "browse is there twice; keep one"),
        ([["journey", "weight"], ["browse", "0"]], "no journey has a weight above 0"),
        ([["journey", "weight"]], "no journey has a weight above 0"),
        ([["what", "how often"], ["browse", "1"]], "the mix of journeys has the columns journey | weight"),
        ([["journey", "weight"], ["browse"]], "a row of the mix has two columns, journey and weight"),
        (
            [["journey", "weight"], ["brows", "x"], ["ordr", "1"]],
            "'x' is no weight of brows; write a whole number; unknown journey 'brows'; did you mean 'browse'?; "
            "unknown journey 'ordr'; did you mean 'order'?",
        ),
    ],
)
def test_a_mix_that_nobody_can_follow_is_refused(draft: Draft, say: Say, table: list[list[str]], said: str) -> None:
    say("a load of 60 requests per second")
    say("the mix of journeys", datatable=table)
    (problem,) = draft.problems
    assert problem.startswith(f"mine.feature:7: {said}")


@pytest.mark.parametrize("sentence", ["at most many shoppers at once", "at most 0 shoppers at once", "0 load workers"])
def test_a_number_of_shoppers_or_workers_is_a_whole_one(draft: Draft, say: Say, sentence: str) -> None:
    say("a load of 60 requests per second")
    say(sentence)
    assert "write a whole number of at least 1" in draft.problems[0]
