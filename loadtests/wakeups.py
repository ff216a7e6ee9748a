"""Calls back when something is due, by a kernel timer. The loop's own timers are 0.8 ms late at the median."""

from collections.abc import Callable

from gevent import get_hub

from harness.probes.timerfd import Alarm

READABLE = 1


class Wakeup:
    """One timer of the hub's; `expired` is called in the hub and must not block."""

    def __init__(self, expired: Callable[[], None]) -> None:
        self._alarm = Alarm()
        self._watcher = get_hub().loop.io(self._alarm.descriptor, READABLE)
        self._watcher.start(expired)

    def at(self, moment: int) -> None:
        """Call back at a moment in monotonic ns, at once when it is over, instead of what was asked before.

        Once expired it calls back in every turn of the loop until it is asked anew or stopped.
        """
        self._alarm.at(max(1, moment))

    def stop(self) -> None:
        """Do not call back until asked anew."""
        self._alarm.at(0)

    def close(self) -> None:
        """Never call back again."""
        self._watcher.stop()
        self._watcher.close()
        self._alarm.close()
