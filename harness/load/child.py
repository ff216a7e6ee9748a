"""A child process of the run: started apart from the terminal, told to stop, never left behind."""

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from harness.errors import HarnessError
from harness.probes.lifeline import PARENT

POLL_EVERY = 0.01
TAIL_LINES = 20
STOP_WITHIN = 10.0


class ChildFailed(HarnessError):
    """A child did not start, ended by itself or did not end when told; the message carries the tail of its log."""


class Child:
    """One running process. Its stdin is a pipe that closes when the harness dies, even by SIGKILL; `tell` writes to it.

    Variables in `environment` are added to ours; None takes one away.

    It leads a session of its own, so that Ctrl-C reaches the harness alone. Start it from a thread that lives as long
    as the run: the kernel kills it with the thread that started it.
    """

    def __init__(
        self,
        name: str,
        arguments: Sequence[str],
        *,
        log: Path,
        environment: Mapping[str, str | None] | None = None,
        folder: Path | None = None,
    ) -> None:
        self.name = name
        self.log = log
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                arguments,
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=folder,
                env=_environment(environment or {}),
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """How it ended, negative for a signal; None while it runs."""
        return self._process.poll()

    def alive(self) -> bool:
        """Whether it still runs."""
        return self.exit_code is None

    def check(self) -> None:
        """Raises ChildFailed when it ended although nobody told it to."""
        if not self.alive():
            self._close()
            raise self._failed(f"ended by itself with exit code {self.exit_code}")

    def wait_for(self, path: Path, deadline: float) -> None:
        """Return once the child has written to `path`. Raises ChildFailed after `deadline` seconds or when it ends."""
        until = time.monotonic() + deadline
        while not (path.exists() and path.stat().st_size):
            self.check()
            if time.monotonic() > until:
                self.kill()
                raise self._failed(f"recorded nothing within {deadline:g} s")
            time.sleep(POLL_EVERY)

    def stop(self, deadline: float = STOP_WITHIN) -> int:
        """Tell it to stop and wait; its exit code.

        Raises ChildFailed when it had to be killed after `deadline` seconds. Stopping twice is harmless.
        """
        self._process.terminate()
        try:
            code = self._process.wait(deadline)
        except subprocess.TimeoutExpired as error:
            self.kill()
            raise self._failed(f"did not stop within {deadline:g} s and was killed") from error
        self._close()
        return code

    def tell(self, line: str) -> None:
        """Write a line to its stdin. Raises ChildFailed when it does not read any more."""
        try:
            assert self._process.stdin is not None
            os.write(self._process.stdin.fileno(), line.encode() + b"\n")  # nothing is left over to fail at the close
        except (OSError, ValueError) as error:
            raise self._failed(f"could not be told {line!r}: {error}") from error

    def let_go(self) -> None:
        """Close its stdin, as the death of the harness does; it then ends by itself."""
        self._close()

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()
        self._process.wait()
        self._close()

    def tail(self) -> str:
        """The last lines of its log."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(lines[-TAIL_LINES:])

    def _close(self) -> None:
        if self._process.stdin:
            self._process.stdin.close()

    def _failed(self, what: str) -> ChildFailed:
        return ChildFailed(f"{self.name} {what}; {self.log} ends with:\n{self.tail()}")


def _environment(changes: Mapping[str, str | None]) -> dict[str, str]:
    wanted = {**os.environ, **changes, PARENT: str(os.getpid())}
    return {name: value for name, value in wanted.items() if value is not None}
