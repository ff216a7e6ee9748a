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


def test_two_dispatchers_change_their_parts_at_one_moment_and_nothing_is_sent_twice_or_by_nobody() -> None:
    said = told("""
start = time.monotonic_ns() + SECOND // 20
pair, handed = [], []
class Taker:
    def __init__(self, of): self.of = of
    def hand(self, due):
        handed.append(due)
        self.of.answered()
        self.of.ready.rest(self, due)
for index in range(2):
    each = Dispatcher(500, 0.5)
    for _ in range(20):
        each.ready.arrive(Taker(each))
    each.assign(index, 2)
    each.start(start)
    pair.append(each)
gevent.sleep(0.15)
pair[0].assign(0, 1, start + SECOND // 4)
pair[1].assign(0, 1_000_000, start + SECOND // 4)
pair[0].assign(1, 2, start + SECOND // 2)
pair[1].assign(0, 2, start + SECOND // 2)
for each in pair:
    each.stop(start + SECOND)
while not all(each.idle for each in pair):
    gevent.sleep(0.01)
gaps = {b - a for a, b in zip(sorted(handed), sorted(handed)[1:])}
print(json.dumps([len(handed), min(gaps), max(gaps), sum(each.planned for each in pair)]))
""")
    assert said == [500, 2_000_000, 2_000_000, 500]


def test_without_a_lease_nothing_is_handed_out_until_the_part_is_assigned_anew() -> None:
    said = told("""
shoppers = [Shopper() for _ in range(50)]
began = time.monotonic_ns()
def relieve():
    dispatcher.renew(began + SECOND // 5)
def renew():
    global relieved
    dispatcher.renew(began + 5 * SECOND)
    relieved = dispatcher.relieved
    gevent.sleep(0.1)
    dispatcher.assign(0, 1, began + 6 * SECOND // 10)
gevent.spawn_later(0.05, relieve)
gevent.spawn_later(0.4, renew)
run(100, shoppers, 0.8)
dues = sorted((due - began) / SECOND for s in shoppers for due, _ in s.handed)
gap = max(range(1, len(dues)), key=lambda n: dues[n] - dues[n - 1])
print(json.dumps([relieved, dues[gap - 1], dues[gap], dispatcher.relieved, figures()["dropped"]]))
""")
    relieved, last, first, still, dropped = said
    assert (relieved, still, dropped) == (True, False, 0)
    assert last <= 0.2
    assert 0.6 <= first < 0.65


def test_a_lease_that_is_renewed_too_late_is_over_even_before_anything_was_due() -> None:
    said = told(
        """
shoppers = [Shopper() for _ in range(50)]
def frozen():
    dispatcher.renew(time.monotonic_ns() + SECOND // 10)
    time.sleep(0.3)
    dispatcher.renew(time.monotonic_ns() + 5 * SECOND)
gevent.spawn_later(0.1, frozen)
run(50, shoppers, 0.6)
print(json.dumps([dispatcher.relieved, max(at for s in shoppers for _, at in s.handed) - began]))
""".replace("run(50", "began = time.monotonic_ns()\nrun(50")
    )
    relieved, last = said
    assert relieved
    assert last < 300_000_000
