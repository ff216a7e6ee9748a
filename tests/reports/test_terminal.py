"""What stands in the terminal can be read at any width, and without colour."""

import re

import made_up_runs
import pytest

from harness.reports.terminal import render

RUNS = ("region_loss", "failing", "void", "aborted", "empty", "hostile")


@pytest.mark.parametrize("width", [80, 100, 120, 160])
@pytest.mark.parametrize("name", RUNS)
def test_no_line_is_wider_than_the_terminal(name: str, width: int) -> None:
    text = render(*getattr(made_up_runs, name)(), width=width)
    assert max(map(len, text.splitlines())) <= width


@pytest.mark.parametrize("name", RUNS)
def test_the_verdict_is_the_last_line(name: str) -> None:
    _, judgement, _ = getattr(made_up_runs, name)()
    text = render(*getattr(made_up_runs, name)())
    assert text.splitlines()[-1].startswith(f"verdict: {judgement.verdict.value}")


@pytest.mark.parametrize("name", RUNS)
def test_there_is_no_escape_sequence_unless_colour_is_asked_for(name: str) -> None:
    assert "\x1b" not in render(*getattr(made_up_runs, name)())


def test_colour_changes_nothing_but_the_colour() -> None:
    run = made_up_runs.failing()
    coloured = render(*run, colour=True)
    assert "\x1b[1;31m" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == render(*run)


@pytest.mark.parametrize("width", [80, 140])
def test_every_finding_has_its_bound_value_verdict_and_reason(width: int) -> None:
    flat = " ".join(render(*made_up_runs.failing(), width=width).split())
    assert "recovery time at most 60 s 180.0 ± 0.5 s FAIL NA was the last population served again" in flat
    assert "data loss at most 0 writes 31 writes FAIL 31 of 5,020 acknowledged writes" in flat


def test_causes_of_a_void_run_stand_before_everything_that_was_found() -> None:
    text = render(*made_up_runs.void())
    assert text.index("void: the fault touched nothing") < text.index("criterion")


def test_stages_are_listed_after_the_effect() -> None:
    assert re.search(r"\+20\.0 s  detected +storefront-us-east-1-no-healthy-host", render(*made_up_runs.region_loss()))


def test_the_report_and_the_time_scale_are_named() -> None:
    text = render(*made_up_runs.region_loss())
    assert "report: results/loss-of-a-region-under-load/2025-11-21T11-23-34.120/report.html" in text
    assert "lab, time ×10: durations are model time; latencies and rates are real" in text


def test_a_fault_that_was_not_healed_asks_for_attention() -> None:
    assert "attention: region loss was injected and the journal holds no healing" in render(*made_up_runs.aborted())
