"""Shoppers of the storefront: `locust -f loadtests/storefront.py`, told what to do by the file in DRILL_LOAD_CONFIG.

Each user has due times of its own and sends each request when it is due, whether or not the one before was answered:
a stall of the stack is seen by every request that was due in it.
"""

import os
import random
import ssl
import time
import uuid
from collections.abc import Iterator
from itertools import count as counting
from pathlib import Path
from typing import Any

import gevent
from gevent.pool import Group
from gevent.socket import wait_read
from locust import User, events, task

from harness.load.settings import CONFIG, LoadSettings
from harness.probes.dns import Cached, RegionMap
from harness.probes.http import Url
from harness.probes.lifeline import die_with_parent, stdin_is_lifeline
from harness.probes.sink import FLUSH_EVERY
from loadtests.client import Client
from loadtests.population import Population
from loadtests.recorder import Recorder
from loadtests.schedule import Schedule
from loadtests.wakeups import Wakeups

SKUS = tuple(f"sku-{number}" for number in range(1, 21))
GRACE = 0.5
EARLY = 0.005

die_with_parent()
settings = LoadSettings.load(Path(os.environ[CONFIG]))
entry = Url(settings.url)
context = ssl.create_default_context() if entry.secure else None
recorder = Recorder(settings.records)
wakeups = Wakeups()
shoppers: list["Shopper"] = []
under_way = Group()
chance = random.Random(settings.seed)


class Shopper(User):
    """Browses, fills a cart and orders. `population`, `rate` and `phases` are set by a class of each population."""

    abstract = True
    population: Population
    rate: float
    phases: Iterator[float]

    def __init__(self, environment: Any) -> None:
        super().__init__(environment)
        self.chance = random.Random(chance.random())
        self.client = Client(entry, self.population, settings.connect_timeout, settings.total_timeout, context)
        self.schedule = Schedule(time.monotonic_ns(), self.rate, next(self.phases))
        shoppers.append(self)

    def on_start(self) -> None:
        """Wait for the first due time."""
        gevent.sleep(self.wait_time())

    def wait_time(self) -> float:
        """Seconds until shortly before the next request is due; nothing when it is late."""
        return max(0.0, (self.schedule.next - time.monotonic_ns()) / 1e9 - EARLY)

    @task
    def visit(self) -> None:
        """Send what is due next."""
        while (due := self.schedule.next) > time.monotonic_ns():
            wakeups.until(due)
        self.schedule.take()
        (what,) = self.chance.choices(list(settings.mix), list(settings.mix.values()))
        under_way.spawn(getattr(self, what), due)

    def browse(self, due: int) -> None:
        """Look at the catalogue."""
        self._send(due, "GET", "/catalogue")

    def cart(self, due: int) -> None:
        """Put something into the cart; the session cookie says whose."""
        self._send(due, "POST", "/cart", {"sku": self.chance.choice(SKUS)})

    def order(self, due: int) -> None:
        """Order something. These orders are not the ledger's."""
        order_id = f"{settings.order_prefix}-{uuid.UUID(int=self.chance.getrandbits(128))}"
        self._send(due, "POST", "/orders", {"id": order_id, "sku": self.chance.choice(SKUS)})

    def _send(self, due: int, method: str, path: str, body: Any = None) -> None:
        exchange = self.client.send(method, path, body)
        self.environment.events.request.fire(
            request_type=method,
            name=f"{method} {path}",
            response_time=(exchange.finished - due) / 1e6,
            response_length=exchange.size,
            exception=OSError(exchange.error) if exchange.error else None,
            context={"population": self.population.name, "due": due, "exchange": exchange},
        )


def users_of(name: str) -> type[Shopper]:
    """The user class of one population."""
    crowd, count = settings.populations[name], settings.users_of(name)
    population = Population(
        name=name,
        host=entry.host,
        cached=Cached(settings.time_scale),
        regions=RegionMap.of(settings.regions),
        source=crowd.source,
        client_subnet=crowd.client_subnet,
        resolver=settings.resolver,
    )
    members = {
        "population": population,
        "fixed_count": count,
        "rate": settings.rate_of(name) / count,
        "phases": phases(count),
        "abstract": False,
    }
    return type(f"{name}Shopper", (Shopper,), members)


def phases(users: int) -> Iterator[float]:
    """Where in their period the users of a population send: spread evenly, from a random one on."""
    first = chance.random()
    return ((first + number) / users % 1 for number in counting())


globals().update({f"{name}Shopper": users_of(name) for name in settings.populations if settings.users_of(name)})


def begin(environment: Any, **_: Any) -> None:
    """Record, flush regularly, and end with the parent."""
    environment.events.request.add_listener(recorder.on_request)
    environment.events.quitting.add_listener(_stop_planning)
    gevent.spawn(_flush)
    if stdin_is_lifeline():
        gevent.spawn(_end_with_parent, environment)


def end(exit_code: int, **_: Any) -> None:
    """Give requests under way their time to be answered, then close the records."""
    under_way.join(timeout=settings.total_timeout + GRACE)
    recorder.close(sum(shopper.schedule.planned for shopper in shoppers))


def _stop_planning(**_: Any) -> None:
    """Nothing is due any more; what was due already is sent, however late."""
    now = time.monotonic_ns()
    for shopper in shoppers:
        shopper.schedule.stop(now)
        while shopper.schedule.next <= now:
            shopper.visit()


def _flush() -> None:
    while True:
        gevent.sleep(FLUSH_EVERY)
        recorder.flush()


def _end_with_parent(environment: Any) -> None:
    while True:
        wait_read(0)
        if not os.read(0, 1024):
            environment.runner.quit()
            return


events.init.add_listener(begin)
events.quit.add_listener(end)
