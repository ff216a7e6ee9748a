"""Python that runs in a process of its own, where gevent may patch what it likes."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def printed(program: str, *arguments: str, **environment: str) -> str:
    """What a program prints; it must end in order."""
    everything = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        env=everything,
        capture_output=True,
        check=False,
        text=True,
        timeout=30,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
