"""The few Linux calls that Python's standard library lacks."""

import ctypes
import os

_PR_SET_PDEATHSIG, _PR_SET_NAME, _PR_SET_CHILD_SUBREAPER = 1, 15, 36
_CLOCK_MONOTONIC, _ABSOLUTE = 1, 1
_IPC_RMID = 0

_libc = ctypes.CDLL(None, use_errno=True)


class _Timespec(ctypes.Structure):
    _fields_ = (("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long))


class _Itimerspec(ctypes.Structure):
    _fields_ = (("interval", _Timespec), ("value", _Timespec))


def _check(result: int) -> int:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result


def die_with_parent(signal_number: int) -> None:
    """Have the kernel send this process a signal when the thread that forked it ends. Cleared by setuid."""
    _check(_libc.prctl(_PR_SET_PDEATHSIG, signal_number, 0, 0, 0))


def adopt_orphans() -> None:
    """Become the parent of every descendant whose parent ends."""
    _check(_libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0))


def name_process(name: str) -> None:
    """Set what ps and top call this process; 15 bytes of it are kept."""
    _check(_libc.prctl(_PR_SET_NAME, name.encode(), 0, 0, 0))


def remove_shared_memory(identifier: int) -> None:
    """Remove a System V shared memory segment."""
    _check(_libc.shmctl(identifier, _IPC_RMID, None))


def timer_descriptor() -> int:
    """A non-blocking timerfd of CLOCK_MONOTONIC."""
    return _check(_libc.timerfd_create(_CLOCK_MONOTONIC, os.O_NONBLOCK | os.O_CLOEXEC))


def set_timer(descriptor: int, at_ns: int) -> None:
    """Have a timerfd become readable at a time of CLOCK_MONOTONIC; a past time is now."""
    when = _Itimerspec(_Timespec(0, 0), _Timespec(*divmod(max(at_ns, 1), 1_000_000_000)))
    _check(_libc.timerfd_settime(descriptor, _ABSOLUTE, ctypes.byref(when), None))
