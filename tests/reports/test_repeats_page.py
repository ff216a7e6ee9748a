"""The repeats of a drill: the page, the strips and the terminal."""

import json
import re
from dataclasses import replace

import made_up_runs
import pytest
from test_trend_page import Balanced

from harness.model.verdict import Bound, Criterion, Relation
from harness.repeats import ALL, Repeats, basis_of, summarise
from harness.reports.dots import strip
from harness.reports.repeated import as_json, conclusion, render
from harness.reports.repeats_page import page
from tests.test_repeats import ABORTED, LEAST, VOID, found, ran, runs

HOSTILE = Criterion(
    measure=made_up_runs.HOSTILE, bound=Bound(relation=Relation.AT_MOST, value=1.0, unit=made_up_runs.HOSTILE)
)
FOUND = {
    "five": summarise([ran(found(v, resolution=0.5)) for v in (30.25, 31, 33, 36, 34)], 5, ALL),
    "p90": summarise(runs(*range(20, 49)), 29, basis_of("P90")),
    "mixed": summarise([*runs(30, 90, 60.5), VOID, ABORTED, ran(found(45.0, at_least=True))], 8, basis_of("P90")),
    "least": summarise(runs(99.1, 99.9, 98.0, criterion=LEAST), 3, basis_of("median")),
    "one": summarise(runs(30), 1, ALL),
    "equal": summarise(runs(*[0] * 30), 30, basis_of("P90")),
    "none": summarise([ABORTED], 2, ALL),
    "hostile": summarise(
        [replace(ran(found(0.5, HOSTILE)), name=made_up_runs.HOSTILE, drill=made_up_runs.HOSTILE)], 1, ALL
    ),
}


@pytest.mark.parametrize("name", FOUND)
def test_the_page_is_well_formed_and_loads_nothing(name: str) -> None:
    text = page(FOUND[name], "aborted: SIGINT received")
    parser = Balanced()
    parser.feed(text)
    assert parser.open == []
    assert not re.search(r"<script|<link|\bsrc=|href=|url\(|@import|http:", text)
    assert "default-src 'none'" in text


@pytest.mark.parametrize("name", FOUND)
def test_in_a_terminal_the_verdict_comes_last_and_colour_is_only_colour(name: str) -> None:
    repeats: Repeats = FOUND[name]
    assert render(repeats).splitlines()[-1] == conclusion(repeats)
    assert re.sub(r"\x1b\[[0-9;]*m", "", render(repeats, colour=True)) == render(repeats)
    assert "\x1b" not in render(repeats)


@pytest.mark.parametrize("name", FOUND)
def test_machines_get_json_without_infinities(name: str) -> None:
    text = json.dumps(as_json(FOUND[name]), allow_nan=False)
    assert json.loads(text)["verdict"] == FOUND[name].verdict.value


def test_every_run_has_its_mark_and_what_measured_nothing_a_cross() -> None:
    (each,) = FOUND["mixed"].measures
    drawn = strip(each)
    assert drawn.count('<g class="') == 4
    assert "2 not measured" in drawn
    assert drawn.count("7m0 -7l-7 7") == 2


def test_few_runs_say_which_confidence_they_reach_and_what_95_percent_need() -> None:
    said = render(FOUND["five"])
    assert "with 93.7 % confidence; 95 % needs 6 runs or more" in said
    assert "min 30.2 s, median 33.0 s, max 36.0 s, spread 3.0 s (interquartile range), each run ± 0.5 s at most" in said
    assert "the median lies at or above 29.7 s and at or below 36.5 s" in said
    assert "one run tells no interval" in render(FOUND["one"])


def test_what_is_known_is_never_rounded_to_more_than_is_known() -> None:
    narrow = summarise([ran(found(v, resolution=1.0)) for v in (30.4, 30.6)], 2, ALL)
    assert "at or above 29 s and at or below 32 s with 50 % confidence" in render(narrow)


def test_an_interval_without_ends_is_not_drawn_and_not_named() -> None:
    (each,) = FOUND["mixed"].measures
    assert 'class="interval"' not in strip(each)
    assert "too little was measured to say where the median lies with 96.8 % confidence" in render(FOUND["mixed"])


def test_runs_that_show_nothing_are_named_with_their_reason() -> None:
    said = render(FOUND["mixed"], "aborted: SIGINT received")
    assert "not measured by 2; run 4: void: the fault touched nothing; run 5: never judged" in said
    assert "stopped: aborted: SIGINT received; 2 of 8 runs never began and count as undecided" in said
    assert "at least 45 ± 1 s" in said


def test_the_bounds_of_the_percentile_are_told() -> None:
    assert "P90 lies at or above 41 s and at or below 49 s with 95 % confidence each" in render(FOUND["p90"])
    assert "P90" not in render(FOUND["five"])


def test_a_bound_far_away_is_named_and_not_drawn_so_that_the_runs_can_be_told_apart() -> None:
    near, far = (strip(summarise(runs(*values), 3, ALL).measures[0]) for values in ((40, 50, 55), (4, 5, 6)))
    assert ('class="limit"/>' in near, 'class="limit"/>' in far) == (True, False)
    assert "at most 60 s →" in far
    below = strip(summarise(runs(400, 401, 402), 3, ALL).measures[0])
    assert "← at most 60 s" in below
