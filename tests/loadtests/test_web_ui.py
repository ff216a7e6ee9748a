"""Locust's web UI while the harness steers the load, looked at with a real browser."""

import json
import re
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.load.child import Child
from harness.load.generator import Address, Generator, free_port
from harness.load.locust_child import start_users
from harness.load.settings import Crowd, LoadSettings
from harness.load.summary import load_figures
from tests.probes.fake_site import REGIONS, serving

LOCUSTFILE = Path(__file__).parents[2] / "loadtests" / "storefront.py"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--hide-scrollbars",
)


class Shown:
    """A Locust with its web UI."""

    def __init__(self, settings: LoadSettings) -> None:
        self.address = Address(port=free_port())
        self.child: Child = start_users(settings, LOCUSTFILE, Generator(ui=self.address))

    def statistics(self) -> dict[str, Any]:
        with urllib.request.urlopen(f"http://{self.address}/stats/requests", timeout=5) as answer:
            read: dict[str, Any] = json.load(answer)
        return read

    def total(self) -> int:
        return next(int(each["num_requests"]) for each in self.statistics()["stats"] if each["name"] == "Aggregated")


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[LoadSettings]:
    with serving() as site:
        yield LoadSettings(
            url=site.url,
            directory=str(tmp_path),
            populations={"NA": Crowd(share=1, source="127.250.110.2")},
            rate=40.0,
            points=((0.0, 160.0), (600.0, 160.0)),
            regions=REGIONS,
            resolver=site.resolver,
            total_timeout=0.6,
        )


@pytest.fixture
def shown(settings: LoadSettings) -> Iterator[Shown]:
    running = Shown(settings)
    yield running
    running.child.kill()


def until(condition: Any, deadline: float = 15.0) -> None:
    end = time.monotonic() + deadline
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_the_harness_still_steers_a_load_that_is_shown(shown: Shown, tmp_path: Path) -> None:
    until(lambda: shown.total() > 20)
    before = shown.statistics()
    assert before["state"] == "running"
    shown.child.tell(f"begin {time.monotonic_ns()}")
    until(lambda: shown.statistics()["total_rps"] > 80)
    assert shown.child.stop() == 0
    figures = load_figures(tmp_path)
    assert figures["planned"] == figures["recorded"] > 100
    assert figures["ended_in_order"] is True


def test_a_shown_locust_ends_with_the_harness(shown: Shown) -> None:
    shown.child.let_go()
    until(lambda: not shown.child.alive())


@pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium here")
def test_a_browser_shows_that_the_load_runs_and_how_many_requests_were_sent(shown: Shown, tmp_path: Path) -> None:
    until(lambda: shown.total() > 50)
    page = _page(f"http://{shown.address}/", tmp_path / "browser")
    text = " ".join(re.sub(r"<[^>]+>", " ", re.sub(r"(?s)<(script|style).*?</\1>", " ", page)).split())
    assert re.search(r"(?i)status running", text), text[:2000]
    row = re.search(r"Aggregated (\d+) ", text)
    assert row is not None, text[:2000]
    assert int(row[1]) > 50
    assert "GET /catalogue" in text


def _page(url: str, profile: Path) -> str:
    """What a browser has made of a page after some seconds of it."""
    assert CHROMIUM is not None
    command = [CHROMIUM, *FLAGS, f"--user-data-dir={profile}", "--virtual-time-budget=8000", "--dump-dom", url]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
