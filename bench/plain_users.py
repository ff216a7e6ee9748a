"""Users as most load tests write them, for Locust's own statistics: closed loop, or paced by constant_throughput.

`PACE` is requests per second of one user; without it each asks again as soon as it was answered. `SAID` is a file for
what they measured: how late each request was against its user's own even schedule, and how long it took.
"""

import json
import os
import random
import time
from pathlib import Path
from typing import Any

import gevent
from locust import FastHttpUser, constant, constant_throughput, events, task

PACE = float(os.environ.get("PACE", "0"))
SAID = os.environ.get("SAID", "")
TIMEOUT = 5.0
late: list[float] = []
took: list[float] = []


class Reader(FastHttpUser):
    """Looks at the catalogue again and again."""

    wait_time = constant_throughput(PACE) if PACE else constant(0)
    connection_timeout = network_timeout = TIMEOUT

    def on_start(self) -> None:
        """Begin somewhere in the period, so that paced users do not ask all at once."""
        gevent.sleep(random.random() / PACE if PACE else 0)
        self._cp_last_run = time.perf_counter()  # pacing would else count from the birth, which all users share
        self.began = self._cp_last_run
        self.sent = 0

    @task
    def read(self) -> None:
        """One request."""
        if SAID:
            late.append(1000 * (time.perf_counter() - self.began - self.sent / PACE))
            self.sent += 1
        self.client.get("/catalogue")


def say(**_: Any) -> None:
    """Write what was measured."""
    figures = {"late ms": spread(late), "took ms": spread(took)}
    Path(SAID).write_text(json.dumps(figures), encoding="utf-8")


def spread(values: list[float]) -> list[float]:
    """p50 and p99."""
    inorder = sorted(values)
    return [inorder[round(part * (len(inorder) - 1))] for part in (0.5, 0.99)] if inorder else []


if SAID:
    events.request.add_listener(lambda response_time, **_: took.append(response_time))
    events.quitting.add_listener(say)
