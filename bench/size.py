"""What it costs to judge a large run: `python -m bench.size [--millions 1 3 10] [--json FILE]`.

Makes the folder of a run with so many load requests (three populations, an outage, every outcome), and runs `drill
judge` on it as a user would: wall time, and the most memory that it and its processes held together.
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil

from bench.table import table
from harness.model.history import Outcome, Stream
from harness.probes.records import request_line, started_line, summary_line
from tests.sealed_runs import DROVE, EFFECT, RECOVERED, recorded_run

CRITERIA = (
    ("recovery time", "at most", 60.0, "s", None),
    ("lost writes", "at most", 20.0, "writes", None),
    ("P95 latency", "at most", 200.0, "ms", "steady"),
    ("P99 latency", "at most", 900.0, "ms", None),
    ("availability", "at least", 50.0, "%", None),
)
POPULATIONS = ("NA", "EU", "AP")
REPEATED = 1000
MOST_SECONDS, MOST_MB = 20.0, 300.0


def rows(count: int) -> Iterator[str]:
    """The lines of `count` requests, evenly due over the run."""
    dice = random.Random(1)
    latencies = [int(dice.lognormvariate(16.5, 0.7)) for _ in range(REPEATED * 7)]
    for n in range(count):
        due = n * round(DROVE * 1e9) // count
        served = not EFFECT <= due / 1e9 < RECOVERED
        yield request_line(
            stream=Stream.LOAD,
            population=POPULATIONS[n % 3],
            name="GET /catalogue",
            due=due,
            sent=due + 90_000 + n % 997,
            finished=due + 90_000 + n % 997 + latencies[n % len(latencies)],
            outcome=Outcome.OK if served else Outcome.FAILED,
            region="us-east-1" if served else None,
            status=200 if served else 503,
        )


def folder(root: Path, count: int) -> Path:
    """A run with so many load requests."""
    made = recorded_run(root / str(count), criteria=CRITERIA)
    with (made / "load.jsonl").open("w") as file:
        file.write(started_line(at=0, pid=1))
        file.writelines(rows(count))
        file.write(summary_line(planned=count))
    return made


def judged(run: Path) -> tuple[float, float]:
    """Seconds and the most MB (summed RSS of all its processes, every 20 ms) of one `drill judge`."""
    began, most = time.perf_counter(), 0.0
    with subprocess.Popen([sys.executable, "-m", "harness.cli", "judge", str(run)], stdout=subprocess.DEVNULL) as child:
        while child.poll() is None:
            most = max(most, _held(child.pid))
            time.sleep(0.02)
    if child.returncode not in (0, 1, 2):
        raise SystemExit(f"drill judge ended with exit code {child.returncode}")
    return time.perf_counter() - began, most


def _held(pid: int) -> float:
    try:
        every = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
        return sum(p.memory_info().rss for p in every) / 1e6
    except psutil.NoSuchProcess:
        return 0.0


def row(millions: float) -> dict[str, Any]:
    """One line of the table."""
    with tempfile.TemporaryDirectory() as root:
        run = folder(Path(root), round(millions * 1e6))
        size = (run / "load.jsonl").stat().st_size
        seconds, most = judged(run)
    return {
        "million requests": millions,
        "load.jsonl, MB": size / 1e6,
        "drill judge, s": seconds,
        "s per million": seconds / millions,
        "most memory, MB": most,
    }


def main() -> None:
    """Run every size and print the table; exit code 1 when 10 million take more than 20 s or 300 MB."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--millions", type=float, nargs="+", default=[1, 3, 10])
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    found = [row(each) for each in options.millions]
    print("\n".join(table(found)))
    if options.json:
        options.json.write_text(json.dumps(found, indent=2) + "\n")
    ok = all(r["drill judge, s"] <= MOST_SECONDS and r["most memory, MB"] <= MOST_MB for r in found)
    sys.exit(0 if ok else 1)


if __name__ == "__main__":
    main()
