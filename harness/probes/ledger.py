"""The ledger writer: orders with ids of their own, each sent exactly once, each acknowledgement on record."""

import time
from collections.abc import Callable

from harness.model.history import Stream
from harness.probes.attempt import Attempt
from harness.probes.caller import Caller
from harness.probes.connection import Connection
from harness.probes.http import request_bytes

PATH = "/orders"
MOST_IDLE = 8
IDLE_LIMIT_NS = 4_000_000_000


def order_id(prefix: str, population: str, number: int) -> str:
    """The id of one order."""
    return f"{prefix}-{population}-{number}"


class Ledger:
    """Orders as one population, over a few kept connections as a real client's pool does.

    Kept connections are what a partition or a dying balancer leaves hanging: a client that dialed anew for every
    write would know more often than a real one that nothing was sent. A write is never sent twice: a kept connection
    that fails makes its write INDETERMINATE, and the next write dials. A connection is not kept when it is closed,
    idle for 4 s, or no longer in the DNS answer.
    """

    def __init__(
        self, caller: Caller, prefix: str, sku: str, timeout: float, record: Callable[[Attempt], None]
    ) -> None:
        self._caller = caller
        self._prefix = prefix
        self._sku = sku
        self._timeout = timeout
        self._record = record
        self._number = 0
        self._idle: list[Connection] = []

    async def write(self, due: int) -> None:
        """One order that was due at `due` (monotonic nanoseconds)."""
        self._number += 1
        write_id = order_id(self._prefix, self._caller.population, self._number)
        request = request_bytes(self._caller.url, "POST", PATH, body={"id": write_id, "sku": self._sku})
        attempt = Attempt(stream=Stream.WRITE, caller=self._caller, name=f"POST {PATH}", due=due, write_id=write_id)
        try:
            connection = await attempt.carry_out(request, self._obtain, self._timeout)
            if connection is not None:
                self._keep(connection)
        finally:
            self._record(attempt)

    def close(self) -> None:
        """Close the kept connections."""
        while self._idle:
            self._idle.pop().close()

    async def _obtain(self) -> Connection:
        addresses = await self._caller.resolve()
        oldest = time.monotonic_ns() - IDLE_LIMIT_NS
        while self._idle:
            connection = self._idle.pop()
            fresh = connection.reusable and not connection.closed and connection.finished_at > oldest
            if fresh and connection.address in addresses:
                return connection
            connection.close()
        return await self._caller.connect(addresses)

    def _keep(self, connection: Connection) -> None:
        if connection.reusable and len(self._idle) < MOST_IDLE:
            self._idle.append(connection)
        else:
            connection.close()
