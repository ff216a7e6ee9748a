"""One request of the prober from its due time to its record, whatever happens in between."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from harness.model.history import Outcome, Stream
from harness.probes.caller import Caller
from harness.probes.connection import Connection, NotSent, Unanswered
from harness.probes.http import Response
from harness.probes.outcomes import answered, unanswered
from harness.probes.records import request_line


@dataclass(slots=True, kw_only=True)
class Attempt:
    """What is known of a request so far. `sent` is when the client began with it, the dial included."""

    stream: Stream
    caller: Caller
    name: str
    due: int
    write_id: str | None = None
    sent: int = field(default_factory=time.monotonic_ns)
    finished: int = 0
    on_the_wire: bool = False
    status: int | None = None
    region: str | None = None
    error: str = ""

    async def carry_out(
        self, request: bytes, obtain: Callable[[], Awaitable[Connection]], timeout: float
    ) -> Connection | None:
        """Send once, over the connection that `obtain` gives; the connection when it was answered, else None.

        Returns within `timeout` seconds; never raises for what the network does.
        """
        connection: Connection | None = None
        try:
            async with asyncio.timeout(timeout):
                connection = await obtain()
                self.on_the_wire = True
                response = await connection.exchange(request)
            self._answered(connection, response)
            return connection
        except TimeoutError:
            self.error = "timeout"
        except (NotSent, Unanswered) as error:
            self.error = str(error)
        except asyncio.CancelledError:
            self.error = "stopped"
            raise
        finally:
            self.finished = self.finished or time.monotonic_ns()
            if connection is not None and not self.status:
                connection.close()
        return None

    @property
    def outcome(self) -> Outcome:
        """By the rules of `harness.probes.outcomes`."""
        if self.status is None:
            return unanswered(was_sent=self.on_the_wire)
        return answered(self.status, writes=self.stream is Stream.WRITE)

    def line(self) -> str:
        """The record."""
        return request_line(
            stream=self.stream,
            population=self.caller.population,
            name=self.name,
            due=self.due,
            sent=self.sent,
            finished=self.finished,
            outcome=self.outcome,
            region=self.region,
            status=self.status,
            write_id=self.write_id,
            error=self.error,
        )

    def _answered(self, connection: Connection, response: Response) -> None:
        self.finished = connection.finished_at
        self.status = response.status
        self.region = self.caller.region_of(connection.address, response)
        if response.status is not None and response.status >= 400:
            self.error = f"HTTP {response.status}"
