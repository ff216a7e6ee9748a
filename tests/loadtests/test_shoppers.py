"""Locust, as a child process, against a site that answers, hangs and moves."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from harness.load.child import Child
from harness.load.locust_child import start_users
from harness.load.settings import Crowd, LoadSettings
from harness.model.history import Outcome
from harness.probes.records import Records, read_records
from tests.probes.fake_site import EU, REGIONS, US, Site, serving

LOCUSTFILE = Path(__file__).parents[2] / "loadtests" / "storefront.py"
NA, EUROPE = "127.250.110.2", "127.250.120.2"


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as running:
        yield running


class Loading:
    """A Locust that runs."""

    def __init__(self, settings: LoadSettings, file: Path) -> None:
        self.settings = settings
        self.origin = time.monotonic_ns()
        self.child: Child = start_users(settings, file)

    def until(self, condition: Callable[[], bool], deadline: float = 10.0) -> None:
        end = time.monotonic() + deadline
        while not condition():
            self.child.check()
            assert time.monotonic() < end
            time.sleep(0.01)

    def now(self) -> float:
        return (time.monotonic_ns() - self.origin) / 1e9

    def stop(self) -> Records:
        assert self.child.stop() == 0
        return read_records(self.settings.records, self.origin)


@pytest.fixture
def loading(site: Site, tmp_path: Path) -> Iterator[Callable[..., Loading]]:
    started: list[Loading] = []

    def start(file: Path = LOCUSTFILE, **changes: object) -> Loading:
        defaults: dict[str, object] = {
            "url": site.url,
            "directory": str(tmp_path),
            "populations": {"NA": Crowd(share=60, source=NA), "EU": Crowd(share=40, source=EUROPE)},
            "rate": 40.0,
            "regions": REGIONS,
            "resolver": site.resolver,
            "time_scale": 10.0,
            "connect_timeout": 5.0,
            "total_timeout": 5.0,
            "most_at_once": 40,
        }
        started.append(Loading(LoadSettings(**{**defaults, **changes}), file))  # type: ignore[arg-type]
        return started[-1]

    yield start
    for each in started:
        each.child.kill()


def test_shoppers_keep_to_their_schedule_their_place_and_their_cookies(
    site: Site, loading: Callable[..., Loading]
) -> None:
    run = loading()
    run.until(lambda: len(site.calls) > 100)
    records = run.stop()
    (summary,) = records.summaries
    assert summary["planned"] == summary["recorded"] == len(records.requests)
    assert {r.outcome for r in records.requests} == {Outcome.OK}
    assert all(r.due <= r.sent <= r.finished for r in records.requests)
    counts = Counter(r.population for r in records.requests)
    assert counts["NA"] / counts["EU"] == pytest.approx(1.5, rel=0.2)
    assert {call.source for call in site.calls} == {NA, EUROPE}
    assert {r.name for r in records.requests} == {"GET /catalogue", "POST /cart", "POST /orders"}
    _assert_cookies_and_connections_are_kept(site)
    assert all(order.startswith("load-") for order in site.orders)


def _assert_cookies_and_connections_are_kept(site: Site) -> None:
    fresh = [call for call in site.calls if "cookie" not in call.headers]
    known = [call for call in site.calls if call.headers.get("cookie") == "session=s1; lb_cookie=b2"]
    assert len(fresh) == len({(c.source, c.port) for c in site.calls}) == 40
    assert len(fresh) + len(known) == len(site.calls)


def test_shoppers_who_leave_are_followed_by_others_whom_nobody_knows(
    site: Site, loading: Callable[..., Loading]
) -> None:
    run = loading(populations={"NA": Crowd(share=1, source=NA)}, stay=5.0)  # half a real second
    run.until(lambda: len(site.calls) > 120)
    run.stop()
    fresh = [call for call in site.calls if "cookie" not in call.headers]
    shoppers = len({(c.source, c.port) for c in site.calls})
    assert len(fresh) > 1.5 * shoppers, "some came after others had left"
    assert len(fresh) < len(site.calls), "nobody left before the next journey"


def test_the_shoppers_of_a_population_send_evenly_together(site: Site, loading: Callable[..., Loading]) -> None:
    run = loading(populations={"NA": Crowd(share=1, source=NA)})
    run.until(lambda: len(site.calls) > 120)
    dues = sorted(round(r.due * 1e9) for r in run.stop().requests)
    all_there = [due for due in dues if due >= dues[0] + 1_000_000_000]
    gaps = [b - a for a, b in pairwise(all_there)]
    assert len(gaps) > 40
    assert gaps == pytest.approx([1e9 / 40] * len(gaps), abs=1000)


def test_a_stall_is_seen_by_every_request_that_was_due_in_it(site: Site, loading: Callable[..., Loading]) -> None:
    site.ttl = 1000
    run = loading(total_timeout=0.6, most_at_once=120)
    run.until(lambda: len(site.calls) > 40)
    site.hanging.add(US)
    since = run.now() + 0.05
    run.until(lambda: run.now() > since + 1.7)
    records = run.stop()
    site.hanging.clear()
    stalled = [r for r in records.requests if since <= r.due < since + 1.0]
    assert len(stalled) == pytest.approx(40, abs=1)
    assert {r.outcome for r in stalled} == {Outcome.INDETERMINATE}
    assert all(r.latency >= 0.6 for r in stalled)


def test_refused_requests_failed_and_a_changed_answer_brings_shoppers_elsewhere(
    site: Site, loading: Callable[..., Loading]
) -> None:
    site.ttl = 1
    run = loading()
    run.until(lambda: len(site.calls) > 40)
    site.kill(US)
    since = run.now() + 0.05
    run.until(lambda: run.now() > since + 0.3)
    until = run.now()
    site.answers = (EU,)
    moved = run.now()
    run.until(lambda: sum(call.address == EU for call in site.calls) > 40)
    records = run.stop()
    refused = [r for r in records.requests if since <= r.due and r.finished < until]
    assert {(r.outcome, r.error) for r in refused} == {(Outcome.FAILED, "refused")}
    assert {r.region for r in records.requests if r.due > moved + 0.2} == {"eu-west-1"}


SHAPED = """
from locust import LoadTestShape, events
from loadtests.storefront import *

