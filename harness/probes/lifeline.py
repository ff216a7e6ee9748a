"""A child process must not outlive its parent: however the parent ends, the child is told or killed."""

import ctypes
import os
import signal
import stat

PARENT = "DRILL_PARENT"
PR_SET_PDEATHSIG = 1


def die_with_parent() -> None:
    """Have the kernel kill this process when the thread that started it ends; exit at once when it is gone already.

    The parent names itself in the environment (DRILL_PARENT); without that nothing happens, as when run by hand.
    """
    if parent := os.environ.get(PARENT):
        die_with(int(parent))


def die_with(parent: int) -> None:
    """The same for a parent whose process id is known."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(0)


def stdin_is_lifeline() -> bool:
    """Whether stdin is a pipe from the parent, whose end says that the parent is gone."""
    try:
        return stat.S_ISFIFO(os.fstat(0).st_mode) and PARENT in os.environ
    except OSError:
        return False
