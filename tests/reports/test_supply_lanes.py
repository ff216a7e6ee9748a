"""Demand, capacity and orders on the time axis of the report, and scaling link by link."""

import json
import re
from dataclasses import replace
from itertools import pairwise
from xml.etree import ElementTree

import made_up_runs
import pytest

import harness.measures.kinds  # noqa: F401  fills the registry
from harness.judge import judge
from harness.model.history import History, Series
from harness.model.verdict import Judgement
from harness.reports.crosshair import numbers
from harness.reports.html import render as page
from harness.reports.picture import render
from harness.reports.scaling import scalings
from harness.reports.timeline import LEFT, RIGHT, draw
from tests.measures.histories import event
from tests.measures.scalings import COURSES, END, HOME, NEVER, Course, criterion, scaled

NOTHING = Judgement(findings=())
RAMP = ((0.0, 40.0), (300.0, 400.0), (600.0, 40.0))
BUSINESS = {"namespace": "Shop", "orders": "Orders"}


def x(at: float) -> float:
    """The pixel of a moment of the whole run."""
    return LEFT + (RIGHT - LEFT) * at / END


def drawn(history: History) -> str:
    return draw(history, 0.0, history.end)


def with_orders(*points: tuple[float, float], regions: tuple[str, ...] = ("us-east-1",)) -> History:
    history = scaled()
    opened = replace(history.events[0], data={**history.events[0].data, "business": BUSINESS})
    series = tuple(
        Series(region=r, namespace="Shop", name="Orders", statistic="Sum", period=20.0, points=points) for r in regions
    )
    return replace(history, events=(opened, *history.events[1:]), series=(*history.series, *series))


def path(svg: str, cls: str) -> str:
    """The commands of the path of a class."""
    found = re.search(rf'd="([^"]*)" class="{cls}"', svg)
    assert found is not None
    return found[1]


def lanes(svg: str) -> list[str]:
    return re.findall(r'class="group">([A-Za-z ]+)', svg)


def test_the_lanes_stand_on_one_axis_with_latency() -> None:
    found = lanes(drawn(with_orders((10.0, 100.0))))
    assert [n for n in found if n in ("Demand", "Capacity", "Latency", "Orders")] == [
        "Demand", "Capacity", "Latency", "Orders"
    ]  # fmt: skip


def test_a_run_without_them_has_no_such_lanes() -> None:
    history, _, _ = made_up_runs.region_loss()
    assert not {"Demand", "Capacity", "Orders"} & set(lanes(drawn(history)))


def test_the_picture_is_well_formed_and_within_its_frame() -> None:
    svg = render(scaled(points=RAMP), NOTHING, {})
    for element in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}rect"):
        assert float(element.attrib["x"]) + float(element.attrib["width"]) <= 1120
    assert "nan" not in svg


def test_the_planned_rate_goes_through_the_points_of_the_profile() -> None:
    corners = [tuple(map(float, each.split())) for each in path(drawn(scaled(points=RAMP)), "planned")[1:].split("L")]
    assert [at for at, _ in corners] == pytest.approx([x(at) for at in (0, 20, 20, 50, 80, 80, END)], abs=0.1)
    base, peak = corners[0][1], corners[3][1]
    assert peak < base and corners[1][1] == corners[4][1] == base


def test_a_close_up_begins_and_ends_with_the_rate_of_those_moments() -> None:
    svg = draw(replace(scaled(points=RAMP), load=None), 30.0, 40.0)
    corners = [tuple(map(float, each.split())) for each in path(svg, "planned")[1:].split("L")]
    assert [at for at, _ in corners] == [LEFT, RIGHT]
    assert corners[0][1] > corners[1][1]


def test_what_was_due_is_drawn_below_the_plan() -> None:
    assert 'class="due"' in drawn(scaled())


