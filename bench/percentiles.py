"""Percentiles and availability against the truth: `python -m bench.percentiles [--seconds N] [--json FILE]`.

Servers of our own stall, refuse or take two speeds, and log what they did: from the log follows what arrivals that are
due evenly must see. The product's own Locust users load them, and its own measures are held against it. Right after, on
the same server with the same schedule, Locust's own statistics of users as most tests write them. The refusals of 10 s
in 60 are scaled down to a sixth of a third of --seconds. Real time (scale 1), one population, loopback.
"""

import argparse
import csv
import json
import math
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import harness.measures.kinds  # noqa: F401  fills the registry
from bench.k6 import found as k6_is_there
from bench.k6 import k6
from bench.said import PERCENTS, Said
from bench.table import line, table
from bench.troubles import HOST, PORT, URL, Plan, Truth, plans, serving
from harness.load.locust_child import start_users
from harness.load.reading import read_load
from harness.load.settings import Crowd, LoadSettings
from harness.measures.registry import Scope, find
from harness.model.history import Event, History
from harness.model.load import Load, nanoseconds
from harness.model.verdict import Measurement

PROJECT = Path(__file__).parents[1]
AIM_PERCENT, AIM_POINTS = 1.0, 0.1
# Loopback, two event loops and a busy machine take up to a millisecond of a request; 1 % of 5 ms is less than that.
FLOOR_MS = 1.0
WARM = 1.5  # seconds after the first request at which the measured periods begin
GRACE = 0.5
CLOSED_USERS = 10
# Requests per second of each user; 0: each asks again at once.
LOCUSTS = {
    "Locust constant_throughput(1)": 1.0,
    "Locust constant_throughput(10)": 10.0,
    "Locust closed loop": 0.0,
}


def drill(plan: Plan, seconds: float) -> tuple[Said, Truth]:
    """The product's load and measures over whole periods, and the truth."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        settings = LoadSettings(
            url=URL, directory=name, populations={"P": Crowd(share=1)}, rate=plan.rate, mix={"browse": 1}
        )
        with serving(plan, folder) as server:
            child = start_users(settings, PROJECT / "loadtests" / "storefront.py")
            try:
                time.sleep(WARM + seconds + GRACE)
            finally:
                child.stop()
        edges = (nanoseconds(WARM), nanoseconds(WARM + seconds))
        history = _history(read_load(settings.records, server.origin, edges), WARM, WARM + seconds)
        truth = server.truth(WARM, WARM + seconds)
    latency = {p: _value(_measured(f"P{p} latency", history)) for p in PERCENTS}
    found = _measured("availability", history)
    return Said(requests=found.evidence["intended"], latency=latency, availability=_value(found)), truth


def _history(load: Load, since: float, until: float) -> History:
    """A run whose steady phase are the measured periods."""
    facts: list[tuple[float, str, dict[str, Any]]] = [(since, "phase", {"phase": "steady"}), (until, "drove", {})]
    events = tuple(Event(seq=n, at=at, kind=kind, data=data) for n, (at, kind, data) in enumerate(facts))
    return History(drill="bench", environment="bench", time_scale=1.0, populations=("P",), events=events, load=load)


def _measured(name: str, history: History) -> Measurement:
    known = find(name)
    assert known is not None
    return known.take(history, Scope(phase="steady"))


def _value(found: Measurement) -> float:
    assert found.value is not None, found.because
    return math.inf if found.evidence.get("at_least") else found.value


def locust(plan: Plan, seconds: float, pace: float) -> Said:
    """Locust's own statistics over the same schedule; `pace` 0 is the closed loop."""
    users = str(round(plan.rate / pace) if pace else CLOSED_USERS)
    with tempfile.TemporaryDirectory() as name, serving(plan, Path(name)):
        command = [sys.executable, "-m", "locust", "-f", str(PROJECT / "bench" / "plain_users.py"), "--headless"]
        command += ["--only-summary", "--users", users, "--spawn-rate", users, "--host", URL, "--csv", f"{name}/l"]
        command += ["--run-time", f"{seconds:.0f}s", "--stop-timeout", "5", "--exit-code-on-error", "0"]
        subprocess.run(command, env={**os.environ, "PACE": str(pace)}, check=True, capture_output=True)
        with open(f"{name}/l_stats.csv", encoding="utf-8") as file:
            (row,) = [each for each in csv.DictReader(file) if each["Name"] == "Aggregated"]
    count, failed = int(row["Request Count"]), int(row["Failure Count"])
    latency = {p: float(row[f"{p}%"]) for p in PERCENTS}
    return Said(requests=count, latency=latency, availability=100 * (1 - failed / count))


