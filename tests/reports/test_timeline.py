"""The timeline draws what the record holds, at the right place."""

import re
from dataclasses import replace
from xml.etree import ElementTree

import made_up_runs
import pytest

from harness.model.history import Outcome, Request, Stream
from harness.reports.axis import Axis, ceiling, rows
from harness.reports.bins import bins, percentile, rate
from harness.reports.picture import render
from harness.reports.strips import runs
from harness.reports.timeline import draw, region_colours
from tests.loads import count

RUNS = ("region_loss", "failing", "void", "aborted", "empty", "hostile")


def request(due: float, outcome: Outcome = Outcome.OK, took: float = 0.1) -> Request:
    return Request(
        stream=Stream.READ, population="NA", name="GET /", due=due, sent=due, finished=due + took, outcome=outcome
    )


@pytest.mark.parametrize("name", RUNS)
def test_the_picture_of_every_run_is_well_formed(name: str) -> None:
    ElementTree.fromstring(render(*getattr(made_up_runs, name)()))


@pytest.mark.parametrize("name", RUNS)
def test_no_coordinate_is_beyond_the_picture_or_no_number(name: str) -> None:
    svg = render(*getattr(made_up_runs, name)())
    assert "nan" not in svg.replace("finance", "")
    assert "inf" not in re.sub(r"<title>.*?</title>|<style>.*?</style>", "", svg, flags=re.DOTALL)
    width = 1120.0
    for element in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}rect"):
        assert float(element.attrib["x"]) + float(element.attrib["width"]) <= width


def test_every_lane_is_there_and_named() -> None:
    svg = render(*made_up_runs.region_loss())
    for lane in ("Fault", "Alarms", "Runbook", "DNS answer", "Served by", "Errors", "Latency", "Probes"):
        assert f">{lane}<" in svg


def test_lanes_without_anything_to_show_are_left_out() -> None:
    svg = render(*made_up_runs.void())
    assert ">Alarms<" not in svg
    assert ">Runbook<" not in svg


def test_hovering_tells_what_happened_and_when() -> None:
    svg = render(*made_up_runs.region_loss())
    assert "<title>storefront-us-east-1-no-healthy-host (ALARM): 2:50 to 7:14, 4 min 24 s" in svg
    assert "<title>set capacity (undone): 7:40 to 8:32, 52.0 s" in svg
    assert "<title>NA read: INDETERMINATE 2:30 to 2:34 (4.0 s, 8 probes)" in svg
    assert "<title>NA read: FAILED 2:34 to 3:05 (31.0 s, 62 probes)" in svg


def test_the_strip_of_a_population_that_felt_nothing_has_no_failure() -> None:
    svg = render(*made_up_runs.region_loss())
    assert "NA read: FAILED" in svg
    assert "EU read: FAILED" not in svg
    assert "EU write: FAILED" in svg


def test_a_scaled_run_has_both_axes_and_a_real_one_only_one() -> None:
    history, _, _ = made_up_runs.region_loss()
    assert "real seconds" in draw(history, 0.0, history.end)
    assert "real seconds" not in draw(replace(history, time_scale=1.0), 0.0, history.end)


def test_the_effect_is_marked_only_where_it_was_measured() -> None:
    assert "mark effect" in render(*made_up_runs.region_loss())
    assert "mark effect" not in render(*made_up_runs.void())


def test_each_region_has_one_colour_everywhere() -> None:
    history, _, _ = made_up_runs.region_loss()
    colours = region_colours(history)
    assert list(colours) == ["ap-southeast-1", "eu-west-1", "us-east-1"]
    assert len(set(colours.values())) == 3


def test_ticks_are_round_in_model_time() -> None:
    axis = Axis(since=0.0, until=90.0, left=0.0, right=900.0, scale=10.0)
    assert [value for _, value in axis.ticks()] == [0, 120, 240, 360, 480, 600, 720, 840]
    assert axis.ticks()[1][0] == pytest.approx(120.0)


def test_moments_outside_of_the_axis_are_kept_at_its_ends() -> None:
    axis = Axis(since=10.0, until=20.0, left=100.0, right=200.0)
    assert (axis.x(0.0), axis.x(15.0), axis.x(float("inf"))) == (100.0, 150.0, 200.0)


def test_labels_that_would_overlap_go_to_different_rows() -> None:
    assert rows([(0, 50), (10, 60), (70, 90)]) == [0, 1, 0]


@pytest.mark.parametrize(("value", "rounded"), [(0, 1), (7, 8), (18, 20), (0.3, 0.3), (100, 100), (101, 200)])
def test_scales_end_at_a_round_number(value: float, rounded: float) -> None:
    assert ceiling(value) == pytest.approx(rounded)


def test_bins_cover_the_span_and_one_begins_at_the_effect() -> None:
    found = bins(0.0, 90.0, edge=15.07)
    assert found.width == 0.5
    assert found.since <= 0.0
    assert found.start(found.count) >= 90.0
    assert max(edge for edge in found.edges if edge <= 15.08) == pytest.approx(15.07)


def test_rates_and_percentiles_are_those_of_each_bin() -> None:
    into = bins(0.0, 1.0)
    sent = [request(0.1, took=0.02), request(0.2, took=0.04), request(0.3, Outcome.FAILED)]
    samples = into.samples(count([replace(r, stream=Stream.LOAD) for r in sent], slots=into.edges))
    assert rate(samples, into.width, Outcome.OK)[:2] == [8.0, 0.0]
    assert rate(samples, into.width, Outcome.FAILED)[:2] == [0.0, 4.0]
    assert percentile(samples, 0.95)[:2] == [pytest.approx(40.0, rel=0.008), None]


def test_a_run_of_failures_begins_with_the_first_failed_probe_and_ends_with_the_next_success() -> None:
    down = [request(n * 0.05, Outcome.FAILED if 20 <= n < 40 else Outcome.OK) for n in range(60)]
    found = runs(down, 0.05)
    assert [(r.outcome, r.count) for r in found] == [(Outcome.OK, 20), (Outcome.FAILED, 20), (Outcome.OK, 20)]
    assert (found[1].since, found[1].until) == (pytest.approx(1.0), pytest.approx(2.0))


def test_a_silence_of_the_probes_is_a_gap_and_no_success() -> None:
    found = runs([request(t) for t in (0.0, 0.05, 0.1, 5.0, 5.05)], 0.05)
    assert [r.count for r in found] == [3, 2]
    assert found[0].until < 0.2


def test_flapping_probes_make_few_runs_and_lose_no_failure() -> None:
    found = runs([request(n * 0.05, Outcome.FAILED if n % 2 else Outcome.OK) for n in range(2000)], 0.05)
    assert len(found) <= 160
    assert {r.outcome for r in found} == {Outcome.FAILED}
