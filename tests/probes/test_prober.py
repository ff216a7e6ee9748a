"""The prober process against a site that dies, hangs and moves."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from harness.load.child import Child, ChildFailed
from harness.load.prober_child import start_prober
from harness.model.history import PROBE_JITTER, Outcome, Redial, Request, Stream
from harness.probes.feed import Feed
from harness.probes.records import Records, read_records
from harness.probes.settings import Clients, ProberSettings
from tests.probes.fake_site import EU, HOST, REGIONS, US, Site

RATE = 50.0
NA, AP = "127.250.110.1", "127.250.130.1"


class Probing:
    """A prober that runs, and what it has recorded so far."""

    def __init__(self, settings: ProberSettings) -> None:
        self.settings = settings
        self.origin = time.monotonic_ns()
        self.child: Child = start_prober(settings)
        self._feed = Feed([settings.probes, settings.ledger], self.origin)
        self.requests: list[Request] = []
        self.answers: list[tuple[str, ...]] = []
        self.edges: list[tuple[str, str | None]] = []
        self.redials: list[Redial] = []

    def until(self, seen: Callable[["Probing"], bool], deadline: float = 8.0) -> None:
        end = time.monotonic() + deadline
        while not seen(self):
            assert time.monotonic() < end, (self.requests[-5:], self.edges, self.answers)
            self.child.check()
            time.sleep(0.01)
            new = self._feed.poll()
            self.requests += new.requests
            self.answers += [answer.addresses for answer in new.answers]
            self.edges += [(watch.edge, watch.region) for watch in new.watches]
            self.redials += new.redials

    def outcomes(self, stream: Stream) -> list[Outcome]:
        return [r.outcome for r in self.requests if r.stream is stream]

    def stop(self) -> tuple[Records, Records]:
        assert self.child.stop() == 0
        return read_records(self.settings.probes, self.origin), read_records(self.settings.ledger, self.origin)


@pytest.fixture
def probing(site: Site, tmp_path: Path) -> Iterator[Callable[..., Probing]]:
    started: list[Probing] = []

    def start(**changes: object) -> Probing:
        defaults: dict[str, object] = {
            "url": site.url,
            "directory": str(tmp_path),
            "order_prefix": "run7",
            "populations": {"NA": Clients(source=NA), "AP": Clients(source=AP, client_subnet="203.0.113.0/24")},
            "regions": REGIONS,
            "resolver": site.resolver,
            "time_scale": 10.0,
            "probe_rate": RATE,
            "order_rate": RATE,
            "connect_timeout": 5.0,
            "total_timeout": 5.0,
        }
        started.append(Probing(ProberSettings(**{**defaults, **changes})))  # type: ignore[arg-type]
        return started[-1]

    yield start
    for each in started:
        each.child.kill()


def test_reads_and_orders_are_sent_from_the_address_of_their_population(
    site: Site, probing: Callable[..., Probing]
) -> None:
    run = probing()
    run.until(lambda p: len(p.requests) > 40)
    run.stop()
    assert {call.source for call in site.calls} == {NA, AP}
    assert {source for source, _ in site.questions} == {NA, AP}
    assert {r.population for r in run.requests} == {"NA", "AP"}
    assert {r.region for r in run.requests} == {"us-east-1"}


def test_a_population_with_a_client_subnet_says_so_in_its_questions(
    site: Site, probing: Callable[..., Probing]
) -> None:
    probing().until(lambda p: len(p.answers) == 2)
    with_subnet = {source for source, question in site.questions if question.ar}
    assert with_subnet == {AP}
    option = next(q for s, q in site.questions if s == AP).ar[0].rdata[0]
    assert (option.code, option.data) == (8, b"\x00\x01\x18\x00\xcb\x00\x71")


def test_every_order_is_sent_once_and_is_on_the_ledger(site: Site, probing: Callable[..., Probing]) -> None:
    run = probing()
    run.until(lambda p: len(p.outcomes(Stream.WRITE)) > 40)
    _, ledger = run.stop()
    assert {r.write_id for r in ledger.requests} == set(site.orders)
    assert set(site.orders.values()) == {1}
    assert {r.outcome for r in ledger.requests} == {Outcome.OK}
    assert all(str(r.write_id).startswith(f"run7-{r.population}-") for r in ledger.requests)


def test_reads_are_due_at_uneven_moments_and_orders_at_even_ones(site: Site, probing: Callable[..., Probing]) -> None:
    run = probing()
    run.until(lambda p: min(len(p.outcomes(stream)) for stream in (Stream.READ, Stream.WRITE)) > 40)

    def apart(recorded: Records) -> list[float]:
        """How far from each other the moments of one population are; in intervals, the shortest first."""
        due = sorted(r.due for r in recorded.requests if r.population == "NA")
        return sorted((b - a) * RATE for a, b in pairwise(due))

    probes, ledger = run.stop()
    reads, orders = apart(probes), apart(ledger)
    assert 1 - PROBE_JITTER - 0.001 <= reads[0] < reads[-1] <= 1 + PROBE_JITTER + 0.001
    assert reads[-1] - reads[0] > PROBE_JITTER
    assert orders[-1] - orders[0] < 0.001
    assert orders[0] == pytest.approx(1, abs=0.001)


def test_every_read_dials_anew_while_orders_share_connections(site: Site, probing: Callable[..., Probing]) -> None:
    run = probing()
    run.until(lambda p: min(len(p.outcomes(stream)) for stream in (Stream.READ, Stream.WRITE)) > 40)
    _, ledger = run.stop()
    # Two addresses may use the same port.
    reads = [(call.source, call.port) for call in site.calls if call.headers.get("connection") == "close"]
    assert len(set(reads)) == len(reads) > 40
    ports = {call.body["id"]: call.port for call in site.calls if call.method == "POST"}
    for population in ("NA", "AP"):
        orders = sorted((r for r in ledger.requests if r.population == population), key=lambda r: r.due)
        used = [ports[order.write_id] for order in orders]
        # Who finds nobody under way finds a connection that is kept.
        alone = [n for n, each in enumerate(orders) if n and all(r.finished < each.due for r in orders[:n])]
        assert alone
        assert all(used[n] in used[:n] for n in alone)


def test_a_killed_server_is_seen_as_a_closed_watch_and_refused_reads(
    site: Site, probing: Callable[..., Probing]
) -> None:
    run = probing()
    run.until(lambda p: len(p.edges) == 2 and Outcome.OK in p.outcomes(Stream.READ))
    site.kill(US)
    killed = (time.monotonic_ns() - run.origin) / 1e9
    run.until(lambda p: p.outcomes(Stream.READ).count(Outcome.FAILED) > 10)
    run.until(lambda p: p.edges.count(("closed", "us-east-1")) == 2)
    refused = [r for r in run.requests if r.sent > killed]
    assert {r.outcome for r in refused} == {Outcome.FAILED}
    assert {r.error for r in refused} == {"refused"}
    assert {r.status for r in refused} == {None}
    site.revive(US)
    run.until(lambda p: p.edges.count(("opened", "us-east-1")) == 4)
    run.until(lambda p: p.outcomes(Stream.WRITE)[-1] is Outcome.OK)


def test_a_hanging_server_does_not_slow_the_schedule_and_its_requests_are_indeterminate(
    site: Site, probing: Callable[..., Probing]
) -> None:
    site.ttl = 1000
    run = probing(total_timeout=0.5)
    run.until(lambda p: len(p.requests) > 20)
    site.hanging.add(US)
    hung_at = (time.monotonic_ns() - run.origin) / 1e9
    run.until(lambda p: max(r.finished for r in p.requests) > hung_at + 1.6)
    site.hanging.clear()
    probes, ledger = run.stop()
    for stream, requests in ((Stream.READ, probes.requests), (Stream.WRITE, ledger.requests)):
        hung = [r for r in requests if hung_at + 0.05 <= r.due < hung_at + 1.05]
        for population in ("NA", "AP"):
            due = sorted([hung_at + 0.05, *(r.due for r in hung if r.population == population), hung_at + 1.05])
            assert max(b - a for a, b in pairwise(due)) <= (1 + PROBE_JITTER) / RATE, stream
        assert {r.outcome for r in hung} == {Outcome.INDETERMINATE}
        assert {r.error for r in hung} == {"timeout"}


def test_a_changed_dns_answer_is_followed_once_its_scaled_ttl_is_over(
    site: Site, probing: Callable[..., Probing]
) -> None:
    site.ttl = 2
    run = probing()
    run.until(lambda p: p.answers == [(US,), (US,)] and len(p.edges) == 2)
    site.answers = (EU,)
    run.until(lambda p: p.answers == [(US,), (US,), (EU,), (EU,)])
    run.until(lambda p: p.edges.count(("opened", "eu-west-1")) == 2)
    run.until(lambda p: {r.region for r in p.requests[-20:]} == {"eu-west-1"})
    probes, _ = run.stop()
    span = probes.requests[-1].finished - probes.requests[0].due
    assert len(site.questions) <= 2 * (span / 0.2 + 2)
    assert {(a.name, a.ttl, a.region) for a in probes.answers} == {(HOST, 2.0, "us-east-1"), (HOST, 2.0, "eu-west-1")}


def test_a_name_that_does_not_resolve_fails_every_read(site: Site, probing: Callable[..., Probing]) -> None:
    site.answers = ()
    run = probing()
    run.until(lambda p: len(p.requests) > 20)
    assert set(run.outcomes(Stream.READ)) == {Outcome.FAILED}
    assert run.requests[0].error == "DNS answer without an address"
    assert run.edges == []


@pytest.mark.parametrize(
    ("status", "read", "write"),
    [
        (201, Outcome.OK, Outcome.OK),
        (404, Outcome.FAILED, Outcome.FAILED),
        (502, Outcome.FAILED, Outcome.INDETERMINATE),
        (503, Outcome.FAILED, Outcome.FAILED),
        (504, Outcome.FAILED, Outcome.INDETERMINATE),
    ],
)
def test_a_status_says_what_is_known(
    site: Site, probing: Callable[..., Probing], status: int, read: Outcome, write: Outcome
) -> None:
    site.statuses[US] = status
    run = probing()
    run.until(lambda p: len(p.outcomes(Stream.READ)) > 3 and len(p.outcomes(Stream.WRITE)) > 3)
    assert set(run.outcomes(Stream.READ)) == {read}
    assert set(run.outcomes(Stream.WRITE)) == {write}
    assert {r.status for r in run.requests} == {status}


def test_regions_nobody_configured_are_learned_from_the_answers(site: Site, probing: Callable[..., Probing]) -> None:
    run = probing(regions={})
    run.until(lambda p: len(p.answers) == 3 and len(p.requests) > 10)
    probes, _ = run.stop()
    assert probes.answers[-1].region == "us-east-1"
    assert {r.region for r in probes.requests} == {"us-east-1"}


def test_sigterm_lets_requests_under_way_end_and_closes_the_files_with_a_summary(
    site: Site, probing: Callable[..., Probing]
) -> None:
    run = probing(total_timeout=0.5)
    run.until(lambda p: len(p.requests) > 20)
    site.hanging.add(US)
    before = len(site.calls)
    run.until(lambda _: len(site.calls) > before + 10)
    probes, ledger = run.stop()
    for records in (probes, ledger):
        (summary,) = records.summaries
        assert summary["planned"] == summary["recorded"] == len(records.requests)
        assert set(summary["scheduling_error_ms"]) == {"p50", "p99", "max"}
        assert not records.torn
    assert ledger.requests[-1].outcome is Outcome.INDETERMINATE


def test_no_order_rate_is_no_ledger_but_an_empty_one_in_order(probing: Callable[..., Probing]) -> None:
    run = probing(order_rate=0.0)
    run.until(lambda p: len(p.requests) > 10)
    _, ledger = run.stop()
    assert ledger.requests == ()
    assert ledger.summaries[0]["planned"] == 0


def test_a_prober_that_cannot_start_says_why(tmp_path: Path) -> None:
    settings = ProberSettings(
        url="ftp://nowhere", directory=str(tmp_path), order_prefix="x", populations={"NA": Clients()}
    )
    with pytest.raises(ChildFailed, match="not an http or https URL"):
        start_prober(settings).wait_for(tmp_path / "never", 5)


def test_the_prober_dies_when_its_parent_is_killed(site: Site, tmp_path: Path) -> None:
    settings = ProberSettings(
        url=site.url, directory=str(tmp_path), order_prefix="x", populations={"NA": Clients()}, resolver=site.resolver
    )
    settings.save(tmp_path / "settings.json")
    script = (
        "import sys, time; from pathlib import Path; from harness.load.prober_child import start_prober;"
        "from harness.probes.settings import ProberSettings;"
        "child = start_prober(ProberSettings.load(Path(sys.argv[1]))); print(child.pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path / "settings.json")],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    ) as parent:
        assert parent.stdout
        pid = int(parent.stdout.readline())
        os.kill(parent.pid, signal.SIGKILL)
    end = time.monotonic() + 5
    while _runs(pid):
        assert time.monotonic() < end
        time.sleep(0.01)


def _runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def test_the_settings_survive_their_file(tmp_path: Path) -> None:
    settings = ProberSettings(
        url="http://x",
        directory="/d",
        order_prefix="p",
        populations={"NA": Clients(source="127.0.0.1")},
        regions=REGIONS,
    )
    settings.save(tmp_path / "s.json")
    assert ProberSettings.load(tmp_path / "s.json") == settings
    assert json.loads((tmp_path / "s.json").read_text())["populations"]["NA"]["source"] == "127.0.0.1"
