"""What the process that started Locust says on stdin: when the profile begins, and by its end that it is gone."""

import os
from collections.abc import Callable
from typing import Any

import gevent
from gevent.socket import wait_read

from harness.probes.lifeline import stdin_is_lifeline

BEGIN = b"begin"


def listen(environment: Any, begin: Callable[[int], None]) -> None:
    """Call `begin` with a moment in monotonic ns when the parent says so, and quit when it is gone."""
    if stdin_is_lifeline():
        gevent.spawn(_listen, environment, begin)


def _listen(environment: Any, begin: Callable[[int], None]) -> None:
    rest = b""
    while True:
        wait_read(0)
        data = os.read(0, 1024)
        if not data:
            _quit(environment)
            return
        *lines, rest = (rest + data).split(b"\n")
        for words in map(bytes.split, lines):
            if len(words) == 2 and words[0] == BEGIN:
                begin(int(words[1]))


def _quit(environment: Any) -> None:
    environment.runner.quit()
    if environment.web_ui is not None:  # Locust waits for its web UI rather than for its runner
        environment.web_ui.stop()
