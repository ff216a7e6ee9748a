"""What a script would have said: a loop that asks once a second with `requests`, one request after the other."""

import threading
import time

import requests

from bench.outages import PORT, REGIONS, STRUCK, Stage

POLL_EVERY = 1.0


class Poller(threading.Thread):
    """Polls the first region. It knows the address as long as the name has it."""

    def __init__(self, stage: Stage, timeout: float) -> None:
        super().__init__(daemon=True)
        self._stage = stage
        self._timeout = timeout
        self._asked: list[tuple[int, bool]] = []
        self.over = threading.Event()

    def run(self) -> None:
        """Poll until told to stop."""
        while not self.over.wait(POLL_EVERY):
            self._asked.append((time.monotonic_ns(), self._answered()))

    def said(self, since: int, until: int) -> float:
        """Seconds from the first poll that failed to the first that succeeded; 0 when none failed."""
        failed = next((at for at, ok in self._asked if since <= at < until and not ok), None)
        back = next((at for at, ok in self._asked if failed is not None and at > failed and ok), None)
        return 0.0 if failed is None or back is None else (back - failed) / 1e9

    def _answered(self) -> bool:
        try:
            return self._stage.served and requests.get(f"http://{REGIONS[STRUCK][1]}:{PORT}/", timeout=self._timeout).ok
        except requests.RequestException:
            return False
