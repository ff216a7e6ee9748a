"""The Locust master: gives every worker its part of the load at one moment, watches them, and keeps the plan.

A worker that is not heard of for a while has stopped by itself by then, as its lease is over; the others take its part.
What was due in between was sent by nobody: the plan is reckoned here, from the profile.
"""

import time
from collections.abc import Mapping
from typing import Any

import gevent

from harness.load.clock_offset import RoundTrip
from harness.load.settings import LoadSettings
from harness.probes.sink import Sink
from loadtests import messages
from loadtests.arrivals import Arrivals
from loadtests.crew import SECOND, Member, parts
from loadtests.parent import listen
from loadtests.recorder import Recorder

LEAD = SECOND // 2
STOP_LEAD = SECOND // 4
SETTLED = SECOND // 2
GRACE = 2.0
LOOK_EVERY = 0.02


class Master:
    """Steers the workers of one run. `phases`: of each population's dispatchers; `classes`: its user class."""

    def __init__(
        self, environment: Any, settings: LoadSettings, phases: Mapping[str, float], classes: Mapping[str, str]
    ) -> None:
        self._environment, self._runner, self._settings = environment, environment.runner, settings
        self._phases, self._classes = phases, classes
        self._crew: dict[str, Member] = {}
        self._files: dict[str, Sink] = {}
        self._plan: dict[str, Arrivals] = {}
        self._recorder: Recorder | None = None
        self._start = self._looked = 0
        self._since = 0
        self._begin: int | None = None
        self._stopped: int | None = None

    def attach(self) -> None:
        """Follow Locust's events, what workers say, and what the parent writes to stdin."""
        listeners = {
            messages.SETTINGS: self._asked,
            messages.HELLO: self._joined,
            messages.PONG: self._answered,
            messages.RECORDS: self._recorded,
            messages.DONE: self._ended,
        }
        for kind, listener in listeners.items():
            self._runner.register_message(kind, listener)
        events = self._environment.events
        events.spawning_complete.add_listener(lambda **_: gevent.spawn(self._go))
        events.quitting.add_listener(lambda **_: self._stop())
        gevent.spawn(self._watch)
        listen(self._environment, self._began)

    # what workers say

    def _asked(self, msg: Any, **_: Any) -> None:
        self._runner.send_message(messages.SETTINGS, {"settings": self._settings.as_json()}, msg.node_id)

    def _joined(self, msg: Any, **_: Any) -> None:
        told, now = msg.data, time.monotonic_ns()
        number = len(self._crew) + 1
        self._crew[msg.node_id] = Member(msg.node_id, number, told["host"], told["remote"], heard=now)
        if told["remote"]:
            self._files[msg.node_id] = Sink(self._settings.records_of(number))

    def _answered(self, msg: Any, **_: Any) -> None:
        if (member := self._crew.get(msg.node_id)) is not None:
            told, now = msg.data, time.monotonic_ns()
            trip = RoundTrip(sent=told["sent"], answered=told["answered"], received=now)
            member.answered(trip, waiting=told["waiting"], relieved=told["relieved"])

    def _recorded(self, msg: Any, **_: Any) -> None:
        file = self._files[msg.node_id]
        file.add(msg.data["lines"])
        file.flush()

    def _ended(self, msg: Any, **_: Any) -> None:
        self._crew[msg.node_id].done = True

    # the load

    def _go(self) -> None:
        """Start together once every shopper waits and every clock is known. Locust spawns more than once."""
        if self._start:
            return
        while not self._ready():
            gevent.sleep(LOOK_EVERY)
        self._recorder = Recorder(Sink(self._settings.records))
        self._start = self._since = time.monotonic_ns() + LEAD
        self._plan = {
            name: Arrivals(self._start, self._settings.rate_of(name), phase) for name, phase in self._phases.items()
        }
        for member in self._crew.values():
            member.working = True
        self._tell()
        self._recorder.flush()

    def _ready(self) -> bool:
        members = self._crew.values()
        expected = len(members) >= self._runner.worker_count > 0 and all(each.synchronised for each in members)
        return expected and sum(each.waiting for each in members) >= self._runner.user_count

    def _began(self, at: int) -> None:
        """The profile begins; before the load runs there is nothing to begin."""
        if self._start and self._begin is None and self._settings.points:
            self._begin = at
            for name, plan in self._plan.items():
                plan.begin(at, self._settings.points_of(name), self._settings.time_scale)
            self._tell()

    def _tell(self) -> None:
        """Tell every working member how things stand: its part, since when, and the profile."""
        working = [each for each in self._crew.values() if each.working]
        shares = parts(working, {name: self._shoppers(kind) for name, kind in self._classes.items()})
        for each in working:
            content = {
                "number": each.number,
                "start": self._start + each.offset,
                "since": self._since + each.offset,
                "begin": None if self._begin is None else self._begin + each.offset,
                "offset": each.offset,
                "parts": shares[each.id],
            }
            self._runner.send_message(messages.GO, content, each.id)

    def _shoppers(self, kind: str) -> dict[str, int]:
        return {id_: node.user_classes_count.get(kind, 0) for id_, node in self._runner.clients.items()}

    # who is there

    def _watch(self) -> None:
        while True:
            now = time.monotonic_ns()
            for member in self._crew.values():
                self._runner.send_message(messages.PING, {"sent": now}, member.id)
            # Whoever was not asked because this process stood still is not lost for that.
            settled = self._start and now > self._since + SETTLED
            if settled and self._stopped is None and now - self._looked < SECOND:
                self._look(now)
            self._looked = now
            gevent.sleep(messages.PING_EVERY)

    def _look(self, now: int) -> None:
        """Give the part of those who are gone to the others, and a part to those who came back."""
        lost = [each for each in self._crew.values() if each.working and (each.silent(now) or each.relieved)]
        back = [each for each in self._crew.values() if not each.working and not each.silent(now) and each.absences]
        if not lost and not back:
            return
        self._since = now + LEAD
        for each in lost:
            each.working = False
            each.absences.append(self._absence(each))
        for each in back:
            each.working = True
            each.absences[-1]["back_at"] = self._since
        self._tell()

    def _absence(self, member: Member) -> dict[str, Any]:
        """From when a worker was last heard of until others take its part."""
        working = sum(each.working for each in self._crew.values()) + 1
        due = sum(plan.due_until(self._since) - plan.due_until(member.heard) for plan in self._plan.values())
        return {"heard_at": member.heard, "taken_over_at": self._since, "due_meanwhile": round(due / working)}

    # the end

    def _stop(self) -> None:
        """Stop together; return when every worker that is there has closed its records."""
        if not self._start or self._stopped is not None:
            return
        self._stopped = time.monotonic_ns() + STOP_LEAD
        for member in self._crew.values():
            self._runner.send_message(messages.STOP, {"at": self._stopped + member.offset}, member.id)
        until = time.monotonic() + self._settings.total_timeout + GRACE
        while any(each.working and not each.done for each in self._crew.values()) and time.monotonic() < until:
            gevent.sleep(LOOK_EVERY)
        self._close(self._stopped)

    def _close(self, stopped: int) -> None:
        for file in self._files.values():
            file.close()
        if self._recorder is not None:
            planned = sum(plan.due_until(stopped) for plan in self._plan.values())
            self._recorder.close(planned=planned, crew=[self._told(each) for each in self._crew.values()])

    def _told(self, member: Member) -> dict[str, Any]:
        """What the closing line says of a worker."""
        return {
            "worker": member.number,
            "host": member.host,
            "remote": member.remote,
            "ended_in_order": member.done,
            "clock_uncertainty_ms": member.uncertainty_ms,
            "absences": member.absences,
        }
