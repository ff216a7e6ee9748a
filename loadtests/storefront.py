"""Shoppers of the storefront: `locust -f loadtests/storefront.py`, told what to do by the file in DRILL_LOAD_CONFIG.

Requests are due at the rate of the profile and each is sent when it is due, whether or not the one before was
answered: a stall of the stack is seen by every request that was due in it.
"""

import os
import random
import ssl
import uuid
from typing import Any

from locust import events, task
from locust.runners import MasterRunner, WorkerRunner

from harness.load.settings import CONFIG
from harness.probes.dns import Cached, RegionMap
from harness.probes.http import Url
from harness.probes.lifeline import die_with, die_with_parent
from loadtests.basket import Basket
from loadtests.client import Client, Entry
from loadtests.dispatcher import Dispatcher
from loadtests.engine import Engine
from loadtests.master import Master
from loadtests.open_user import OpenUser
from loadtests.population import Population
from loadtests.told import settings_told
from loadtests.worker import Worker

SKUS = tuple(f"SKU-{number:02}" for number in range(1, 21))
WORDS = ("kettle", "quill", "flask", "ne", "er")

die_with_parent()
settings = settings_told()
url = Url(settings.url)
parent = os.getpid()  # of the workers that Locust forks
chance = random.Random(settings.seed)
random.seed(settings.seed)  # Locust draws the journeys


class Shopper(OpenUser):
    """Browses, searches, fills a cart, orders and checks out. A class of each population sets where from."""

    abstract = True
    place: Population
    entry: Entry

    def __init__(self, environment: Any) -> None:
        super().__init__(environment)
        self.chance = random.Random(chance.random())
        self.basket = Basket()

    def new_client(self) -> Client:
        """A browser at the population's place."""
        return Client(self.entry, self.place)

    def make_room(self) -> None:
        """Somebody else comes, with an empty cart."""
        super().make_room()
        self.basket = Basket()

    @task
    def browse(self) -> None:
        """Look at the catalogue."""
        self.get("/catalogue")

    @task
    def search(self) -> None:
        """Look for something by its name."""
        self.get(f"/search?q={self.chance.choice(WORDS)}", "/search")

    @task
    def cart(self) -> None:
        """Put something into the cart; the session cookie says whose."""
        self.post("/cart", {"sku": self.chance.choice(SKUS)}, self.basket.added)

    @task
    def order(self) -> None:
        """Order something. These orders are not the ledger's."""
        self.post("/orders", {"id": self.new_order(), "sku": self.chance.choice(SKUS)})

    @task
    def checkout(self) -> None:
        """Look around, put two things into the cart and order what is in it."""
        self.browse()
        self.cart()
        self.cart()
        self.post("/checkout", {"id": self.new_order()}, self.basket.checked_out)

    def new_order(self) -> str:
        """An id that no other order has."""
        return f"{settings.order_prefix}-{uuid.UUID(int=self.chance.getrandbits(128))}"


def shoppers_of(name: str) -> type[Shopper]:
    """The user class of one population, with its part of the load."""
    crowd = settings.populations[name]
    place = Population(
        name=name,
        host=url.host,
        cached=Cached(settings.time_scale),
        regions=RegionMap.of(settings.regions),
        source=crowd.source,
        client_subnet=crowd.client_subnet,
        resolver=settings.resolver,
    )
    members = {
        "abstract": False,
        "population": name,
        "place": place,
        "fixed_count": settings.users_of(name),
        "think_ns": round(settings.think_time / settings.time_scale * 1e9),
        "stay_ns": round(settings.stay / settings.time_scale * 1e9),
    }
    kind = type(f"{name}Shopper", (Shopper,), members)
    # Not a member: Locust would add it to the tasks of the class above.
    kind.tasks = [getattr(Shopper, journey) for journey, weight in settings.mix.items() for _ in range(weight)]
    return kind


shoppers = {name: shoppers_of(name) for name in settings.populations if settings.users_of(name)}
globals().update({kind.__name__: kind for kind in shoppers.values()})


@events.init.add_listener
def begin(environment: Any, **_: Any) -> None:
    """Give each population its dispatcher, in the process that sends, or the master its workers."""
    phases = {name: chance.random() for name in shoppers}
    runner = environment.runner
    if isinstance(runner, MasterRunner):
        Master(environment, settings, phases, {name: kind.__name__ for name, kind in shoppers.items()}).attach()
        return
    context = ssl.create_default_context() if url.secure else None
    Shopper.entry = Entry(url, settings.connect_timeout, settings.total_timeout, context)
    for name, kind in shoppers.items():
        kind.dispatcher = Dispatcher(settings.rate_of(name), phases[name])
    engine = Engine(environment, settings, {name: kind.dispatcher for name, kind in shoppers.items()})
    if isinstance(runner, WorkerRunner):
        work(engine, runner)
    else:
        engine.attach_alone()


def work(engine: Engine, runner: WorkerRunner) -> None:
    """A worker that this process was forked for dies with its master; every worker has chances of its own."""
    forked = os.getpid() != parent
    if forked:
        die_with(parent)
    chance.seed(f"{settings.seed} {runner.worker_index}")
    random.seed(f"{settings.seed} {runner.worker_index}")
    Worker(engine, runner, remote=CONFIG not in os.environ).attach()