def test_capacity_steps_when_it_was_seen_to_change() -> None:
    svg = drawn(scaled())
    lefts = [float(each) for each in re.findall(r"M([\d.]+) ", path(svg, "area r0"))]
    assert lefts[0] == pytest.approx(x(1.0), abs=0.1) and lefts[-1] == pytest.approx(x(28.0), abs=0.1)
    assert re.findall(r"M([\d.]+) ", path(svg, "pending r0")) == [f"{x(24.5):.1f}"]
    assert re.findall(r"M([\d.]+) ", path(svg, "unready r0")) == [f"{x(27.0):.1f}"]


def test_desired_capacity_is_a_line_with_a_step() -> None:
    corners = [tuple(map(float, each.split())) for each in path(drawn(scaled()), "desired")[1:].split("L")]
    step = [(at, y) for (at, y), (_, later) in pairwise(corners) if later < y]
    assert [at for at, _ in step] == [pytest.approx(x(24.0), abs=0.1)]


def test_each_region_has_a_row() -> None:
    svg = drawn(scaled({"us-east-1": Course(), "eu-west-1": Course()}))
    assert len(re.findall('class="desired"', svg)) == 2
    assert "<title>eu-west-1: in service and healthy" in svg


def test_orders_are_a_rate_per_real_minute_over_all_regions() -> None:
    history = with_orders((10.0, 50.0), (12.0, 25.0), regions=("us-east-1", "eu-west-1"))
    svg = drawn(history)
    boxes = re.findall(r"M([\d.]+) ([\d.]+)h([\d.]+)v([\d.]+)", path(svg, "orders"))
    assert [float(box[0]) for box in boxes] == pytest.approx([x(10.0), x(12.0)], abs=0.1)
    assert [float(box[3]) for box in boxes] == pytest.approx([44.0, 22.0])
    assert ">3000/min<" in svg


def test_the_metric_of_another_namespace_is_no_order() -> None:
    history = with_orders((10.0, 50.0))
    other = tuple(replace(s, namespace="Else") for s in history.series)
    assert "Orders" not in lanes(drawn(replace(history, series=other)))


def test_the_crosshair_tells_plan_and_capacity_at_each_moment() -> None:
    found = numbers(scaled(), 0.0, END, None)
    rows = {name: values for name, _, values in found["rows"]}
    at = {moment: int((moment - found["first"]) / found["bin"]) for moment in (10.0, 26.0, 50.0)}
    assert [rows["planned"][n] for n in at.values()] == [40, 400, 400]
    assert [rows["serving in us-east-1"][n] for n in at.values()] == [2, 2, 6]
    assert [rows["desired in us-east-1"][n] for n in at.values()] == [2, 6, 6]
    json.dumps(found)


# link by link


def judgement(history: History) -> Judgement:
    return judge(history, [criterion("scaling time")])


def test_every_link_that_was_seen_has_its_bar_in_order_and_the_others_are_named() -> None:
    late = {"us-east-1": Course(healthy=NEVER, serves=NEVER, good_again=NEVER)}
    (found,) = scalings(judgement(scaled(late)))
    assert [bar.stage.name for bar in found.bars] == [
        "demand rises", "metric crosses", "alarm", "desired capacity", "instance launched", "in service"
    ]  # fmt: skip
    assert [stage.name for stage in found.unseen] == ["target healthy", "serves its share", "P95 in bounds"]
    assert found.bars[-1].until == pytest.approx(100) and found.bars[0].since == 0


def test_the_page_shows_the_chain_of_every_region() -> None:
    history = scaled({region: Course() for region in HOME.values()})
    html = page(history, judgement(history), {})
    assert "Scaling, link by link" in html
    assert all(f'<h3 class="region">{region}</h3>' in html for region in HOME.values())


def test_a_page_without_a_chain_has_no_such_section() -> None:
    assert "Scaling, link by link" not in page(*made_up_runs.region_loss())


def test_what_comes_from_outside_is_escaped() -> None:
    hostile = made_up_runs.HOSTILE
    told = event(50.0, "capacity", region=hostile, group=hostile, desired=2, in_service=1, pending=1, healthy=1)
    history = scaled(COURSES, more=[told, replace(told, at=60.0)])
    html = page(history, judgement(history), {})
    assert "<script>alert" not in html
