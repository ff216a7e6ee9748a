"""Size and speed of Drill on this machine: `python bench/figures.py [--json] [--drill]`.

Medians of several runs, and ratios taken inside one run where there is something to compare with. No test asserts them.
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from harness.lab import launcher

PROJECT = Path(__file__).parents[1]
RUNS = 5


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--drill", action="store_true", help="also run the default drill once")
    options = parser.parse_args()
    figures = {**command_line(), **lab()}
    if options.drill:
        figures |= drill()
    if options.json:
        print(json.dumps(figures, indent=2))
        return
    for name, (value, unit, aim) in figures.items():
        print(f"{name:<44} {value:>9.3g} {unit:<4} aim: {aim}")


Figures = dict[str, tuple[float, str, str]]


def command_line() -> Figures:
    """`drill --help` against a bare interpreter, and `drill check` of all features."""
    bare = _median(lambda: _run(sys.executable, "-c", "pass"))
    script = str(Path(sys.executable).with_name("drill"))
    help_ = _median(lambda: _run(script, "--help"))
    check = _median(lambda: _run(script, "check", "features"))
    return {
        "drill --help": (help_ * 1000, "ms", "at most 40"),
        "drill --help / python -c pass": (help_ / bare, "x", "at most 2.5"),
        "drill check features": (check, "s", "under 1"),
    }


def lab() -> Figures:
    """Boot to healthy end to end, memory, and the way down."""
    boots, downs, sizes = [], [], []
    for _ in range(RUNS):
        began = time.monotonic()
        running = launcher.start({})
        boots.append(time.monotonic() - began)
        sizes.append(_pss_megabytes(running.pid))
        began = time.monotonic()
        running.stop()
        downs.append(time.monotonic() - began)
    return {
        "lab up and healthy": (statistics.median(boots), "s", "at most 1.5"),
        "lab memory (PSS of all its processes)": (statistics.median(sizes), "MB", "at most 300"),
        "lab down": (statistics.median(downs), "s", "at most 0.5"),
    }


def drill() -> Figures:
    """The default drill, from the command to the verdict."""
    began = time.monotonic()
    _run(sys.executable, "-m", "harness.cli", "run", "--results", "results/bench", "features/region_loss.feature")
    return {"drill run features/region_loss.feature": (time.monotonic() - began, "s", "at most 90")}


def _median(act: Callable[[], Any]) -> float:
    times = []
    for _ in range(RUNS):
        began = time.perf_counter()
        act()
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def _run(*words: str) -> None:
    subprocess.run(words, cwd=PROJECT, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _pss_megabytes(root: int) -> float:
    """The proportional set size of a process and all its descendants."""
    return sum(_pss_kilobytes(pid) for pid in _descendants(root)) / 1024


def _descendants(root: int) -> list[int]:
    parents = {int(p.name): _parent(p) for p in Path("/proc").iterdir() if p.name.isdigit()}
    found, frontier = [root], [root]
    while frontier:
        frontier = [pid for pid, parent in parents.items() if parent in frontier and pid not in found]
        found += frontier
    return found


def _parent(process: Path) -> int:
    try:
        return int((process / "stat").read_text().rpartition(")")[2].split()[1])
    except (OSError, IndexError):
        return 0


def _pss_kilobytes(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


if __name__ == "__main__":
    main()
