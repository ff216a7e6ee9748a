"""report.html is for people: it must be whole, safe, self-contained and true to the judgement."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import made_up_runs
import pytest

from harness.model.verdict import Judgement
from harness.reports.html import render
from tests.loads import counted

RUNS = ("region_loss", "failing", "void", "aborted", "empty", "hostile")
VOID_TAGS = {"meta", "link", "br", "hr", "img", "input"}


class Page(HTMLParser):
    """A page as its elements: which tags there are, their attributes, and the text that can be read."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.unbalanced: list[str] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID_TAGS:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.unbalanced.append(tag)

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("script", "style"):
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def page(name: str) -> Page:
    return Page(render(*getattr(made_up_runs, name)()))


@pytest.mark.parametrize("name", RUNS)
def test_every_run_gives_a_page_whose_elements_are_balanced(name: str) -> None:
    found = page(name)
    assert found.unbalanced == []
    assert found.open == []


@pytest.mark.parametrize("name", RUNS)
def test_the_page_loads_nothing_from_anywhere(name: str) -> None:
    text = render(*getattr(made_up_runs, name)())
    for tag, attributes in Page(text).tags:
        assert tag not in {"link", "img", "iframe", "object", "embed", "base", "audio", "video", "use", "image"}
        assert not {"src", "href", "srcset", "data", "action", "xlink:href"} & set(attributes)
    assert "url(" not in text
    assert "@import" not in text
    assert "default-src 'none'" in text


@pytest.mark.parametrize("name", RUNS)
def test_the_same_run_gives_the_same_bytes(name: str) -> None:
    assert render(*getattr(made_up_runs, name)()) == render(*getattr(made_up_runs, name)())


@pytest.mark.parametrize("name", RUNS)
def test_the_verdict_stands_in_title_and_banner_as_a_word(name: str) -> None:
    _, judgement, _ = getattr(made_up_runs, name)()
    text = render(*getattr(made_up_runs, name)())
    assert f"<title>{judgement.verdict.value}" in text
    assert f"<strong>{judgement.verdict.value}" in text


@pytest.mark.parametrize("name", ["region_loss", "failing", "void", "aborted"])
def test_every_finding_is_shown_with_its_bound_value_and_verdict(name: str) -> None:
    _, judgement, _ = getattr(made_up_runs, name)()
    text = page(name).text
    for finding in judgement.findings:
        assert finding.criterion.title in text
        assert finding.because in text
        assert f"{finding.criterion.bound.relation.value} {finding.criterion.bound.value:g}" in text


def test_the_numbers_shown_are_those_of_the_judgement() -> None:
    text = page("failing").text
    assert "180.0 ± 0.5 s" in text
    assert "31 writes" in text
    assert "449.6 ± 0.6 ms" in text


def test_a_failing_run_says_so_in_one_sentence() -> None:
    text = page("failing").text
    assert "3 of 6 criteria are not met: recovery time 180.0 ± 0.5 s, bound at most 60 s;" in text


def test_causes_of_a_void_run_stand_before_its_findings() -> None:
    text = page("void").text
    assert text.index("the fault touched nothing: no client saw an effect within 5 min") < text.index("Findings")
    assert text.index("load fell short: 71 % of plan was sent") < text.index("Findings")
    assert "none of these findings counts" in text


def test_a_run_without_events_still_gives_a_report() -> None:
    text = page("empty").text
    assert "INCONCLUSIVE" in text
    assert "Nothing was judged" in text


def test_a_run_that_ended_before_its_first_phase_still_gives_a_report() -> None:
    history, judgement, plan = made_up_runs.region_loss()
    events = tuple(e for e in history.events if e.kind in ("opened", "void", "drove", "closed"))
    assert "The whole run" in render(counted(replace(history, events=events)), judgement, plan)


def test_an_aborted_run_names_its_reason_and_what_was_not_healed() -> None:
    text = page("aborted").text
    assert "INCONCLUSIVE, aborted" in text
    assert "The drill was ended early: stop condition: alarm revenue-floor is in ALARM." in text
    assert "region loss was injected and the journal holds no healing of it" in text


def test_markup_in_names_is_shown_and_never_obeyed() -> None:
    text = render(*made_up_runs.hostile())
    scripts = [attributes for tag, attributes in Page(text).tags if tag == "script"]
    assert "<script>alert" not in text
    assert '</script>"&' not in text
    assert [s.get("type") for s in scripts] == ["application/json", None]
    assert "<script>alert('x')</script>" in page("hostile").text
    assert "\x1b" not in text
    assert "\x00" not in text


