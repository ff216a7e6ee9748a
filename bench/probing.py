"""The product's prober on the bench: a process that probes three regions, what it recorded and what it cost."""

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from bench.outages import PORT, REGIONS, Stage
from bench.zone import NAME
from harness.load.child import Child
from harness.load.prober_child import start_prober
from harness.probes.records import Records, read_records
from harness.probes.settings import Clients, ProberSettings

TIMEOUT = 0.25


class Probing:
    """One prober that runs, with redials or without. `origin` is monotonic ns."""

    def __init__(self, settings: ProberSettings) -> None:
        self.rate = settings.probe_rate
        self.redials = settings.redial
        self.origin = time.monotonic_ns()
        self._settings = settings
        self._child: Child = start_prober(settings)
        self._process = psutil.Process(self._child.pid)
        self._since = (0.0, 0.0)

    def count_cost(self) -> None:
        """From now on: its start is not counted."""
        self._since = (time.monotonic(), self._spent())

    def cost(self) -> float:
        """The share of a core that it took."""
        began, spent = self._since
        return (self._spent() - spent) / (time.monotonic() - began)

    def stop(self) -> Records:
        """What it recorded; times in seconds since `origin`."""
        self._child.stop()
        return read_records(self._settings.probes, self.origin)

    def _spent(self) -> float:
        times = self._process.cpu_times()
        return times.user + times.system


@contextmanager
def probing(stage: Stage, rate: float, *, redial: bool) -> Iterator[Probing]:
    """A prober of all regions at so many reads per second each."""
    with tempfile.TemporaryDirectory() as folder:
        settings = ProberSettings(
            url=f"http://{NAME}:{PORT}", directory=str(Path(folder)), order_prefix="bench", resolver=stage.resolver,
            populations={name: Clients(source=source) for name, (source, _) in REGIONS.items()},
            probe_rate=rate, order_rate=0.0, redial=redial, connect_timeout=TIMEOUT, total_timeout=TIMEOUT,
        )  # fmt: skip
        prober = Probing(settings)
        try:
            yield prober
        finally:
            prober.stop()