def round_trips(count: int = 500) -> tuple[float, float]:
    """P50 and P99 of bare blocking round trips to a calm server, ms."""
    took = []
    with (
        tempfile.TemporaryDirectory() as name,
        serving(Plan(period=1e9), Path(name)),
        socket.create_connection((HOST, PORT)) as sock,
    ):
        for _ in range(count):
            began = time.perf_counter()
            sock.sendall(b"GET / HTTP/1.1\r\nHost: bench\r\n\r\n")
            sock.recv(4096)
            took.append((time.perf_counter() - began) * 1e3)
            time.sleep(0.001)
    return statistics.median(took), statistics.quantiles(took, n=100)[98]


def rows(server: str, plan: Plan, seconds: float) -> list[dict[str, Any]]:
    """The lines of one server."""
    whole = max(1, round(seconds / plan.period)) * plan.period
    ours, truth = drill(plan, whole)
    others = {name: locust(plan, whole, pace) for name, pace in LOCUSTS.items()}
    if k6_is_there():
        others["k6 constant-arrival-rate"] = k6(plan, whole)
    lines = [_latency(server, p, truth.percentile(p), ours, others) for p in PERCENTS]
    return [*lines, _availability(server, truth.availability, ours, others)]


def _latency(server: str, percent: int, true: float, ours: Said, others: dict[str, Said]) -> dict[str, Any]:
    def told(by: Said) -> str:
        return f"{_shown(by.latency[percent])} ({_relative(by.latency[percent], true)})"

    said = ours.latency[percent]
    close = said == true or abs(said - true) <= max(FLOOR_MS, AIM_PERCENT / 100 * true)
    cells = {"server": server, "figure": f"P{percent}, ms", "truth": _shown(true), "drill": told(ours)}
    return cells | {"in aim": "yes" if close else "NO"} | {name: told(by) for name, by in others.items()}


def _availability(server: str, true: float, ours: Said, others: dict[str, Said]) -> dict[str, Any]:
    def told(by: Said) -> str:
        return f"{by.availability:.2f} ({by.availability - true:+.2f} pp; {by.requests} requests)"

    close = abs(ours.availability - true) <= AIM_POINTS
    cells = {"server": server, "figure": "availability, %", "truth": _shown(true), "drill": told(ours)}
    return cells | {"in aim": "yes" if close else "NO"} | {name: told(by) for name, by in others.items()}


def _shown(value: float) -> str:
    return "above all" if math.isinf(value) else f"{value:.2f}" if value < 1000 else f"{value:.1f}"


def _relative(said: float, true: float) -> str:
    if math.isinf(said) or math.isinf(true):
        return "-" if said == true else "wrong"
    tiny = AIM_PERCENT / 100 * true < FLOOR_MS
    return f"{said - true:+.2f} ms" if tiny else f"{100 * (said / true - 1):+.2f} %"


def main() -> None:
    """Run every server and print the table; exit code 1 when a figure is outside its aim."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0, help="of each server and generator (default: 20)")
    parser.add_argument("--only", help="the servers whose name contains this")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    median, high = round_trips()
    chosen = {n: p for n, p in plans(options.seconds).items() if (options.only or "") in n}
    done = []
    for server, plan in chosen.items():
        done += rows(server, plan, options.seconds)
        print("\n".join(map(line, done[-4:])), file=sys.stderr)
    notes = [
        f"Aim: percentiles within {AIM_PERCENT:g} % or {FLOOR_MS:g} ms, availability within {AIM_POINTS:g} points. "
        f"A bare round trip on this machine took {median:.2f} ms (P50), {high:.2f} ms (P99) in this run.",
        f"k6: {'found, in the table' if k6_is_there() else 'not found'}",
        *(
            f"{n}: {'found, but this bench does not drive it' if shutil.which(n) else 'not found'}"
            for n in ("wrk", "hey")
        ),
    ]
    print("\n".join([*table(done), "", *notes]))
    if options.json:
        told = {"rows": done, "notes": notes, "plans": {name: asdict(plan) for name, plan in chosen.items()}}
        options.json.write_text(json.dumps(told, indent=2) + "\n")
    sys.exit(0 if all(each["in aim"] == "yes" for each in done) else 1)


if __name__ == "__main__":
    main()
