"""Starts, lists and stops labs, each a daemon in a slot of its own. Imports nothing heavy: the CLI needs it at once.

A slot is held by a lock on `<runtime>/slot-<s>.lock`, which the daemon inherits: it is free again when the daemon has
ended, however it ended.
"""

import contextlib
import fcntl
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.lab.addresses import API_PORT, BALANCER_PORT, FIRST_SLOT, LAST_SLOT, Addresses

READY_DEADLINE, STOP_DEADLINE = 60.0, 5.0  # real seconds
FAILED = "failed: "  # begins the last line that a lab prints and logs, where it did not end as it should
_TAIL = 30  # lines of the log that an error shows


class LabError(Exception):
    """A lab could not be started, found or stopped."""


@dataclass(slots=True, kw_only=True)
class Lab:
    """A running lab. `directory` holds its descriptor, logs and truth; it is gone after `stop()` unless kept."""

    slot: int
    directory: Path
    pid: int
    _process: "subprocess.Popen[str] | None" = field(default=None, repr=False)
    _leash: int | None = field(default=None, repr=False)

    @property
    def descriptor(self) -> Path:
        """The stack descriptor."""
        return self.directory / "stack.yaml"

    def failure(self) -> str:
        """Why a lab that was started here has ended by itself; empty while it runs."""
        if self._process is None or self._process.poll() is None:
            return ""
        said = [line for line in self._log() if f" {FAILED}" in line]
        return said[-1].partition(FAILED)[2] if said else f"it ended with status {self._process.returncode}"

    def _log(self) -> list[str]:
        try:
            return (self.directory / "lab.log").read_text(errors="replace").splitlines()
        except OSError:
            return []

    def stop(self) -> None:
        """End the lab and wait until nothing of it is left. Raises LabError when it does not end."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGTERM)
        if not _until(self._ended, STOP_DEADLINE):
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
            if not _until(self._ended, STOP_DEADLINE):
                raise LabError(f"the lab in slot {self.slot} (pid {self.pid}) does not end")
        if self._leash is not None:
            os.close(self._leash)
            self._leash = None

    def _ended(self) -> bool:
        if self._process is not None:
            return self._process.poll() is not None
        with slot_lock(self.slot) as held:
            return held is not None

    def __enter__(self) -> "Lab":
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()


def runtime() -> Path:
    """The directory of locks and labs of this user."""
    base = os.environ.get("XDG_RUNTIME_DIR")
    return Path(base) / "drill" if base else Path(f"/tmp/drill-{os.getuid()}")


def start(
    recipe: Mapping[str, Any] | str | Path | None = None,
    slot: int | None = None,
    *,
    follow_parent: bool = True,
    keep: bool = False,
    say: Callable[[str], None] = lambda line: None,
) -> Lab:
    """Start a lab and wait until it is healthy end to end.

    `recipe` is a mapping, JSON or a file. Without `slot` the first free one is taken. With `follow_parent` the lab ends
    when this process does. `keep` leaves its directory behind when it is stopped. `say` hears its progress.
    Raises LabError when the slot is in use or the lab does not come up, with the end of its log.
    """
    number, lock = _take(slot)
    directory = runtime() / f"slot-{number}"
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(mode=0o755)
    held, leash = os.pipe() if follow_parent else (None, None)
    try:
        options = ["--recipe", _recipe_text(recipe), *(["--keep"] if keep else [])]
        process = _spawn(number, directory, options, lock, held)
    finally:
        os.close(lock)
        if held is not None:
            os.close(held)
    lab = Lab(slot=number, directory=directory, pid=process.pid, _process=process, _leash=leash)
    try:
        _await_ready(lab, process, say)
    except BaseException:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(STOP_DEADLINE)
        process.kill()
        process.wait()
        if leash is not None:
            os.close(leash)
        raise
    return lab


def running() -> list[Lab]:
    """The labs of this user that run, by slot. What dead ones left is removed."""
    found = []
    for slot in sorted({int(path.stem[5:]) for path in runtime().glob("slot-*")}):
        directory = runtime() / f"slot-{slot}"
        with slot_lock(slot) as held:
            if held is not None:
                shutil.rmtree(directory, ignore_errors=True)
                continue
        with contextlib.suppress(OSError, ValueError):
            found.append(Lab(slot=slot, directory=directory, pid=int((directory / "pid").read_text())))
    return found


def stop_all() -> int:
    """Stop every lab of this user; returns how many there were."""
    labs = running()
    for lab in labs:
        lab.stop()
    return len(labs)


def _take(slot: int | None) -> tuple[int, int]:
    """Lock a slot: the asked one, or the first that is free."""
    if slot is not None and not FIRST_SLOT <= slot <= LAST_SLOT:
        raise LabError(f"slot {slot} is not in {FIRST_SLOT}..{LAST_SLOT}")
    for number in [slot] if slot is not None else range(FIRST_SLOT, LAST_SLOT + 1):
        if (lock := _lock(number)) is None:
            continue
        if slot is not None or _silent(number):
            return number, lock
        _give_up(number, lock)
    if slot is not None:
        raise LabError(f"slot {slot} is in use by another lab; stop it with `drill lab down`, or take another slot")
    ports = f"{API_PORT} or {BALANCER_PORT}"
    raise LabError(
        f"all slots {FIRST_SLOT}..{LAST_SLOT} are in use, or a program listens on port {ports} of every address"
    )


def _silent(slot: int) -> bool:
    """Whether nobody listens at the ports of a slot: another user's lab holds a lock that we cannot see."""
    addresses = Addresses(slot)
    return not any(map(_taken, [(addresses.api, API_PORT), (addresses.load_balancer("us-east-1"), BALANCER_PORT)]))


