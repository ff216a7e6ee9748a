"""What a request costs the generator and how punctual it is: against FastHttpUser and k6, one backend, one run.

`python -m bench.generator [--rounds N] [--json FILE]`; k6 is found on PATH or named by the variable K6. CPU is what the
kernel says of the tool's threads, requests are what the backend counted. Takes 20 s a tool and round.
"""

import argparse
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from bench.generators import KNOW_RATES, Figures, Generator, Told, found
from bench.table import table

HOST = "127.0.0.1"
COUNT = struct.Struct("q")
BACKEND_CORE, OWN_CORE = 0, 1
WARM, SECONDS = 1.5, 4.0
RATES = (1000, 10_000)
OFFERED = 100_000.0
START_WITHIN = 30.0


@contextmanager
def pinned(core: int) -> Iterator[None]:
    """Children that are started inside run on this core."""
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core if core in allowed else min(allowed)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)


@contextmanager
def backend(folder: Path) -> Iterator[tuple[str, Path]]:
    """The server and the file in which it counts."""
    counted = folder / "counted"
    counted.write_bytes(bytes(COUNT.size))
    with socket.create_server((HOST, 0)) as free:
        port = free.getsockname()[1]
    with pinned(BACKEND_CORE):
        command = [sys.executable, "-m", "bench.counting_server", HOST, str(port), str(counted)]
        child = subprocess.Popen(command, stdout=subprocess.PIPE)
    try:
        assert child.stdout is not None
        child.stdout.readline()
        yield f"http://{HOST}:{port}", counted
    finally:
        child.kill()
        child.communicate()


def answered(counted: Path) -> int:
    """How many requests the backend answered up to now."""
    count: int = COUNT.unpack(counted.read_bytes())[0]
    return count


def cpu(pid: int) -> float:
    """Seconds that the threads of a process were on a core."""
    tasks = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(path.read_text().split()[0]) for path in tasks) / 1e9


def measured(tool: Generator, core: int, rate: float, offered: float = OFFERED) -> tuple[dict[str, float], Figures]:
    """One run: requests per second, CPU us per request and the share of a core; and what the tool says of itself."""
    with tempfile.TemporaryDirectory() as name, backend(Path(name)) as (url, counted):
        seconds = round(WARM + SECONDS + 1)
        told = Told(url=url, folder=Path(name), rate=rate, seconds=seconds, offered=offered)
        with pinned(core):
            child = tool.start(told)
        try:
            _begun(child, counted)
            time.sleep(WARM)
            figures = _window(child.pid, counted)
        finally:
            _end(child)
        return figures, tool.says(told) if rate else Figures()


def _begun(child: "subprocess.Popen[bytes]", counted: Path) -> None:
    until = time.monotonic() + START_WITHIN
    while not answered(counted):
        if child.poll() is not None or time.monotonic() > until:
            raise SystemExit(f"{child.args} sent nothing")
        time.sleep(0.02)


def _window(pid: int, counted: Path) -> dict[str, float]:
    since, before, used = time.monotonic(), answered(counted), cpu(pid)
    time.sleep(SECONDS)
    until, after, spent = time.monotonic(), answered(counted), cpu(pid)
    requests = after - before
    return {
        "requests/s": requests / (until - since),
        "CPU us/request": 1e6 * (spent - used) / requests,
        "core %": 100 * (spent - used) / (until - since),
    }


