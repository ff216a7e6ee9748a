"""A Locust user of the open model: its tasks are journeys, and each of their requests waits for its due time."""

from collections.abc import Callable
from typing import Any, ClassVar

import gevent
from gevent import get_hub
from locust import User
from locust.exception import StopUser
from locust.user.users import LOCUST_STATE_RUNNING, LOCUST_STATE_STOPPING, LOCUST_STATE_WAITING

from loadtests.basket import CartSeen
from loadtests.client import Client, Exchange
from loadtests.dispatcher import Dispatcher
from loadtests.recorder import Recorder
from loadtests.statistics import Statistics

LAZY = 0.1
Judge = Callable[[int | None, Any], CartSeen]
LABELS: dict[tuple[str, str], str] = {}


class OpenUser(User):
    """A session: cookies and kept connections last as long as the shopper stays. How many users there are caps
    concurrency.

    A class of its own for each population sets `population`, `dispatcher`, `recorder`, `statistics`, `think_ns` and
    `stay_ns` (0: for ever); `new_client` makes its client.
    """

    abstract = True
    population: ClassVar[str]
    dispatcher: ClassVar[Dispatcher]
    recorder: ClassVar[Recorder]
    statistics: ClassVar[Statistics]
    think_ns: ClassVar[int] = 0
    stay_ns: ClassVar[int] = 0

    def __init__(self, environment: Any) -> None:
        super().__init__(environment)
        self.client = self.new_client()
        self.due = 0
        self._came = 0
        self._finished = 0
        self._began = False

    def new_client(self) -> Client:
        """The client of one session."""
        raise NotImplementedError

    def make_room(self) -> None:
        """The shopper leaves and another comes: nobody knows them."""
        self.client.forget_cookies()
        self._came = 0

    def on_start(self) -> None:
        """Between two journeys there is no pause but the dispatcher's."""
        self._taskset_instance.wait = self._ended
        self._waits = get_hub()

    def on_stop(self) -> None:
        """Close the session."""
        self.client.close()

    def get(self, path: str, name: str = "") -> Exchange:
        """GET when it is due; statistics go by `name` where paths differ."""
        return self.request("GET", path, None, name)

    def post(self, path: str, body: Any, judge: Judge | None = None) -> Exchange:
        """POST a document as JSON when it is due; `judge` says of the answer what became of the cart."""
        return self.request("POST", path, body, "", judge)

    def request(self, method: str, path: str, body: Any = None, name: str = "", judge: Judge | None = None) -> Exchange:
        """Wait for the next due time, send once, and keep what came of it."""
        self._await_turn()
        try:
            exchange = self.client.send(method, path, body)
        finally:
            self.dispatcher.answered()
        self._finished = finished = exchange.finished
        name, due = name or path, self.due
        label = LABELS.get((method, name)) or LABELS.setdefault((method, name), f"{method} {name}")
        seen = judge(exchange.status, exchange.document()) if judge else None
        self.recorder.add(self.population, method, label, due, exchange, seen)
        self.statistics.note(method, label, (finished - due) / 1e6, len(exchange.body), exchange.error)
        return exchange

    def hand(self, due: int) -> None:
        """The dispatcher's: go on, in its own greenlet's place."""
        self.due = due
        self._came = self._came or due
        self._greenlet.switch()

    def _await_turn(self) -> None:
        ready = self.dispatcher.ready
        if self._began:
            ready.think(self, max(self._finished, self.due + self.think_ns))
        elif self.due:
            ready.rest(self, self.due)
        else:
            ready.arrive(self)
        self._began = True
        self._state = LOCUST_STATE_WAITING  # Locust may end a user that waits
        try:
            self._waits.switch()
        except BaseException:
            ready.leave(self)
            raise
        self._state = LOCUST_STATE_RUNNING

    def _ended(self) -> None:
        """A journey ended."""
        if self._state == LOCUST_STATE_STOPPING:
            raise StopUser
        if not self._began:  # it sent nothing, and would spin
            gevent.sleep(LAZY)
        self._began = False
        if self.stay_ns and self.due - self._came >= self.stay_ns:
            self.make_room()
