"""The process below which every other process of a lab lives: `python -m harness.lab.nursery`, started by `Nursery`.

It is two processes. The *guardian* holds the read end of a pipe to the daemon, the lifeline, and is the reaper of all
orphans below it: when the lifeline ends, however the daemon died, it kills all that is left and removes its files.
The *zygote*, its child, has the heavy modules imported and forks the processes of the lab at the daemon's word.
"""

import gc
import importlib
import json
import os
import select
import shutil
import signal
import socket
import sys
import time
import traceback
from pathlib import Path
from typing import Any

from harness.lab.kernel import adopt_orphans, die_with_parent, name_process, remove_shared_memory

FAREWELL = b"bye"  # on the lifeline: the daemon ends in good order and keeps its own directory
GRACE_S = 0.3  # for the databases to remove their shared memory
LARGEST_MESSAGE = 1 << 17


def main() -> None:
    """Split into guardian and zygote; arguments: lifeline descriptor, control descriptor, settings in JSON."""
    lifeline, control, settings = int(sys.argv[1]), int(sys.argv[2]), json.loads(sys.argv[3])
    adopt_orphans()
    name_process("lab-guardian")
    guardian = os.getpid()
    zygote = os.fork()
    if zygote == 0:
        os.close(lifeline)
        die_with_parent(signal.SIGKILL)
        name_process("lab-zygote")
        if os.getppid() == guardian:
            Zygote(socket.socket(fileno=control), Path(settings["logs"])).serve()
        os._exit(0)
    os.close(control)
    guard(lifeline, zygote, settings)


# ---------------------------------------------------------------- guardian


def guard(lifeline: int, zygote: int, settings: dict[str, Any]) -> None:
    """Wait for the end of the daemon, reaping orphans; then leave nothing behind."""
    wake, _ = _wake_on_child()
    farewell = b""
    while not farewell:
        ready, _, _ = select.select([lifeline, wake], [], [])
        if wake in ready:
            os.read(wake, 4096)
            _reap()
        if lifeline in ready:
            farewell = os.read(lifeline, 16) or b"gone"
    _end_descendants(zygote, wake)
    _remove_files(settings, crashed=farewell != FAREWELL)


def _wake_on_child() -> tuple[int, int]:
    read, write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(write, warn_on_full_buffer=False)
    return read, write


def _reap() -> list[tuple[int, int]]:
    ended: list[tuple[int, int]] = []
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return ended
        if pid == 0:
            return ended
        ended.append((pid, status))


def _children() -> list[int]:
    return [int(pid) for pid in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()]


def _end_descendants(zygote: int, wake: int) -> None:
    # The death of the zygote gives databases SIGQUIT and everything else SIGKILL. What then remains is a child of ours,
    # not yet waited for, so its pid cannot have become anybody else's.
    if zygote in _children():
        os.kill(zygote, signal.SIGKILL)
    deadline = time.monotonic() + GRACE_S
    while True:
        _reap()
        if not _children():
            return
        left = deadline - time.monotonic()
        if left <= 0:
            for pid in _children():
                os.kill(pid, signal.SIGKILL)
        if select.select([wake], [], [], max(left, 0.01))[0]:
            os.read(wake, 4096)


def _remove_files(settings: dict[str, Any], *, crashed: bool) -> None:
    for name in settings["data"]:
        for record in Path(name).glob("*/postmaster.pid"):
            _remove_memory_of(record)
        shutil.rmtree(name, ignore_errors=True)
    if crashed:
        for name in settings["directories"]:
            shutil.rmtree(name, ignore_errors=True)


def _remove_memory_of(record: Path) -> None:
    # Line 7 of postmaster.pid, which only a killed server leaves behind: key and id of its System V segment.
    try:
        remove_shared_memory(int(record.read_text().splitlines()[6].split()[1]))
    except (OSError, IndexError, ValueError):
        return


# ---------------------------------------------------------------- zygote


class Zygote:
    """Forks and kills at the daemon's word, and tells it who ended."""

    def __init__(self, control: socket.socket, logs: Path) -> None:
        self._control, self._logs = control, logs
        self._pids: dict[int, int] = {}

    def serve(self) -> None:
        """Obey until the daemon closes the control socket."""
        wake, _ = _wake_on_child()
        while True:
            ready, _, _ = select.select([self._control.fileno(), wake], [], [])
            if wake in ready:
                os.read(wake, 4096)
                self._tell_ended()
            if self._control.fileno() in ready and not self._obey():
                return

    def _tell_ended(self) -> None:
        for pid, status in _reap():
            number = next((n for n, known in self._pids.items() if known == pid), None)
            if number is not None:
                del self._pids[number]
                self._say({"ended": number, "status": os.waitstatus_to_exitcode(status)})

    def _say(self, message: dict[str, Any]) -> None:
        try:
            self._control.send(json.dumps(message).encode())
        except OSError:
            os._exit(0)

    def _obey(self) -> bool:
        data, descriptors, _, _ = socket.recv_fds(self._control, LARGEST_MESSAGE, 4)
        if not data:
            return False
        order = json.loads(data)
        match order["op"]:
            case "import":
                for module in order["modules"]:
                    importlib.import_module(module)
            case "fork":
                self._fork(order, descriptors)
            case "kill" if order["number"] in self._pids:
                os.kill(self._pids[order["number"]], order["signal"])
        for descriptor in descriptors:
            os.close(descriptor)
        return True

    def _fork(self, order: dict[str, Any], descriptors: list[int]) -> None:
        gc.collect()
        gc.freeze()
        zygote = os.getpid()
        pid = os.fork()
        if pid == 0:
            _become(order, descriptors, self._logs, zygote)
        self._pids[order["number"]] = pid
        self._say({"started": order["number"], "pid": pid})


def _become(order: dict[str, Any], descriptors: list[int], logs: Path, zygote: int) -> None:
    status = 1
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        log = os.open(logs / f"{order['name']}.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        os.dup2(log, 1)
        os.dup2(log, 2)
        name_process(order["name"])
        _keep_only(descriptors)
        _drop_to(order.get("user"))
        die_with_parent(order["death_signal"])
        if os.getppid() != zygote:
            os._exit(1)
        status = _run(order, descriptors)
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(status)


def _keep_only(descriptors: list[int]) -> None:
    low = 3
    for descriptor in sorted(descriptors):
        os.closerange(low, descriptor)
        low = descriptor + 1
    os.closerange(low, 1 << 16)


def _drop_to(user: int | None) -> None:
    if user is not None:
        os.setgroups([])
        os.setgid(user)
        os.setuid(user)


def _run(order: dict[str, Any], descriptors: list[int]) -> int:
    if "argv" in order:
        os.chdir(order["directory"])
        os.execve(order["argv"][0], order["argv"], order["environment"])
    module, function = order["entry"].split(":")
    getattr(importlib.import_module(module), function)(socket.socket(fileno=descriptors[0]), order["settings"])
    return 0


if __name__ == "__main__":
    main()
