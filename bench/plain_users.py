"""Users as most load tests write them, for Locust's own statistics: closed loop, or paced by constant_throughput.

`PACE` is requests per second of one user; without it each asks again as soon as it was answered.
"""

import os
import random
import time

import gevent
from locust import FastHttpUser, constant, constant_throughput, task

PACE = float(os.environ.get("PACE", "0"))
TIMEOUT = 5.0


class Reader(FastHttpUser):
    """Looks at the catalogue again and again."""

    wait_time = constant_throughput(PACE) if PACE else constant(0)
    connection_timeout = network_timeout = TIMEOUT

    def on_start(self) -> None:
        """Begin somewhere in the period, so that paced users do not ask all at once."""
        gevent.sleep(random.random() / PACE if PACE else 0)
        self._cp_last_run = time.perf_counter()  # pacing would else count from the birth, which all users share

    @task
    def read(self) -> None:
        """One request."""
        self.client.get("/catalogue")