class Growing(LoadTestShape):
    def tick(self):
        lasts = self.get_run_time()
        return None if lasts > 3.5 else (60, 60) if lasts < 1.5 else (90, 90)

@events.request.add_listener
def note(name, response_time, exception, **_):
    print("heard", name, exception, flush=True)
"""


def test_a_shape_changes_how_many_shoppers_there_are_and_never_the_rate_and_listeners_hear_each_request(
    site: Site, loading: Callable[..., Loading], tmp_path: Path
) -> None:
    file = tmp_path / "users" / "shaped.py"
    file.parent.mkdir()
    file.write_text(SHAPED)
    run = loading(file, populations={"NA": Crowd(share=1, source=NA)}, mix={"browse": 1}, time_scale=1.0)
    while run.child.alive():  # the shape says when
        time.sleep(0.01)
    records = run.stop()
    (summary,) = records.summaries
    assert summary["dropped"] == 0
    dues = sorted(round(r.due * 1e9) for r in records.requests)
    assert [b - a for a, b in pairwise(dues)] == pytest.approx([1e9 / 40] * (len(dues) - 1), abs=1000)
    heard = run.child.log.read_text().count("heard GET /catalogue None")
    assert heard == summary["recorded"] == summary["planned"]


def test_a_cart_that_the_server_shows_is_judged_and_one_that_it_does_not_is_not(
    site: Site, loading: Callable[..., Loading]
) -> None:
    run = loading(mix={"checkout": 1}, populations={"NA": Crowd(share=1, source=NA)})
    run.until(lambda: len(site.calls) > 60)
    records = run.stop()
    names = [r.name for r in sorted(records.requests, key=lambda r: r.due)]
    assert set(names) == {"GET /catalogue", "POST /cart", "POST /checkout"}
    assert names.count("POST /cart") == pytest.approx(2 * names.count("GET /catalogue"), abs=4)
    assert '"cart":"' not in run.settings.records.read_text()


def test_only_journeys_of_the_mix_are_made(site: Site, loading: Callable[..., Loading]) -> None:
    run = loading(mix={"order": 2, "browse": 0})
    run.until(lambda: len(site.calls) > 30)
    assert {r.name for r in run.stop().requests} == {"POST /orders"}


def test_a_profile_begins_at_the_moment_it_is_told_and_the_base_rate_holds_before_and_after(
    site: Site, loading: Callable[..., Loading]
) -> None:
    points = ((0.0, 50.0), (5.0, 200.0), (5.0, 100.0), (10.0, 100.0))
    run = loading(rate=20.0, points=points, populations={"NA": Crowd(share=1, source=NA)}, most_at_once=150)
    run.until(lambda: len(site.calls) > 10)
    began = time.monotonic_ns() + 20_000_000
    run.child.tell(f"begin {began}")
    at = (began - run.origin) / 1e9
    run.until(lambda: run.now() > at + 1.6)
    records = run.stop()

    def due(since: float, until: float) -> int:
        return sum(at + since <= r.due < at + until for r in records.requests)

    assert [due(0.0, 0.25), due(0.25, 0.5), due(0.5, 1.0)] == pytest.approx([22, 41, 50], abs=1)
    assert due(1.0, 1.5) == pytest.approx(10, abs=1)
    (summary,) = records.summaries
    assert (summary["planned"], summary["dropped"]) == (len(records.requests), 0)
    assert 1 <= summary["most_at_once"] <= summary["shoppers"] == run.settings.users


def test_when_all_shoppers_are_busy_what_is_due_is_dropped_and_counted(
    site: Site, loading: Callable[..., Loading]
) -> None:
    run = loading(most_at_once=5, populations={"NA": Crowd(share=1, source=NA)})
    run.until(lambda: len(site.calls) > 20)
    site.hanging.add(US)
    since = run.now()
    run.until(lambda: run.now() > since + 0.5)
    site.hanging.clear()
    (summary,) = run.stop().summaries
    assert summary["dropped"] >= 10
    assert summary["planned"] == summary["recorded"] + summary["dropped"]
    assert summary["most_at_once"] == summary["shoppers"] == 5


def test_locust_ends_when_its_stdin_closes(loading: Callable[..., Loading]) -> None:
    run = loading()
    run.child.let_go()
    run.until(lambda: read_records(run.settings.records, 0).summaries != ())
