"""Ticks from the kernel's timer."""

import asyncio
import time

from harness.probes.tally import Tally
from harness.probes.timerfd import Ticker

PERIOD = 5_000_000


def test_ticks_that_a_busy_loop_could_not_take_come_with_their_own_due_times() -> None:
    async def run() -> tuple[int, list[int]]:
        dues: list[int] = []
        start = time.monotonic_ns() + PERIOD
        enough = asyncio.Event()

        def on_tick(due: int) -> None:
            dues.append(due)
            if len(dues) == 1:
                time.sleep(0.05)
            if len(dues) >= 12:
                enough.set()

        ticker = Ticker(start=start, period=PERIOD, on_tick=on_tick)
        async with asyncio.timeout(5):
            await enough.wait()
        ticker.close()
        ticker.close()
        return start, dues

    start, dues = asyncio.run(run())
    assert dues == [start + i * PERIOD for i in range(len(dues))]


def test_a_tally_gives_the_scheduling_error_in_milliseconds() -> None:
    tally = Tally()
    assert tally.scheduling_error_ms() == {}
    for late in range(101):
        tally.note(due=0, sent=late * 1_000_000)
    assert tally.scheduling_error_ms() == {"p50": 50.0, "p99": 99.0, "max": 100.0}
