"""Locust on its own engine: a master and two workers on loopback, in processes of this machine or started apart."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from harness.load.generator import Address, Generator, free_port
from harness.load.locust_child import LOG, start_users
from harness.load.reading import load_files
from harness.load.settings import Crowd, LoadSettings
from harness.load.summary import load_figures
from tests.probes.fake_site import REGIONS, Site, serving

ROOT = Path(__file__).parents[2]
LOCUSTFILE = ROOT / "loadtests" / "storefront.py"
NA, EUROPE = "127.250.110.2", "127.250.120.2"
RATE = 80.0


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as running:
        yield running


@pytest.fixture
def settings(site: Site, tmp_path: Path) -> LoadSettings:
    return LoadSettings(
        url=site.url,
        directory=str(tmp_path),
        populations={"NA": Crowd(share=60, source=NA), "EU": Crowd(share=40, source=EUROPE)},
        rate=RATE,
        points=((0.0, RATE), (20.0, RATE), (20.0, 2 * RATE), (40.0, 2 * RATE)),
        regions=REGIONS,
        resolver=site.resolver,
        time_scale=10.0,
        connect_timeout=0.3,
        total_timeout=0.6,
        workers=2,
    )


def until(condition: Callable[[], bool], deadline: float = 20.0) -> None:
    end = time.monotonic() + deadline
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def requests(path: Path) -> list[dict[str, Any]]:
    lines = path.read_bytes().splitlines(keepends=True) if path.exists() else []
    read = [json.loads(line) for line in lines if line.endswith(b"\n")]
    return [each for each in read if each["stream"] == "load"]


def dues(folder: Path) -> dict[str, list[int]]:
    """When requests were due, by file."""
    return {path.stem: [each["due"] for each in requests(path)] for path in load_files(folder)}


def children_of(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_two_workers_share_every_request_of_a_profile_and_none_is_sent_twice(
    settings: LoadSettings, tmp_path: Path
) -> None:
    child = start_users(settings, LOCUSTFILE)
    try:
        until(lambda: len(requests(tmp_path / "load-1.jsonl")) > 20 and len(requests(tmp_path / "load-2.jsonl")) > 20)
        began = time.monotonic_ns() + 50_000_000
        child.tell(f"begin {began}")
        until(lambda: time.monotonic_ns() > began + 4_500_000_000)
        assert child.stop() == 0
    finally:
        child.kill()
    by_file = dues(tmp_path)
    assert by_file["load"] == []
    assert abs(len(by_file["load-1"]) - len(by_file["load-2"])) <= 4
    figures = load_figures(tmp_path)
    every = sorted(due for each in by_file.values() for due in each)
    assert figures["planned"] == figures["recorded"] == len(every)
    assert (figures["workers"], figures["ended_in_order"], figures["dropped"]) == (2, True, 0)
    in_spike = [due for due in every if began + 2_000_000_000 <= due < began + 4_000_000_000]
    assert len(in_spike) == pytest.approx(2 * RATE * 2, abs=4)


def test_orders_of_different_workers_have_different_ids(site: Site, settings: LoadSettings) -> None:
    child = start_users(settings, LOCUSTFILE)
    try:
        until(lambda: len(site.orders) > 20)
        assert child.stop() == 0
    finally:
        child.kill()
    assert max(Counter(site.orders).values()) == 1


def test_a_worker_that_is_killed_is_replaced_by_the_other_and_what_it_did_not_send_is_known(
    settings: LoadSettings, tmp_path: Path
) -> None:
    child = start_users(settings, LOCUSTFILE)
    try:
        until(lambda: all(len(requests(tmp_path / f"load-{n}.jsonl")) > 40 for n in (1, 2)))
        victim, survivor = _by_file(tmp_path, children_of(child.pid))
        os.kill(victim, signal.SIGKILL)
        killed = time.monotonic_ns()
        lone = tmp_path / f"load-{survivor}.jsonl"
        until(lambda: _spacing(lone, killed) < 1.1e9 / RATE)
        assert child.alive()
        assert child.stop() == 0
    finally:
        child.kill()
    figures = load_figures(tmp_path)
    missing = figures["planned"] - figures["recorded"] - figures["dropped"]
    gone = next(each for each in figures["crew"] if each["absences"])
    (absence,) = gone["absences"]
    silent = absence["taken_over_at"] - killed
    assert (gone["worker"], gone["ended_in_order"]) == (3 - survivor, False)
    assert figures["ended_in_order"] is True
    assert 0 < silent < 6e9
    assert missing == pytest.approx(RATE / 2 * silent / 1e9, abs=8)
    assert absence["due_meanwhile"] == pytest.approx(missing, abs=12)
    later = sorted(each["due"] for each in requests(lone) if each["due"] > absence["taken_over_at"])
    assert _evenly(later)


def _by_file(folder: Path, pids: list[int]) -> tuple[int, int]:
    """A worker's pid, and the number of the other one's file."""
    started = {n: json.loads((folder / f"load-{n}.jsonl").read_text().splitlines()[0])["pid"] for n in (1, 2)}
    assert set(started.values()) <= set(pids)
    return started[1], 2


def _spacing(path: Path, since: int) -> float:
    """The mean distance in ns of the last 40 requests that were due after a moment."""
    later = sorted(each["due"] for each in requests(path) if each["due"] > since)[-40:]
    return (later[-1] - later[0]) / (len(later) - 1) if len(later) == 40 else 1e18


def _evenly(moments: list[int]) -> bool:
    """No request of all populations is missing between the first and the last."""
    lasts = (moments[-1] - moments[0]) / 1e9
    return abs(len(moments) - RATE * lasts) <= 3


def test_a_worker_that_stood_still_sends_nothing_of_what_others_took_over(
    settings: LoadSettings, tmp_path: Path
) -> None:
    child = start_users(settings, LOCUSTFILE)
    try:
        until(lambda: all(len(requests(tmp_path / f"load-{n}.jsonl")) > 20 for n in (1, 2)))
        frozen, survivor = _by_file(tmp_path, children_of(child.pid))
        os.kill(frozen, signal.SIGSTOP)
        stopped = time.monotonic_ns()
        until(lambda: _spacing(tmp_path / f"load-{survivor}.jsonl", stopped) < 1.1e9 / RATE)
        os.kill(frozen, signal.SIGCONT)
        returned = time.monotonic_ns()
        until(lambda: any(d > returned + 1e9 for d in dues(tmp_path)[f"load-{3 - survivor}"]))
        assert child.stop() == 0
    finally:
        child.kill()
    sent = Counter((each["population"], each["due"]) for path in load_files(tmp_path) for each in requests(path))
    assert max(sent.values()) == 1
    figures = load_figures(tmp_path)
    assert figures["recorded"] < figures["planned"]
    assert all(each["ended_in_order"] for each in figures["crew"])
    (absence,) = next(each["absences"] for each in figures["crew"] if each["absences"])
    assert absence["back_at"] > returned


def test_workers_end_with_a_master_that_is_killed(settings: LoadSettings, tmp_path: Path) -> None:
    child = start_users(settings, LOCUSTFILE)
    workers = children_of(child.pid)
    assert len(workers) == 2
    child.kill()
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in workers))


@pytest.mark.parametrize("forks", [[], ["--processes", "2"]], ids=["two of them", "one that forks two"])
def test_workers_that_were_started_apart_are_told_everything_by_their_master(
    settings: LoadSettings, tmp_path: Path, forks: list[str]
) -> None:
    port, elsewhere = free_port(), tmp_path / "elsewhere"
    elsewhere.mkdir()
    bare = {k: v for k, v in os.environ.items() if not k.startswith(("DRILL_", "LOCUST_"))}
    command = [sys.executable, "-m", "locust", "-f", str(LOCUSTFILE), "--worker", "--master-host", "127.0.0.1"]
    with (elsewhere / "log").open("w") as log:
        workers = [
            subprocess.Popen(
                [*command, "--master-port", str(port), *forks],
                cwd=elsewhere,
                env={**bare, "PYTHONPATH": str(ROOT)},
                stdout=log,
                stderr=subprocess.STDOUT,
            )
            for _ in range(2)
        ]
    try:
        child = start_users(
            settings, LOCUSTFILE, Generator(expect_workers=2, bind=Address(port=port), wait_for_workers=10.0)
        )
        try:
            until(lambda: all(len(requests(tmp_path / f"load-{n}.jsonl")) > 40 for n in (1, 2)))
            assert child.stop() == 0
        finally:
            child.kill()
        assert {each.wait(10) for each in workers} == {0}, (elsewhere / "log").read_text()
    finally:
        for each in workers:
            each.kill()
            each.wait()
    assert [path.name for path in elsewhere.iterdir()] == ["log"]
    figures = load_figures(tmp_path)
    assert figures["planned"] == figures["recorded"], (tmp_path / LOG).read_text()
    assert all(each["remote"] and each["ended_in_order"] for each in figures["crew"])
    assert all(0 < each["clock_uncertainty_ms"] < 500 for each in figures["crew"])
    every = sorted(due for each in dues(tmp_path).values() for due in each)
    gaps = [b - a for a, b in pairwise(every)]
    assert sum(gaps) / len(gaps) == pytest.approx(1e9 / RATE, rel=0.05)
