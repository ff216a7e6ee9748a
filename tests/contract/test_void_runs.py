"""Runs that prove nothing say so: what spoils them is done to a real drill, in the middle of it."""

import signal
import time
from pathlib import Path

import psutil
import pytest

from harness.store import FINDINGS
from tests.contract.labs import a_lab, follow_until, start_drill

pytestmark = pytest.mark.lab


def child(pid: int, module: str) -> psutil.Process:
    """The child of a drill that runs this module."""
    (found,) = [p for p in psutil.Process(pid).children(recursive=True) if module in " ".join(p.cmdline())]
    return found


@pytest.mark.parametrize(
    ("module", "cause"),
    [("locust", "the generator was the bottleneck"), ("harness.probes", "probes were lost")],
)
def test_a_generator_that_stands_still_for_three_seconds_makes_the_run_void(
    module: str, cause: str, tmp_path: Path
) -> None:
    with a_lab() as lab:
        process = start_drill(lab, tmp_path)
        follow_until(process, "-- steady state before the fault --")
        frozen = child(process.pid, module)
        frozen.send_signal(signal.SIGSTOP)
        time.sleep(3.0)  # the span that is drilled, not a wait for anything
        frozen.send_signal(signal.SIGCONT)
        said, _ = process.communicate(timeout=120)
    assert process.returncode == 2, said
    assert cause in said
    assert cause in next(tmp_path.glob(f"a-quick*/2*/{FINDINGS}")).read_text()
