"""Load generators as child processes against one URL, each told a rate, or 0: as fast as it can with `USERS` users."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from harness.load.reading import read_load
from harness.load.settings import CONFIG, Crowd, LoadSettings
from harness.model.load import Waits
from harness.probes.records import last_summary

PROJECT = Path(__file__).parents[1]
USERS = 32
PACED_USERS = 300  # a paced k6 and a paced drill have so many connections
FAST_OF = 10.0  # requests per second of one paced user
K6 = os.environ.get("K6") or shutil.which("k6")
SCRIPT = """
import http from "k6/http";
import exec from "k6/execution";
import { Trend } from "k6/metrics";
const late = new Trend("late");
export const options = { scenarios: { all: %(scenario)s }, summaryTrendStats: ["p(50)", "p(99)"] };
export default function () {
  if (%(rate)d) {
    late.add(Date.now() - exec.scenario.startTime - exec.scenario.iterationInTest * 1000 / %(rate)d);
  }
  http.get("%(url)s/catalogue", { timeout: "5s" });
}
"""
CLOSED = '{ executor: "constant-vus", vus: %(users)d, duration: "60s", gracefulStop: "1s" }'
PACED = (
    '{ executor: "constant-arrival-rate", rate: %(rate)d, timeUnit: "1s", duration: "%(seconds)ds",'
    " preAllocatedVUs: %(paced)d, maxVUs: 1000, gracefulStop: '1s' }"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a generator is asked to do. `offered` is more than it can, for those that only know rates."""

    url: str
    folder: Path
    rate: float
    seconds: int
    offered: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What it says of itself, in ms: p50 and p99 of how late it sent and of how long answers took."""

    late: tuple[float, ...] = ()
    took: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Generator:
    """A tool, how it is started, and what it says once it ended by SIGTERM or by itself."""

    name: str
    start: Callable[[Told], "subprocess.Popen[bytes]"]
    says: Callable[[Told], Figures] = field(default=lambda _: Figures())


def started(told: Told, *command: str | Path, **environment: str) -> "subprocess.Popen[bytes]":
    """A child process with a log."""
    log = (told.folder / "log").open("ab")
    path = os.pathsep.join([str(PROJECT)])
    return subprocess.Popen(
        [str(word) for word in command],
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        cwd=told.folder,
        env={**os.environ, "PYTHONPATH": path, **environment},
    )


def locust(told: Told, file: Path, users: int, **environment: str) -> "subprocess.Popen[bytes]":
    """Locust without a UI."""
    options = ["--headless", "--only-summary", "-u", str(users), "-r", str(users), "--host", told.url]
    return started(told, sys.executable, "-m", "locust", "-f", file, *options, **environment)


def start_drill(told: Told) -> "subprocess.Popen[bytes]":
    """The open model of this repository."""
    settings = LoadSettings(
        url=told.url,
        directory=str(told.folder),
        populations={"all": Crowd(share=1)},
        rate=told.rate or told.offered,
        mix={"browse": 1},
        most_at_once=PACED_USERS if told.rate else USERS,
    )
    settings.save(told.folder / "load.json")
    return locust(
        told, PROJECT / "loadtests" / "storefront.py", settings.users, **{CONFIG: str(told.folder / "load.json")}
    )


def drill_says(told: Told) -> Figures:
    """From the due time, as a drill judges."""
    path = told.folder / "load.jsonl"
    summary = last_summary(path) or {}
    late = summary.get("scheduling_error_ms", {})
    return Figures(
        late=(late["p50"], late["p99"]),
        took=tuple(percentile(read_load(path, 0).whole.latency, p) for p in (0.5, 0.99)),
    )


def percentile(waits: Waits, part: float) -> float:
    """In ms, of counts by microsecond."""
    wanted, passed = part * sum(waits.values()), 0
    for micros in sorted(waits):
        passed += waits[micros]
        if passed >= wanted:
            return micros / 1e3
    return 0.0


def start_fast(told: Told) -> "subprocess.Popen[bytes]":
    """Locust's FastHttpUser."""
    file = PROJECT / "bench" / "plain_users.py"
    if not told.rate:
        return locust(told, file, USERS)
    said = {"PACE": str(FAST_OF), "SAID": str(told.folder / "said.json")}
    return locust(told, file, round(told.rate / FAST_OF), **said)


def fast_says(told: Told) -> Figures:
    """By its own clock; from the sending."""
    said = json.loads((told.folder / "said.json").read_text())
    return Figures(late=tuple(said["late ms"]), took=tuple(said["took ms"]))


def start_k6(told: Told) -> "subprocess.Popen[bytes]":
    """k6, closed or with its constant arrival rate."""
    values = {"rate": told.rate, "seconds": told.seconds, "users": USERS, "paced": PACED_USERS, "url": told.url}
    script = told.folder / "script.js"
    script.write_text(SCRIPT % {**values, "scenario": (PACED if told.rate else CLOSED) % values})
    export = ["--summary-export", told.folder / "said.json"]
    return started(told, str(K6), "run", "--quiet", "--no-usage-report", *export, script)


def k6_says(told: Told) -> Figures:
    """Its clock for scripts knows whole milliseconds only."""
    metrics = json.loads((told.folder / "said.json").read_text())["metrics"]
    late, took = ([float(metrics[name][f"p({p})"]) for p in (50, 99)] for name in ("late", "http_req_duration"))
    return Figures(late=tuple(late), took=tuple(took))


def found() -> list[Generator]:
    """Those that are installed; those that know no rates only run as fast as they can."""
    tools = [
        Generator(name="drill (open model in Locust)", start=start_drill, says=drill_says),
        Generator(name="Locust FastHttpUser", start=start_fast, says=fast_says),
    ]
    if K6:
        tools.append(Generator(name="k6", start=start_k6, says=k6_says))
    if wrk := shutil.which("wrk"):
        options = ("-t1", f"-c{USERS}", "-d60s")
        tools.append(Generator(name="wrk", start=lambda t: started(t, wrk, *options, f"{t.url}/catalogue")))
    if hey := shutil.which("hey"):
        command = (hey, "-z", "60s", "-c", str(USERS))
        tools.append(Generator(name="hey", start=lambda t: started(t, *command, f"{t.url}/catalogue")))
    return tools


KNOW_RATES = ("drill (open model in Locust)", "Locust FastHttpUser", "k6")