def _taken(place: tuple[str, int]) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(place)
        except OSError:
            return True
    return False


def _lock(slot: int) -> int | None:
    runtime().mkdir(parents=True, exist_ok=True)
    path = lock_path(slot)
    while True:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            return None
        if _is(path, file):
            return file
        # Its last holder removed the file between our open and our lock: that lock is nobody's any more.
        os.close(file)


def lock_path(slot: int) -> Path:
    """The file whose lock holds a slot; whoever holds the lock may remove it."""
    return runtime() / f"slot-{slot}.lock"


def _is(path: Path, file: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(file))
    except FileNotFoundError:
        return False


@contextlib.contextmanager
def slot_lock(slot: int) -> Iterator[int | None]:
    """Hold the lock of a slot; None where a lab has it."""
    lock = _lock(slot)
    try:
        yield lock
    finally:
        if lock is not None:
            _give_up(slot, lock)


def _give_up(slot: int, lock: int) -> None:
    lock_path(slot).unlink(missing_ok=True)
    os.close(lock)


def _recipe_text(recipe: Mapping[str, Any] | str | Path | None) -> str:
    return json.dumps(dict(recipe or {})) if recipe is None or isinstance(recipe, Mapping) else str(recipe)


def _spawn(slot: int, directory: Path, options: list[str], lock: int, held: int | None) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "harness.lab.daemon", "--slot", str(slot), "--directory", str(directory), *options]
    command += ["--parent-pipe-fd", str(held)] if held is not None else []
    with (directory / "lab.log").open("wb") as log:
        # A session of its own: Ctrl-C is for the drill, which may still need the lab to heal it.
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            pass_fds=[fd for fd in (lock, held) if fd is not None],
            start_new_session=True,
        )


def _await_ready(lab: Lab, process: "subprocess.Popen[str]", say: Callable[[str], None]) -> None:
    assert process.stdout is not None
    deadline, said = time.monotonic() + READY_DEADLINE, ""
    with process.stdout as output:
        for line in _lines(output.fileno(), deadline):
            said = line
            if line == "ready":
                return
            say(line)
    if said.startswith(FAILED):
        because = said.removeprefix(FAILED)
    elif time.monotonic() >= deadline:
        because = f"it was not ready after {READY_DEADLINE:g} s"
    else:
        because = f"it ended with status {process.wait()}"
    tail = "\n".join(lab._log()[-_TAIL:])
    raise LabError(f"the lab in slot {lab.slot} did not start: {because}\n{tail}")


def _lines(output: int, deadline: float) -> Iterator[str]:
    """The lines of a pipe until its end or a deadline."""
    rest = b""
    while (left := deadline - time.monotonic()) > 0:
        if not select.select([output], [], [], left)[0]:
            return
        read = os.read(output, 4096)
        if not read:
            return
        *whole, rest = (rest + read).split(b"\n")
        yield from (line.decode(errors="replace") for line in whole)


def _until(condition: Callable[[], bool], within: float) -> bool:
    deadline = time.monotonic() + within
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.005)
    return True
