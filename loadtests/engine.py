"""The open model in one Locust process: starts and stops its dispatchers, and keeps what they recorded."""

import gc
import time
from collections.abc import Mapping
from itertools import count
from typing import Any

import gevent

from harness.load.settings import LoadSettings
from harness.probes.sink import FLUSH_EVERY, Sink
from loadtests.dispatcher import Dispatcher
from loadtests.open_user import OpenUser
from loadtests.parent import listen
from loadtests.recorder import Recorder
from loadtests.statistics import Statistics
from loadtests.vitals import Vitals

GRACE = 0.5
LOOK_EVERY = 0.01
SHOW_EVERY = 5
COLLECT = (20_000, 50, 1000)


class Engine:
    """The dispatchers of this process by population, and what they have in common."""

    def __init__(self, environment: Any, settings: LoadSettings, dispatchers: Mapping[str, Dispatcher]) -> None:
        self.environment = environment
        self.settings = settings
        self.dispatchers = dispatchers
        self.statistics = Statistics(environment)
        self.vitals: Vitals | None = None
        self.shoppers = 0
        self.recorder: Recorder | None = None
        OpenUser.statistics = self.statistics

    def record(self, recorder: Recorder) -> None:
        """Where every request is kept from now on."""
        self.recorder = recorder
        OpenUser.recorder = recorder

    def attach(self) -> None:
        """Follow the events of Locust, and write what was recorded."""
        events = self.environment.events
        events.quitting.add_listener(lambda **_: self.stop())  # Locust looks at its own source first, for 0.4 s
        events.test_stopping.add_listener(lambda **_: self.stop())
        events.quit.add_listener(lambda **_: self.close())
        gevent.spawn(self._flush)

    def attach_alone(self) -> None:
        """The same in the only process: it starts by itself, and follows what the parent writes to stdin."""
        self.record(Recorder(Sink(self.settings.records)))
        self.attach()
        self.environment.events.spawning_complete.add_listener(lambda **_: gevent.spawn(self.start))
        listen(self.environment, self.begin)

    @property
    def waiting(self) -> int:
        """How many shoppers wait for what is due."""
        return sum(each.ready.waiting for each in self.dispatchers.values())

    def start(self) -> None:
        """Let requests be due from now on, once every shopper waits. Starting twice is harmless."""
        while self.waiting < self.environment.runner.user_count:
            gevent.sleep(LOOK_EVERY)
        self.settle()
        now = time.monotonic_ns()
        for each in self.dispatchers.values():
            if not each.running:
                each.start(now)

    def settle(self) -> None:
        """Every shopper is there, and the load is about to begin: from now on it is watched how the process is."""
        self.shoppers = self.waiting
        gc.collect()
        gc.freeze()  # thousands of shoppers are not looked through again and again, each time for 0.1 s
        gc.set_threshold(*COLLECT)
        if self.vitals is None:
            self.vitals = Vitals()
            if self.recorder is not None:
                self.recorder.begin(time.monotonic_ns())

    def begin(self, at: int) -> None:
        """The profile begins at a moment, in monotonic ns."""
        if self.settings.points:
            for name, each in self.dispatchers.items():
                each.begin(at, self.settings.points_of(name), self.settings.time_scale)

    def stop(self, at: int | None = None) -> None:
        """Nothing is due after a moment, or after now; returns when everything was answered or given up."""
        for each in self.dispatchers.values():
            each.stop(at)
        until = time.monotonic() + self.settings.total_timeout + GRACE
        while not all(each.idle for each in self.dispatchers.values()) and time.monotonic() < until:
            gevent.sleep(LOOK_EVERY)
        self.statistics.flush()

    def close(self) -> None:
        """Close the records."""
        if self.recorder is not None:
            self.recorder.close(**self.figures())

    def figures(self) -> dict[str, Any]:
        """What the closing line says."""
        each = self.dispatchers.values()
        return {
            "planned": sum(d.planned for d in each),
            "dropped": sum(d.dropped for d in each),
            "most_at_once": sum(d.most_at_once for d in each),
            "shoppers": self.shoppers,
            **(self.vitals.figures() if self.vitals else {}),
        }

    def _flush(self) -> None:
        for turn in count():
            gevent.sleep(FLUSH_EVERY)
            if self.recorder is not None:
                self.recorder.flush()
            if turn % SHOW_EVERY == 0:
                self.statistics.flush()
