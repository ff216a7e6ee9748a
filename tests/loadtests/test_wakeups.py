"""A kernel timer in gevent's loop; in a process of its own, as gevent is never imported into the tests."""

from tests.loadtests.children import printed

CALLS = """
import time
import gevent
from loadtests.wakeups import Wakeup

start = time.monotonic_ns()
moments = [start + ms * 1_000_000 for ms in (30, 10, 60)]
calls = []

def expired():
    calls.append(time.monotonic_ns() >= moments[len(calls)])
    wakeup.at(moments[len(calls)]) if len(calls) < 3 else wakeup.stop()

wakeup = Wakeup(expired)
wakeup.at(moments[0])
gevent.sleep(0.15)
wakeup.close()
print(calls)
"""


def test_it_calls_back_once_for_each_moment_and_never_before_it() -> None:
    assert printed(CALLS) == str([True, True, True])
