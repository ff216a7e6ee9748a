"""Pressing on an instance from within: its CPU, its memory and its disk are really taken, and given back.

An instance has one CPU, which is the lock of its interpreter: a worker that has it keeps the shop waiting. While it
does, it computes for a part of the time, and sleeps for the rest without letting go, so that a stressed instance is
as slow as it should be and its neighbours on the same machine are not. An instance of finite capacity has a virtual CPU
(see `capacity`) instead: there a worker takes its share of that, and lets go of the lock while it does not compute.
"""

import asyncio
import ctypes
import mmap
import os
import re
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from harness.lab.states import Stress
from harness.lab.storefront.disk import Disk
from harness.lab.truth import Truth

MEMORY_BYTES = 128 << 20
OUT_OF_MEMORY = 137  # the status of a process that was killed for it
MOST_WORKERS = 4
_WINDOW_S, _SLICE_S = 0.02, 0.005
_CHUNK = 1 << 20
_MOST_BYTES_PER_S = 16 << 20  # that one worker writes
_LIBC = ctypes.PyDLL(None)  # keeps the interpreter's lock during a call

Work = Callable[[threading.Event], None]
Press = Callable[[Sequence[float]], None]


class Stresses:
    """The stresses of one instance by name. `press` hears what all of them want of its virtual CPU, if it has one."""

    def __init__(self, disk: Disk, truth: Truth, press: Press | None = None) -> None:
        self._disk, self._truth, self._press = disk, truth, press
        self._held: dict[str, tuple[threading.Event, list[threading.Thread]]] = {}
        self._demands: dict[str, list[float]] = {}

    async def stress(self, name: str, computing: float, **asked: int) -> None:
        """Begin, computing for that part of the busy time; returns when memory and disk are filled."""
        await self.relieve(name)
        stress, ended = Stress(**asked), threading.Event()
        filled = threading.Event()
        works: list[Work] = [*self._cpu(stress, computing), *self._disk_work(name, stress)]
        if stress.memory_percent:
            works.append(partial(fill_memory, stress.memory_percent, self._truth, filled))
        else:
            filled.set()
        threads = [threading.Thread(target=work, args=(ended,), daemon=True) for work in works]
        self._held[name] = ended, threads
        self._want(name, [stress.cpu_percent / 100] * _cpu_workers(stress))
        for thread in threads:
            thread.start()
        await asyncio.to_thread(filled.wait)

    async def relieve(self, name: str) -> None:
        """End; returns when everything has been given back."""
        ended, threads = self._held.pop(name, (None, []))
        self._want(name, [])
        if ended is not None:
            ended.set()
            await asyncio.gather(*(asyncio.to_thread(thread.join) for thread in threads))

    def _cpu(self, stress: Stress, computing: float) -> list[Work]:
        count, part = _cpu_workers(stress), stress.cpu_percent / 100
        if self._press is None:
            return [partial(be_busy, part, computing, _hold)] * count
        return [partial(be_busy, part, computing / count, time.sleep)] * count if count else []

    def _want(self, name: str, demands: list[float]) -> None:
        self._demands[name] = demands
        if self._press is not None:
            self._press([demand for each in self._demands.values() for demand in each])

    def _disk_work(self, name: str, stress: Stress) -> list[Work]:
        count, label = min(stress.io_workers, MOST_WORKERS), re.sub(r"\W+", "-", name)
        works: list[Work] = []
        if stress.disk_percent:
            path = self._disk.directory / f"fill-{label}"
            taken = fill_disk(self._disk, path, stress.disk_percent)
            works.append(partial(hold, self._disk, path, taken))
        share = self._disk.free * stress.io_percent // 100 // max(count, 1)
        for n in range(count):
            path = self._disk.directory / f"io-{label}-{n}"
            works.append(partial(write_and_sync, self._disk, path, share))
        return works


def _cpu_workers(stress: Stress) -> int:
    return min(stress.cpu_workers or 1, MOST_WORKERS) if stress.cpu_percent else 0


def _hold(seconds: float) -> None:
    _LIBC.usleep(int(seconds * 1e6))


def be_busy(part: float, computing: float, rest: Callable[[float], None], ended: threading.Event) -> None:
    """Be busy for a part of the time, computing for a part of that and resting (seconds) for the rest of it."""
    while not ended.is_set():
        until = time.monotonic() + _WINDOW_S * part
        while (left := until - time.monotonic()) > 0:
            span = min(left, _SLICE_S)
            _compute(span * computing)
            rest(span * (1 - computing))
        if part < 1:
            time.sleep(_WINDOW_S * (1 - part))


def _compute(seconds: float) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        pass


def fill_memory(percent: int, truth: Truth, filled: threading.Event, ended: threading.Event) -> None:
    """Take a percentage of the instance's memory, page by page; when that is more than it has, the process is killed.

    The kill is what the kernel of an instance of that size would do.
    """
    taken: list[mmap.mmap] = []
    for _ in range(MEMORY_BYTES * percent // 100 // _CHUNK):
        if ended.is_set():
            break
        chunk = mmap.mmap(-1, _CHUNK, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        chunk.write(b"\1" * _CHUNK)
        taken.append(chunk)
        if (used := private_bytes()) > MEMORY_BYTES:
            truth.write("out_of_memory", pid=os.getpid(), used_bytes=used, memory_bytes=MEMORY_BYTES)
            os._exit(OUT_OF_MEMORY)
    filled.set()
    ended.wait()
    for chunk in taken:
        chunk.close()


def private_bytes() -> int:
    """How much memory this process has to itself."""
    lines = Path("/proc/self/smaps_rollup").read_text(encoding="ascii").splitlines()
    return sum(int(line.split()[1]) << 10 for line in lines if line.startswith("Private_"))


def write_and_sync(disk: Disk, path: Path, share: int, ended: threading.Event) -> None:
    """Write a file of at most `share` bytes block by block, each synced, over and over; it is removed in the end."""
    block, written = os.urandom(min(_CHUNK, max(share, 1))), 0
    with path.open("wb", buffering=0) as file:
        while not ended.wait(_CHUNK / _MOST_BYTES_PER_S):
            if written + len(block) > share or not disk.takes(len(block)):
                file.seek(0)
                file.truncate()
                disk.give_back(written)
                written = 0
                continue
            file.write(block)
            os.fsync(file.fileno())
            written += len(block)
    path.unlink()
    disk.give_back(written)


def fill_disk(disk: Disk, path: Path, percent: int) -> int:
    """Fill the disk up to a percentage, at once, with a file; returns its size. Raises OSError."""
    taken = disk.take_up_to(disk.size * percent // 100 - disk.used)
    with path.open("wb") as file:
        if taken:
            os.posix_fallocate(file.fileno(), 0, taken)
    return taken


def hold(disk: Disk, path: Path, taken: int, ended: threading.Event) -> None:
    """Keep a file until the end."""
    ended.wait()
    path.unlink()
    disk.give_back(taken)