def test_the_only_script_that_may_run_is_the_one_whose_hash_is_given() -> None:
    text = render(*made_up_runs.region_loss())
    assert re.search(r"script-src 'sha256-[A-Za-z0-9+/]{43}='", text)
    assert len(re.findall(r"<script>", text)) == 1


def test_the_inline_script_stays_small() -> None:
    script = render(*made_up_runs.region_loss()).split("<script>")[1].split("</script>")[0]
    assert len(script.strip().splitlines()) <= 40


def test_a_long_run_stays_below_a_megabyte() -> None:
    history, judgement, plan = made_up_runs.failing()
    assert len(history.requests) > 10_000
    assert history.load is not None
    assert history.load.whole.requests > 2_000
    assert len(render(history, judgement, plan).encode()) < 500_000


def test_stages_are_listed_with_their_times_after_the_effect() -> None:
    text = page("region_loss").text
    assert "detected +20.0 s storefront-us-east-1-no-healthy-host" in text
    assert "sustained +35.0 s NA" in text


def test_a_stage_that_was_not_seen_says_why() -> None:
    history, judgement, plan = made_up_runs.region_loss()
    finding = judgement.findings[0]
    missing = {"stage": "decided", "at": None, "after_effect": None, "by": None, "why": "nobody decided"}
    measurement = replace(finding.measurement, evidence={"stages": [missing]})
    found = Page(render(history, Judgement(findings=(replace(finding, measurement=measurement),)), plan))
    assert "decided not seen nobody decided" in found.text


def test_lost_writes_are_named_and_no_more_than_twenty_of_them() -> None:
    text = render(*made_up_runs.failing())
    assert len(re.findall(r"<code>w-NA-\d+</code>", text)) == 20
    assert "the first 20 of 31" in text


def test_writes_that_were_never_read_back_are_not_called_safe() -> None:
    assert "Nothing is known of data loss: the data was never read back" in page("aborted").text


def test_the_steady_state_after_the_run_stands_beside_that_before() -> None:
    text = page("region_loss").text
    assert "Every reading of the steady state is back within its tolerance." in text
    assert "replication lag eu-west-1 at most 1 s 0.04 s 0.24 s" in text


def test_runbook_steps_show_when_they_began_what_they_took_and_their_undoing() -> None:
    text = page("region_loss").text
    assert "set capacity region: eu-west-1, instances: 4 2:57 17.0 s 2 min taken" in text
    assert "undone in 52.0 s" in text


def test_a_declared_step_that_never_began_is_shown_as_such() -> None:
    assert "never begun" in page("void").text


def test_the_time_scale_is_said_wherever_there_is_one() -> None:
    assert "lab, time ×10: durations are model time; latencies and rates are real" in page("region_loss").text
    history, judgement, plan = made_up_runs.region_loss()
    real = Page(render(replace(history, environment="aws", time_scale=1.0), judgement, plan)).text
    assert "aws, real time" in real
    assert "were not scaled" not in real


def test_definitions_are_those_of_the_measures_that_were_used() -> None:
    text = page("region_loss").text
    assert "From the first failure that clients saw to the first success" in text
    assert "drill judge results/loss-of-a-region-under-load/" in text


def test_the_drill_is_shown_as_it_was_written() -> None:
    assert "When us-east-1 is lost for 250 s" in page("region_loss").text


def test_what_did_not_return_to_where_it_was_is_named() -> None:
    history, judgement, plan = made_up_runs.region_loss()
    inventories = {"opening": {"database in us-east-1": "primary"}, "closing": {"database in us-east-1": "replica"}}
    events = tuple(
        replace(e, data={**e.data, "inventory": inventories[e.data["gate"]]}) if e.kind == "steady" else e
        for e in history.events
    )
    text = Page(render(replace(history, events=events), judgement, plan)).text
    assert "Not as before: database in us-east-1: primary before, replica after" in text


def test_what_limits_a_resolution_stands_beneath_its_finding() -> None:
    history, judgement, plan = made_up_runs.region_loss()
    first, *rest = judgement.findings
    limited = replace(first, measurement=replace(first.measurement, limited_by="the time between <two> probes"))
    text = render(history, replace(judgement, findings=(limited, *rest)), plan)
    assert "± from the time between &lt;two&gt; probes" in text
    assert "± from" not in render(history, judgement, plan)
