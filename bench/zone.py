"""The name under which the bench's servers are found: an authoritative server of the lab, in a thread of its own."""

import asyncio
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from harness.lab.control.routing import Record
from harness.lab.dns import NameServer, listen

NAME, ADDRESS, PORT = "api.bench.test", "127.251.0.53", 28153
LONG_TTL = 3600.0


@dataclass(slots=True)
class Zone:
    """The address for each source that asks; the answer of one source can be withdrawn, and has TTL 0 while `brief`."""

    addresses: Mapping[str, str]
    brief: str | None = None
    withdrawn: dict[str, str | None] = field(default_factory=dict)

    def resolve(self, name: str, type: str, source: str) -> Sequence[Record] | None:
        """What is answered now; a withdrawn address leaves nothing or another address behind."""
        address = self.withdrawn.get(source, self.addresses.get(source))
        if name.rstrip(".") != NAME or type != "A" or address is None:
            return ()
        ttl = 0.0 if source == self.brief else LONG_TTL
        return (Record(name=NAME, type="A", ttl=ttl, values=(address,)),)

    def withdraw(self, source: str, instead: str | None) -> int:
        """Take the answer of a source away; when, monotonic ns."""
        at = time.monotonic_ns()
        self.withdrawn[source] = instead
        return at

    def restore(self, source: str) -> int:
        """Answer again; when, monotonic ns."""
        at = time.monotonic_ns()
        del self.withdrawn[source]
        return at


@contextmanager
def resolving(zone: Zone) -> Iterator[str]:
    """Answer questions; "address:port" of the name server."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    server = asyncio.run_coroutine_threadsafe(listen(zone.resolve, ADDRESS, PORT), loop).result(5)
    try:
        yield f"{ADDRESS}:{PORT}"
    finally:
        asyncio.run_coroutine_threadsafe(_closed(server), loop).result(5)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
        loop.close()


async def _closed(server: NameServer) -> None:
    server.close()
    await asyncio.sleep(0)  # the socket is closed one turn of the loop later
