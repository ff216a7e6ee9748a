"""Greenlets that wait for a moment; in a process of its own, as gevent is never imported into the tests."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
WAITS = """
import time
import gevent
from loadtests.wakeups import Wakeups

wakeups = Wakeups()
start = time.monotonic_ns()
woken = []

def wait(ms):
    wakeups.until(start + ms * 1_000_000)
    woken.append((ms, time.monotonic_ns() - start >= ms * 1_000_000))

gevent.joinall([gevent.spawn(wait, ms) for ms in (60, 20, 40, 20, -5)], raise_error=True)
wakeups.close()
print(woken)
"""


def test_each_is_woken_in_turn_and_none_before_its_moment() -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", WAITS], env=environment, capture_output=True, text=True, check=True, timeout=20
    )
    assert done.stdout.strip() == str([(ms, True) for ms in (-5, 20, 20, 40, 60)])
