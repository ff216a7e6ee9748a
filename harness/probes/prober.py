"""The prober process: `python -m harness.probes.prober SETTINGS.json`.

An open loop: every population's reads and writes come from a timer of their own and wait for nothing. It stops on
SIGTERM, or when its parent closes its stdin or dies: requests under way get their time to be answered, then the files
are closed with a summary.
"""

import asyncio
import gc
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path

import uvloop

from harness.model.history import PROBE_JITTER
from harness.probes.attempt import Attempt
from harness.probes.caller import Caller
from harness.probes.dns import RegionMap
from harness.probes.ledger import Ledger
from harness.probes.lifeline import die_with_parent, stdin_is_lifeline
from harness.probes.reads import Reads
from harness.probes.records import started_line, summary_line
from harness.probes.redial import Redialer
from harness.probes.settings import ProberSettings
from harness.probes.sink import FLUSH_EVERY, Sink
from harness.probes.tally import Tally
from harness.probes.timerfd import Ticker
from harness.probes.watch import Watcher

START_IN_NS = 20_000_000
GRACE = 0.5


class Book:
    """One file of records and the tally of what went into it."""

    def __init__(self, path: Path) -> None:
        self.sink = Sink(path)
        self.tally = Tally()
        self.began = time.monotonic_ns()
        self.sink.add(started_line(at=self.began, pid=os.getpid()))

    def record(self, attempt: Attempt) -> None:
        """Keep a finished request."""
        self.tally.note(attempt.due, attempt.sent)
        self.sink.add(attempt.line())

    def close(self) -> None:
        """Write the summary and close."""
        now = time.monotonic_ns()
        self.sink.add(
            summary_line(
                at=now,
                planned=self.tally.planned,
                recorded=self.tally.recorded,
                scheduling_error_ms=self.tally.scheduling_error_ms(),
                elapsed_s=round((now - self.began) / 1e9, 3),
                cpu_s=round(time.process_time(), 3),
            )
        )
        self.sink.close()


class Prober:
    """All populations, their tickers and what is under way."""

    def __init__(self, settings: ProberSettings) -> None:
        self._settings = settings
        self._probes = Book(settings.probes)
        self._ledger = Book(settings.ledger)
        self._tickers: list[Ticker] = []
        self._ledgers: list[Ledger] = []
        self._kept_up: list[asyncio.Task[None]] = []
        self._under_way: set[asyncio.Task[None]] = set()
        self.failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def start(self) -> None:
        """Begin all schedules, shifted so that no two populations tick together."""
        regions = RegionMap.of(self._settings.regions)
        start = time.monotonic_ns() + START_IN_NS
        count = len(self._settings.populations)
        for index, (name, clients) in enumerate(self._settings.populations.items()):
            caller = Caller(name, clients, self._settings, regions, self._probes.sink.add)
            redialer = self._redialer(caller) if self._settings.redial else None
            self._start_reads(caller, redialer, start, index / count)
            self._start_ledger(caller, start, (index + 0.5) / count)
            closed = redialer.closed if redialer else lambda: None
            self._keep_up(Watcher(caller, self._settings.total_timeout, self._probes.sink.add, closed).run())
        self._flush()

    async def stop(self) -> None:
        """Stop asking, wait for the answers under way (at most the total timeout), close the files."""
        for ticker in self._tickers:
            ticker.close()
        for task in self._kept_up:
            task.cancel()
        await asyncio.gather(*self._kept_up, return_exceptions=True)
        if self._under_way:
            _, late = await asyncio.wait(self._under_way, timeout=self._settings.total_timeout + GRACE)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        for ledger in self._ledgers:
            ledger.close()
        self._probes.close()
        self._ledger.close()

    def _keep_up(self, work: Coroutine[None, None, None]) -> None:
        """Have it run until we stop."""
        task = asyncio.get_running_loop().create_task(work)
        self._kept_up.append(task)
        task.add_done_callback(self._ended)

    def _redialer(self, caller: Caller) -> Redialer:
        interval = 1 / self._settings.probe_rate
        redialer = Redialer(caller, self._settings.total_timeout, interval, self._probes.sink.add)
        self._keep_up(redialer.run())
        return redialer

    def _start_reads(self, caller: Caller, redialer: Redialer | None, start: int, shift: float) -> None:
        def record(read: Attempt) -> None:
            self._probes.record(read)
            if redialer is not None:
                redialer.saw(read)

        reads = Reads(caller, self._settings.total_timeout, record)
        rate = self._settings.probe_rate
        self._tick(self._probes, reads.read, rate=rate, start=start, shift=shift, jitter=PROBE_JITTER)

    def _start_ledger(self, caller: Caller, start: int, shift: float) -> None:
        settings = self._settings
        if settings.order_rate:
            ledger = Ledger(caller, settings.order_prefix, settings.sku, settings.total_timeout, self._ledger.record)
            self._ledgers.append(ledger)
            self._tick(self._ledger, ledger.write, rate=settings.order_rate, start=start, shift=shift)

    def _tick(
        self,
        book: Book,
        ask: Callable[[int], Coroutine[None, None, None]],
        *,
        rate: float,
        start: int,
        shift: float,
        jitter: float = 0.0,
    ) -> None:
        period = round(1e9 / rate)

        def on_tick(due: int) -> None:
            book.tally.planned += 1
            task = asyncio.get_running_loop().create_task(ask(due))
            self._under_way.add(task)
            task.add_done_callback(self._ended)

        self._tickers.append(Ticker(start=start + round(shift * period), period=period, on_tick=on_tick, jitter=jitter))

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        if not task.cancelled() and (error := task.exception()):
            self._fail(error)

    def _fail(self, error: BaseException) -> None:
        if not self.failed.done():
            self.failed.set_exception(error)

    def _flush(self) -> None:
        try:
            self._probes.sink.flush()
            self._ledger.sink.flush()
        except OSError as error:
            self._fail(error)
            return
        asyncio.get_running_loop().call_later(FLUSH_EVERY, self._flush)


async def probe(settings: ProberSettings, stopped: Callable[[], Awaitable[None]]) -> None:
    """Probe until `stopped()` returns. Raises what made probing impossible (a full disk, a defect of ours)."""
    prober = Prober(settings)
    prober.start()
    gc.freeze()
    until = asyncio.ensure_future(stopped())
    await asyncio.wait([until, prober.failed], return_when=asyncio.FIRST_COMPLETED)
    if prober.failed.done():
        prober.failed.result()
    prober.failed.cancel()
    await prober.stop()


async def told_to_stop() -> None:
    """Returns on SIGTERM, on SIGINT, and when the parent's end of stdin closes."""
    loop = asyncio.get_running_loop()
    told = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    if stdin_is_lifeline():
        loop.add_reader(0, lambda: None if os.read(0, 1024) else told.set())
    await told.wait()
    loop.remove_reader(0)


def main(arguments: list[str]) -> None:
    """Run until told to stop."""
    die_with_parent()
    settings = ProberSettings.load(Path(arguments[0]))
    uvloop.run(probe(settings, told_to_stop))


if __name__ == "__main__":
    main(sys.argv[1:])
