"""Ticks from the kernel's timer."""

import asyncio
import time
from collections.abc import Callable
from itertools import pairwise
from statistics import fmean

from harness.probes.tally import Tally
from harness.probes.timerfd import Ticker

PERIOD = 5_000_000


async def ticks(count: int, jitter: float, on_first: Callable[[], None] = lambda: None) -> tuple[int, list[int]]:
    """The start, and when so many ticks were due."""
    dues: list[int] = []
    start = time.monotonic_ns() + PERIOD
    enough = asyncio.Event()

    def on_tick(due: int) -> None:
        dues.append(due)
        assert due <= time.monotonic_ns()
        if len(dues) == 1:
            on_first()
        if len(dues) == count:
            ticker.close()
            enough.set()

    ticker = Ticker(start=start, period=PERIOD, on_tick=on_tick, jitter=jitter)
    async with asyncio.timeout(5):
        await enough.wait()
    ticker.close()
    return start, dues


def test_ticks_that_a_busy_loop_could_not_take_come_with_their_own_due_times() -> None:
    start, dues = asyncio.run(ticks(12, 0.0, lambda: time.sleep(0.05)))
    assert dues == [start + i * PERIOD for i in range(12)]


def test_ticks_with_jitter_keep_their_distance_from_each_other_and_to_no_rhythm() -> None:
    start, dues = asyncio.run(ticks(200, 0.5, lambda: time.sleep(0.05)))
    apart = [b - a for a, b in pairwise(dues)]
    assert dues[0] == start
    assert all(PERIOD / 2 <= each <= 1.5 * PERIOD for each in apart)
    assert max(apart) - min(apart) > PERIOD / 2
    assert abs(fmean(apart) / PERIOD - 1) < 0.15
    later = [due - start - i * PERIOD for i, due in enumerate(dues)]
    assert max(later) - min(later) > PERIOD / 2  # load at the same rate is sent before a read and after one


def test_a_ticker_that_is_closed_gives_no_more_of_the_ticks_that_are_late() -> None:
    start, dues = asyncio.run(ticks(2, 0.0, lambda: time.sleep(0.05)))
    assert dues == [start, start + PERIOD]


def test_a_tally_gives_the_scheduling_error_in_milliseconds() -> None:
    tally = Tally()
    assert tally.scheduling_error_ms() == {}
    for late in range(101):
        tally.note(due=0, sent=late * 1_000_000)
    assert tally.scheduling_error_ms() == {"p50": 50.0, "p99": 99.0, "max": 100.0}
