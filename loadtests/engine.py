"""The open model in one Locust process: starts and stops its dispatchers with the test, and listens to its parent."""

import gc
import os
import time
from collections.abc import Mapping
from itertools import count
from typing import Any

import gevent
from gevent.socket import wait_read

from harness.load.settings import LoadSettings
from harness.probes.lifeline import stdin_is_lifeline
from harness.probes.sink import FLUSH_EVERY
from loadtests.dispatcher import Dispatcher
from loadtests.recorder import Recorder
from loadtests.statistics import Statistics
from loadtests.vitals import Vitals

GRACE = 0.5
LOOK_EVERY = 0.01
BEGIN = b"begin"
SHOW_EVERY = 5
COLLECT = (20_000, 50, 1000)


class Engine:
    """The dispatchers of this process by population, and what they have in common."""

    def __init__(self, environment: Any, settings: LoadSettings, dispatchers: Mapping[str, Dispatcher]) -> None:
        self.environment = environment
        self.settings = settings
        self.dispatchers = dispatchers
        self.recorder = Recorder(settings.records)
        self.statistics = Statistics(environment)
        self.vitals: Vitals | None = None

    def attach(self) -> None:
        """Follow the events of Locust, and what the parent writes to stdin."""
        events = self.environment.events
        events.spawning_complete.add_listener(lambda **_: gevent.spawn(self.start))
        events.quitting.add_listener(lambda **_: self.stop())  # Locust looks at its own source first, for 0.4 s
        events.test_stopping.add_listener(lambda **_: self.stop())
        events.quit.add_listener(lambda **_: self.close())
        gevent.spawn(self._flush)
        if stdin_is_lifeline():
            gevent.spawn(self._listen)

    def start(self) -> None:
        """Let requests be due from now on, once every shopper waits. Starting twice is harmless."""
        while sum(each.ready.waiting for each in self.dispatchers.values()) < self.environment.runner.user_count:
            gevent.sleep(LOOK_EVERY)
        gc.collect()
        gc.freeze()  # thousands of shoppers are not looked through again and again, each time for 0.1 s
        gc.set_threshold(*COLLECT)
        now = time.monotonic_ns()
        if self.vitals is None:
            self.vitals = Vitals()
            self.recorder.begin(now)
        for each in self.dispatchers.values():
            if not each.running:
                each.start(now)

    def begin(self, at: int) -> None:
        """The profile begins at a moment, in monotonic ns."""
        for name, each in self.dispatchers.items():
            each.begin(at, self.settings.points_of(name), self.settings.time_scale)

    def assign(self, index: int, count: int) -> None:
        """This process is worker `index` of `count` from now on."""
        for each in self.dispatchers.values():
            each.assign(index, count)

    def stop(self) -> None:
        """Nothing is due any more; returns when everything was answered or given up."""
        for each in self.dispatchers.values():
            each.stop()
        until = time.monotonic() + self.settings.total_timeout + GRACE
        while not all(each.idle for each in self.dispatchers.values()) and time.monotonic() < until:
            gevent.sleep(LOOK_EVERY)

        self.statistics.flush()

    def close(self) -> None:
        """Close the records."""
        each = self.dispatchers.values()
        self.recorder.close(
            planned=sum(d.planned for d in each),
            dropped=sum(d.dropped for d in each),
            most_at_once=sum(d.most_at_once for d in each),
            shoppers=self.settings.users,
            **(self.vitals.figures() if self.vitals else {}),
        )

    def _flush(self) -> None:
        for turn in count():
            gevent.sleep(FLUSH_EVERY)
            self.recorder.flush()
            if turn % SHOW_EVERY == 0:
                self.statistics.flush()

    def _listen(self) -> None:
        """Lines of the parent; the end of its pipe is its death."""
        rest = b""
        while True:
            wait_read(0)
            data = os.read(0, 1024)
            if not data:
                self.environment.runner.quit()
                return
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                self._told(line.split())

    def _told(self, words: list[bytes]) -> None:
        if len(words) == 2 and words[0] == BEGIN and self.settings.points:
            self.begin(int(words[1]))