def _end(child: "subprocess.Popen[bytes]") -> None:
    child.send_signal(signal.SIGINT if "k6" in str(child.args) else signal.SIGTERM)
    try:
        child.wait(20)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def bare(rate: int = 1000, seconds: float = 2.0) -> list[float]:
    """p50 and p99 in ms of one blocking socket that asks at an even rate: what the backend and the kernel take."""
    request = f"GET /catalogue HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode()
    took = []
    with ExitStack() as over:
        url, _ = over.enter_context(backend(Path(over.enter_context(tempfile.TemporaryDirectory()))))
        over.enter_context(pinned(OWN_CORE))
        sock = over.enter_context(socket.create_connection((HOST, int(url.rpartition(":")[2]))))
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        start = time.monotonic_ns()
        for n in range(round(rate * seconds)):
            time.sleep(max(0.0, (start + n * 1e9 / rate - time.monotonic_ns()) / 1e9))
            sent = time.monotonic_ns()
            sock.sendall(request)
            sock.recv(4096)
            took.append((time.monotonic_ns() - sent) / 1e6)
    took.sort()
    return [took[len(took) // 2], took[round(len(took) * 0.99) - 1]]


def throughput(tools: list[Generator], rounds: int) -> list[dict[str, Any]]:
    """As fast as each can, on a core of its own and on one core together with the backend; rounds take turns."""
    seen: dict[tuple[str, int], list[dict[str, float]]] = {}
    cost = {tool.name: 30.0 for tool in tools}
    for _ in range(rounds):
        for core in (OWN_CORE, BACKEND_CORE):
            for tool in tools:
                figures, _said = measured(tool, core, 0, offered=1.15e6 / cost[tool.name])
                seen.setdefault((tool.name, core), []).append(figures)
                cost[tool.name] = figures["CPU us/request"]
    return [_row(tool.name, seen) for tool in tools]


def _row(name: str, seen: dict[tuple[str, int], list[dict[str, float]]]) -> dict[str, Any]:
    def middle(core: int, figure: str, of: str = name) -> float:
        return median(each[figure] for each in seen[of, core])

    fast = "Locust FastHttpUser"
    return {
        "generator": name,
        "requests/s on a core": round(middle(OWN_CORE, "requests/s")),
        "times FastHttpUser": middle(OWN_CORE, "requests/s") / middle(OWN_CORE, "requests/s", fast),
        "CPU us/request": middle(OWN_CORE, "CPU us/request"),
        "requests/s, core shared with the backend": round(middle(BACKEND_CORE, "requests/s")),
        "times FastHttpUser there": middle(BACKEND_CORE, "requests/s") / middle(BACKEND_CORE, "requests/s", fast),
    }


def punctuality(tools: list[Generator], rounds: int) -> list[dict[str, Any]]:
    """At fixed rates: how late requests were sent, how long they took, and what that cost."""
    floor = [median(each) for each in zip(*(bare() for _ in range(rounds)), strict=True)]
    rows: list[dict[str, Any]] = []
    for rate in RATES:
        runs: dict[str, list[tuple[dict[str, float], Figures]]] = {}
        for _ in range(rounds):
            for tool in tools:
                runs.setdefault(tool.name, []).append(measured(tool, OWN_CORE, rate))
        rows += [_punctual(rate, name, each, floor) for name, each in runs.items()]
    return rows


def _punctual(rate: int, name: str, runs: list[tuple[dict[str, float], Figures]], floor: list[float]) -> dict[str, Any]:
    late, took = ([median(s) for s in zip(*(getattr(f, of) for _, f in runs), strict=True)] for of in ("late", "took"))
    return {
        "rate asked": rate,
        "generator": name,
        "rate kept": round(median(f["requests/s"] for f, _ in runs)),
        "late p50 ms": f"{late[0]:.3f}",
        "late p99 ms": f"{late[1]:.3f}",
        "latency p50 ms": f"{took[0]:.3f}",
        "latency p99 ms": f"{took[1]:.3f}",
        "added to a bare socket, p50 ms": f"{took[0] - floor[0]:.3f}",
        "core %": median(f["core %"] for f, _ in runs),
    }


def main() -> None:
    """Measure, print the tables, keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--part", choices=("throughput", "punctuality"))
    options = parser.parse_args()
    tools = found()
    done = {}
    if options.part != "punctuality":
        done["throughput"] = throughput(tools, options.rounds)
    if options.part != "throughput":
        done["punctuality"] = punctuality([t for t in tools if t.name in KNOW_RATES], options.rounds)
    for rows in done.values():
        print("\n".join(table(rows)), end="\n\n", flush=True)
    if options.json:
        options.json.write_text(json.dumps(done, indent=2) + "\n")


if __name__ == "__main__":
    main()
