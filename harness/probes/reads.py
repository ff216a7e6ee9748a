"""The read probe: one new connection for every request, so that DNS and balancers are asked each time."""

from collections.abc import Callable

from harness.model.history import Stream
from harness.probes.attempt import Attempt
from harness.probes.caller import Caller
from harness.probes.http import request_bytes

PATH = "/catalogue"


class Reads:
    """Reads the catalogue as one population."""

    def __init__(self, caller: Caller, timeout: float, record: Callable[[Attempt], None]) -> None:
        self._caller = caller
        self._timeout = timeout
        self._record = record
        self._request = request_bytes(caller.url, "GET", PATH, headers={"Connection": "close"})

    async def read(self, due: int) -> None:
        """One read that was due at `due` (monotonic nanoseconds)."""
        attempt = Attempt(stream=Stream.READ, caller=self._caller, name=f"GET {PATH}", due=due)
        try:
            connection = await attempt.carry_out(self._request, self._caller.connect, self._timeout)
            if connection is not None:
                connection.close()
        finally:
            self._record(attempt)
