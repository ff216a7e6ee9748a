"""Requests are handed out when they are due; in a process of its own, as gevent is never imported into the tests."""

import json
from typing import Any

from tests.loadtests.children import printed

BEGIN = """
import json, time
import gevent
from loadtests.dispatcher import Dispatcher

SECOND = 1_000_000_000

class Shopper:
    '''Answers after `takes` seconds, and then waits again.'''
    def __init__(self, takes=0.0):
        self.takes, self.handed = takes, []
    def hand(self, due):
        self.handed.append((due, time.monotonic_ns()))
        gevent.spawn_later(self.takes, self.answered)
    def answered(self):
        dispatcher.answered()
        dispatcher.ready.rest(self, self.handed[-1][0])

def run(rate, shoppers, seconds=0.5):
    global dispatcher
    dispatcher = Dispatcher(rate, 0.5)
    for each in shoppers:
        dispatcher.ready.arrive(each)
    dispatcher.start(time.monotonic_ns())
    gevent.sleep(seconds)
    dispatcher.stop()
    while not dispatcher.idle:
        gevent.sleep(0.001)

def figures():
    return dict(planned=dispatcher.planned, dropped=dispatcher.dropped, most=dispatcher.most_at_once)
"""


def told(program: str) -> Any:
    return json.loads(printed(BEGIN + program))


def test_every_due_time_is_handed_out_once_and_not_before() -> None:
    said = told("""
shoppers = [Shopper() for _ in range(20)]
run(200, shoppers)
handed = sorted(pair for s in shoppers for pair in s.handed)
gaps = [b[0] - a[0] for a, b in zip(handed, handed[1:])]
early = sum(at < due for due, at in handed)
print(json.dumps([figures(), len(handed), early, min(gaps), max(gaps)]))
""")
    figures, handed, early, shortest, longest = said
    assert handed == figures["planned"] > 50
    assert (figures["dropped"], early) == (0, 0)
    assert longest - shortest <= 2


def test_answers_that_take_long_do_not_slow_the_rate_down() -> None:
    figures = told("run(200, [Shopper(takes=0.3) for _ in range(200)])\nprint(json.dumps(figures()))")
    assert figures["dropped"] == 0
    assert figures["most"] >= 50


def test_when_all_shoppers_are_busy_what_is_due_is_dropped_and_counted() -> None:
    said = told("""
shoppers = [Shopper(takes=0.2) for _ in range(3)]
run(100, shoppers)
print(json.dumps([figures(), sum(len(s.handed) for s in shoppers)]))
""")
    figures, handed = said
    assert figures["dropped"] > 0
    assert figures["planned"] == handed + figures["dropped"]
    assert figures["most"] == 3


def test_a_frozen_process_owes_all_that_was_due_meanwhile() -> None:
    said = told("""
shoppers = [Shopper() for _ in range(300)]
gevent.spawn_later(0.1, time.sleep, 0.3)
run(300, shoppers)
handed = sorted(pair for s in shoppers for pair in s.handed)
gaps = [b[0] - a[0] for a, b in zip(handed, handed[1:])]
print(json.dumps([figures(), len(handed), max(gaps), max(at - due for due, at in handed)]))
""")
    figures, handed, longest_gap, latest = said
    assert (figures["dropped"], figures["planned"]) == (0, handed)
    assert longest_gap < 3_400_000
    assert latest > 200_000_000


def test_a_profile_begins_while_requests_are_due_and_a_worker_takes_its_share() -> None:
    said = told("""
shoppers = [Shopper() for _ in range(50)]
def later():
    dispatcher.begin(time.monotonic_ns(), [(0.0, 400.0), (100.0, 400.0)], 1.0)
    dispatcher.assign(1, 4)
gevent.spawn_later(0.2, later)
run(10, shoppers, 0.7)
dues = sorted(due for s in shoppers for due, _ in s.handed)
print(json.dumps([b - a for a, b in zip(dues, dues[1:])]))
""")
    assert abs(said[-1] - 10_000_000) <= 2
    assert len(said) > 20
