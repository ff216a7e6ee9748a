"""The queue before an instance's CPU, with a clock of the test's own. Times are milliseconds."""

import pytest

from harness.lab.storefront.capacity import Capacity, Limits, fair_share

MS = 1_000_000


class Shift:
    """A capacity, and what became of the requests that arrived: the moment that each was served."""

    def __init__(self, *, late: float = 0.0, **limits: float) -> None:
        asked = {"cpu_ms": 10.0, "wait_ms": 0.0, "workers": 100, "queue": 1000, **limits}
        self.late = late
        self.capacity = Capacity(Limits(**asked), 0)  # type: ignore[arg-type]
        self.now = 0.0
        self.served: dict[str, float] = {}

    def arrive(self, name: str, at: float) -> bool:
        self.run(at)
        return self.capacity.arrive(lambda: self.done(name), round(at * MS))

    def done(self, name: str) -> None:
        self.served[name] = self.now
        self.leaving.append(name)

    def run(self, until: float) -> None:
        """Let the time pass: each timer comes `late`, and a request that was served leaves at once."""
        self.leaving: list[str] = []
        while (due := self.capacity.due()) is not None and due / MS + self.late <= until:
            self.now = due / MS + self.late
            self.capacity.advance(round(self.now * MS))
            while self.leaving:
                self.leaving.pop()
                self.capacity.leave(round(self.now * MS))
        self.now = until


def test_requests_have_the_cpu_one_after_the_other() -> None:
    shift = Shift()
    assert all(shift.arrive(name, 0) for name in "abc")
    shift.run(1000)
    assert shift.served == {"a": 10, "b": 20, "c": 30}


def test_waiting_takes_no_cpu() -> None:
    shift = Shift(wait_ms=100)
    assert all(shift.arrive(name, 0) for name in "abc")
    shift.run(1000)
    assert shift.served == {"a": 110, "b": 120, "c": 130}


def test_a_late_timer_delays_a_request_and_not_those_after_it() -> None:
    shift = Shift(late=3)
    for number in range(50):
        shift.arrive(str(number), 0)
    shift.run(10_000)
    assert shift.served["0"] == 13
    assert shift.served["49"] == 503, "50 requests of 10 ms, and one delay"


def test_workers_bound_what_is_done_at_a_time() -> None:
    shift = Shift(cpu_ms=1, wait_ms=9, workers=2)
    for number in range(20):
        shift.arrive(str(number), 0)
    shift.run(1000)
    assert max(shift.served.values()) == pytest.approx(101), "two workers, 10 ms each, and the CPU of the first"


def test_a_request_is_turned_away_when_all_workers_are_busy_and_the_queue_is_full() -> None:
    shift = Shift(workers=1, queue=2)
    assert [shift.arrive(str(n), 0) for n in range(5)] == [True, True, True, False, False]
    shift.run(10)
    assert shift.arrive("later", 10), "one has left"
    assert not shift.arrive("too many", 10)


def test_the_latency_climbs_as_the_load_nears_what_the_cpu_can_do() -> None:
    def longest(gap: float) -> float:
        shift = Shift()
        for number in range(100):
            shift.arrive(f"{number * gap}", number * gap)
        shift.run(1e6)
        return max(at - float(name) for name, at in shift.served.items())

    assert longest(gap=12) == pytest.approx(10)
    assert longest(gap=8) == pytest.approx(10 + 99 * 2), "each adds what it is early"


def test_the_cpu_is_busy_for_as_long_as_requests_have_it() -> None:
    shift = Shift(wait_ms=50)
    for at in (0, 20, 40):
        shift.arrive(str(at), at)
    shift.run(200)
    assert shift.capacity.busy_ns(200 * MS) == 30 * MS
    shift.arrive("half", 200)
    assert shift.capacity.busy_ns(205 * MS) == 35 * MS


def test_who_presses_on_the_cpu_takes_a_share_of_it_and_keeps_it_busy() -> None:
    shift = Shift()
    shift.capacity.press([1.0], 0)
    shift.arrive("slow", 0)
    shift.run(100)
    assert shift.served == {"slow": 20}
    assert shift.capacity.busy_ns(100 * MS) == 100 * MS
    shift.capacity.press([], 100 * MS)
    shift.arrive("quick", 100)
    shift.run(200)
    assert shift.served["quick"] == 110
    assert shift.capacity.busy_ns(200 * MS) == 110 * MS


@pytest.mark.parametrize(
    ("demands", "left"),
    [([], 1), ([0.2], 0.8), ([0.8], 0.5), ([1, 1, 1], 0.25), ([0.1, 1], 0.45), ([0.1, 0.1], 0.8)],
)
def test_a_cpu_is_shared_fairly(demands: list[float], left: float) -> None:
    assert fair_share(demands) == pytest.approx(left)


def test_half_a_load_keeps_an_idle_cpu_half_busy() -> None:
    shift = Shift()
    shift.capacity.press([0.25, 0.25], 0)
    assert shift.capacity.busy_ns(100 * MS) == 50 * MS
