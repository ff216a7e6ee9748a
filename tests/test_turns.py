"""Who wants to be alone is, and nobody waits for ever."""

import fcntl
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.turns import Turns

SOON = 10.0


@pytest.fixture
def turns(tmp_path: Path) -> Turns:
    for name in ("gate", "machine"):
        (tmp_path / name).touch()
    return Turns(gate=tmp_path / "gate", machine=tmp_path / "machine")


class Taker(threading.Thread):
    """Takes a turn and keeps it until told to end it."""

    def __init__(self, turns: Turns, *, alone: bool) -> None:
        super().__init__(daemon=True)
        self._turns, self._alone = turns, alone
        self.has_it, self._over = threading.Event(), threading.Event()
        self.start()

    def run(self) -> None:
        with self._turns.take(alone=self._alone):
            self.has_it.set()
            self._over.wait(SOON)

    def end(self) -> None:
        self._over.set()
        self.join(SOON)


@pytest.fixture
def taking(turns: Turns) -> Callable[[bool], Taker]:
    return lambda alone: Taker(turns, alone=alone)


def until_somebody_is_at(gate: Path) -> None:
    end = time.monotonic() + SOON
    with gate.open() as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
            fcntl.flock(file, fcntl.LOCK_UN)
            assert time.monotonic() < end, "nobody came to the gate"
            time.sleep(0.001)


def test_tests_run_beside_each_other(taking: Callable[[bool], Taker]) -> None:
    first, second = taking(False), taking(False)
    assert first.has_it.wait(SOON)
    assert second.has_it.wait(SOON)
    first.end()
    second.end()


@pytest.mark.parametrize(("first", "second"), [(True, True), (True, False), (False, True)])
def test_who_is_alone_has_nobody_beside(taking: Callable[[bool], Taker], first: bool, second: bool) -> None:
    one = taking(first)
    assert one.has_it.wait(SOON)
    other = taking(second)
    assert not other.has_it.wait(0.1)
    one.end()
    assert other.has_it.wait(SOON)
    other.end()


def test_who_waits_to_be_alone_goes_before_who_comes_later(taking: Callable[[bool], Taker], turns: Turns) -> None:
    one = taking(False)
    assert one.has_it.wait(SOON)
    alone = taking(True)
    until_somebody_is_at(turns.gate)
    later = taking(False)
    assert not later.has_it.wait(0.1)
    one.end()
    assert alone.has_it.wait(SOON)
    assert not later.has_it.is_set()
    alone.end()
    assert later.has_it.wait(SOON)
    later.end()


def test_a_turn_ends_with_an_error(turns: Turns) -> None:
    with pytest.raises(ValueError, match="wrong"), turns.take(alone=True):
        raise ValueError("wrong")
    with turns.take(alone=True):
        pass
