"""The page of a comparison: alone, escaped, in the style of the report."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import made_up_runs
import pytest

from harness.model.history import History
from harness.model.verdict import Judgement
from harness.reports.compared import compared, conclusion, followed
from harness.reports.sparkline import characters, draw
from harness.reports.trend_page import page
from harness.trend import Ran, Trend, compare, follow


def ran(name: str, history: History, judgement: Judgement) -> Ran:
    return Ran(
        name=name,
        folder=f"results/{name}",
        drill=history.drill,
        environment=history.environment,
        time_scale=history.time_scale,
        wall="2025-11-21T11:23:34+00:00",
        verdict=judgement.verdict,
        voids=judgement.voids,
        findings=judgement.findings,
    )


def runs(*names: str) -> list[Ran]:
    return [ran(name, *getattr(made_up_runs, name)()[:2]) for name in names]


WORSE = compare(runs("region_loss", "failing"))
ALIKE = compare(runs("region_loss", "region_loss"))
VOID = follow(runs("region_loss", "void", "aborted", "region_loss"))
HOSTILE = compare([replace(r, name=made_up_runs.HOSTILE) for r in runs("hostile", "hostile")])
TRENDS = {"worse": WORSE, "alike": ALIKE, "void": VOID, "hostile": HOSTILE, "nothing": compare(runs("empty", "empty"))}


class Balanced(HTMLParser):
    """Raises when elements do not nest."""

    EMPTY = ("meta", "br", "path", "line", "circle")

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: object) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.EMPTY:
            assert self.open.pop() == tag


@pytest.mark.parametrize("name", TRENDS)
def test_the_page_is_well_formed_and_loads_nothing(name: str) -> None:
    text = page([TRENDS[name]], "runs")
    parser = Balanced()
    parser.feed(text)
    assert parser.open == []
    assert not re.search(r"<script|<link|\bsrc=|href=|url\(|@import|http:", text)
    assert "default-src 'none'" in text


def test_a_regression_stands_in_the_banner_and_at_its_measure() -> None:
    text = page([WORSE], "runs")
    assert "REGRESSION" in text
    assert 'class="change worse"' in text
    assert "recovery time in run 2" in text


def test_every_measure_has_a_sparkline_with_a_mark_for_every_value() -> None:
    text = page([ALIKE], "runs")
    assert text.count('<svg viewBox="0 0 220 40"') == len(ALIKE.series)
    assert draw(ALIKE.series[0]).count("<circle") == 2


def test_every_run_stands_on_the_page_with_its_verdict() -> None:
    text = page([VOID], "runs")
    assert text.count('class="chip') == 4
    assert "void: the fault touched nothing" in text


def test_several_drills_share_a_page() -> None:
    assert page([WORSE, ALIKE], "2 drills").count('class="banner') == 2


def test_nothing_from_outside_becomes_markup() -> None:
    assert "<script>alert" not in page([HOSTILE], made_up_runs.HOSTILE)
    assert "\x1b" not in compared(HOSTILE) + followed(HOSTILE)


@pytest.mark.parametrize("name", TRENDS)
def test_in_a_terminal_the_conclusion_comes_last_and_colour_is_only_colour(name: str) -> None:
    trend: Trend = TRENDS[name]
    assert compared(trend).splitlines()[-1] == conclusion(trend)
    for shown in (compared, followed):
        assert re.sub(r"\x1b\[[0-9;]*m", "", shown(trend, colour=True)) == shown(trend)


def test_the_course_is_drawn_from_the_smallest_to_the_largest_value() -> None:
    assert characters(WORSE.series[0]) == "▁█"
    assert characters(ALIKE.series[0]) == "▅▅"
    assert characters(VOID.series[0])[1] == "·"
