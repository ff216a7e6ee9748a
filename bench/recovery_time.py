"""Recovery time against the truth: `python -m bench.recovery_time [--outages N] [--json FILE]`.

A server of our own is killed and frozen for random spans; the prober of the product watches it at several rates, and
the product's own measure is held against what really happened. Beside it, in the same run, what a loop that asks once a
second with `requests` would have said. Real time (scale 1), one population, loopback.
"""

import argparse
import json
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import requests

from harness.load.prober_child import start_prober
from harness.measures.recovery_time import recovery_time
from harness.measures.registry import Scope
from harness.model.history import Event, History, Request
from harness.probes.records import read_records
from harness.probes.settings import Clients, ProberSettings

HOST, PORT = "127.251.10.1", 28090
RATES = (10.0, 20.0, 50.0, 100.0)
KINDS = ("killed", "frozen")
CALM, SUSTAINED, TIMEOUT = 0.45, 0.2, 0.25  # real seconds
SHORTEST, LONGEST = 0.5, 0.9
POLL_EVERY = 1.0


@dataclass(slots=True)
class Server:
    """The server process, and when it could not answer."""

    process: "subprocess.Popen[str]" = field(init=False)
    outages: list[tuple[int, int]] = field(default_factory=list)

    def start(self) -> int:
        """Start it; when it began to listen, monotonic ns."""
        command = [sys.executable, "-m", "bench.bare_server", HOST, str(PORT)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        return int(self.process.stdout.readline())

    def stop(self) -> None:
        """End it for good."""
        self.process.kill()
        self.process.communicate()

    def killed(self, seconds: float) -> None:
        """kill -9, and a new process that listens when the time is over, or as soon after it as it can."""
        began = time.monotonic_ns()
        self.stop()
        time.sleep(seconds)
        self.outages.append((began, self.start()))

    def frozen(self, seconds: float) -> None:
        """SIGSTOP, and SIGCONT after a while: requests hang, nothing is refused."""
        began = time.monotonic_ns()
        self.process.send_signal(signal.SIGSTOP)
        time.sleep(seconds)
        ended = time.monotonic_ns()
        self.process.send_signal(signal.SIGCONT)
        self.outages.append((began, ended))


class Poller(threading.Thread):
    """Asks once a second, one request after the other, as scripts do."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.asked: list[tuple[int, bool]] = []
        self.over = threading.Event()

    def run(self) -> None:
        """Poll until told to stop."""
        while not self.over.wait(POLL_EVERY):
            began = time.monotonic_ns()
            try:
                self.asked.append((began, requests.get(f"http://{HOST}:{PORT}/", timeout=TIMEOUT).ok))
            except requests.RequestException:
                self.asked.append((began, False))

    def said(self, since: int, until: int) -> float:
        """Seconds from the first poll that failed to the first that succeeded; 0 when none failed."""
        failed = next((at for at, ok in self.asked if since <= at < until and not ok), None)
        back = next((at for at, ok in self.asked if failed is not None and at > failed and ok), None)
        return 0.0 if failed is None or back is None else (back - failed) / 1e9


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One outage: what was measured, how sure that was said to be, and the truth; real seconds."""

    true: float
    value: float | None
    resolution: float
    polled: float

    @property
    def inside(self) -> bool:
        """Whether the truth lies in what was printed."""
        return self.value is not None and abs(self.value - self.true) <= self.resolution


@contextmanager
def serving() -> Iterator[Server]:
    """A server that listens."""
    server = Server()
    server.start()
    try:
        yield server
    finally:
        server.stop()


def trials(kind: str, rate: float, outages: int, chance: random.Random) -> tuple[list[Trial], float]:
    """The trials of one row, and the share of a core that the prober took."""
    with tempfile.TemporaryDirectory() as folder, serving() as server:
        settings = ProberSettings(
            url=f"http://{HOST}:{PORT}", directory=folder, order_prefix="bench", populations={"P": Clients()},
            probe_rate=rate, order_rate=0.0, connect_timeout=TIMEOUT, total_timeout=TIMEOUT,
        )  # fmt: skip
        origin, poller = time.monotonic_ns(), Poller()
        prober = start_prober(settings)
        poller.start()
        try:
            time.sleep(CALM)
            for _ in range(outages):
                getattr(server, kind)(chance.uniform(SHORTEST, LONGEST))
                time.sleep(CALM + chance.random() / rate)
            spent = sum(psutil.Process(prober.pid).cpu_times()[:2])
            elapsed = (time.monotonic_ns() - origin) / 1e9
        finally:
            prober.stop()
            poller.over.set()
            poller.join()
        probed = read_records(settings.probes, origin).requests
        truth = [((down - origin) / 1e9, (up - origin) / 1e9) for down, up in server.outages]
        polled = [poller.said(down, down + round(LONGEST * 2e9)) for down, _ in server.outages]
    return [_trial(span, said, probed, rate) for span, said in zip(truth, polled, strict=True)], spent / elapsed


def _trial(span: tuple[float, float], polled: float, probed: tuple[Request, ...], rate: float) -> Trial:
    """Measure one outage alone, as the product does: from its injection until healing begins."""
    down, up = span
    mine = tuple(r for r in probed if down - CALM + 0.1 <= r.sent <= up + CALM)
    facts: list[tuple[float, str, dict[str, Any]]] = [
        (0.0, "admitted", {"sustained_for": SUSTAINED}),
        (down - 0.001, "injecting", {"fault": "bench"}),
        (up + CALM - 0.05, "healing", {}),
    ]
    events = tuple(Event(seq=n, at=at, kind=kind, data=data) for n, (at, kind, data) in enumerate(facts))
    history = History(
        drill="bench", environment="bench", time_scale=1.0, populations=("P",), events=events, requests=mine,
        probe_interval=1 / rate,
    )  # fmt: skip
    found = recovery_time(history, Scope())
    value = None if found.evidence.get("at_least") else found.value
    return Trial(true=up - down, value=value, resolution=found.resolution, polled=polled)


def row(kind: str, rate: float, done: list[Trial], core: float) -> dict[str, Any]:
    """One line of the table; milliseconds."""
    errors = sorted(abs(t.value - t.true) * 1e3 for t in done if t.value is not None)
    polls = sorted(abs(t.polled - t.true) * 1e3 for t in done)
    return {
        "outage": kind,
        "probes per second": rate,
        "outages": len(done),
        "not measured": len(done) - len(errors),
        "error p50 ms": statistics.median(errors),
        "error p90 ms": errors[int(0.9 * (len(errors) - 1))],
        "error max ms": errors[-1],
        "truth inside": sum(t.inside for t in done),
        "prober, % of a core": 100 * core,
        "1 Hz polling p50 ms": statistics.median(polls),
        "1 Hz polling max ms": polls[-1],
    }


def main() -> None:
    """Run every row and print the table; exit code 1 when the truth lay outside once."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--outages", type=int, default=25, help="for each kind and rate (default: 25)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    chance, rows = random.Random(options.seed), []
    for kind in KINDS:
        for rate in RATES:
            rows.append(row(kind, rate, *trials(kind, rate, options.outages, chance)))
            print(_line(rows[-1]), file=sys.stderr)
    print("\n".join(_table(rows)))
    if options.json:
        options.json.write_text(json.dumps(rows, indent=2) + "\n")
    sys.exit(0 if all(r["truth inside"] == r["outages"] for r in rows) else 1)


def _table(rows: list[dict[str, Any]]) -> list[str]:
    """Markdown, as docs/measurement.md shows it."""
    names = list(rows[0])
    return ["| " + " | ".join(names) + " |", "|" + "---|" * len(names), *map(_line, rows)]


def _line(cells: dict[str, Any]) -> str:
    return "| " + " | ".join(f"{c:.1f}" if isinstance(c, float) else str(c) for c in cells.values()) + " |"


if __name__ == "__main__":
    main()
