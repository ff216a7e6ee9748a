"""One population's way to the entry: it resolves, dials, and remembers who answered where."""

import asyncio
import ssl
import time
from collections.abc import Callable, Sequence

from harness.probes.connection import Connection, NotSent, dial
from harness.probes.dns import NameNotResolved, RegionMap, Resolved
from harness.probes.http import Response, Url
from harness.probes.records import answer_line
from harness.probes.resolver import Resolver
from harness.probes.settings import Clients, ProberSettings


class Caller:
    """Opens connections as one population, and records each DNS answer that differs from the one before.

    `changed` is set, and replaced by a new event, when the answer changes.
    """

    def __init__(
        self,
        population: str,
        clients: Clients,
        settings: ProberSettings,
        regions: RegionMap,
        record: Callable[[str], None],
    ) -> None:
        self.population = population
        self.url = Url(settings.url)
        self.changed = asyncio.Event()
        self._source = clients.source
        self._connect_timeout = settings.connect_timeout
        self._context = ssl.create_default_context() if self.url.secure else None
        self._regions = regions
        self._record = record
        self._resolved = Resolved(addresses=(), ttl=0.0)
        self._resolved_at = 0
        self._resolver = Resolver(
            self.url.host,
            server=settings.resolver,
            time_scale=settings.time_scale,
            source=clients.source,
            client_subnet=clients.client_subnet,
        )

    @property
    def addresses(self) -> tuple[str, ...]:
        """The last answer."""
        return self._resolved.addresses

    @property
    def knows_addresses(self) -> bool:
        """Whether they are known now without a question to DNS."""
        return self._resolver.known is not None

    async def resolve(self) -> tuple[str, ...]:
        """The addresses now, in the order to try them. Raises NotSent."""
        try:
            resolved = await self._resolver.resolve()
        except NameNotResolved as error:
            raise NotSent(str(error)) from error
        self._notice(resolved)
        return resolved.addresses

    async def connect(self, addresses: Sequence[str] | None = None, patience: float | None = None) -> Connection:
        """A new connection to the first address that takes one.

        Raises NotSent, after `patience` seconds or else the connect timeout.
        """
        because = "no address"
        to_try = await self.resolve() if addresses is None else addresses
        # No timer here: where the kernel knows the outcome at once, as on loopback, none is ever needed.
        until = asyncio.get_running_loop().time() + (patience or self._connect_timeout)
        for address in to_try:
            try:
                return await dial(self.url, address, self._source, self._context, until)
            except ConnectionRefusedError:
                because = "refused"
            except TimeoutError:
                because = "connect timeout"
                break
            except OSError as error:
                because = error.strerror or type(error).__name__
        raise NotSent(because)

    def region_of(self, address: str, response: Response | None = None) -> str | None:
        """Who answered: X-Served-By where there is one, else the region of the address."""
        served_by = response.region if response else None
        if served_by and self._regions.learn(address, served_by) and address in self._resolved.addresses:
            self._tell()
        return served_by or self._regions.region(address)

    def _notice(self, resolved: Resolved) -> None:
        if set(resolved.addresses) == set(self._resolved.addresses):
            return
        self._resolved, self._resolved_at = resolved, time.monotonic_ns()
        self._tell()
        self.changed.set()
        self.changed = asyncio.Event()

    def _tell(self) -> None:
        """Record the answer; again, with the time it came, once its region is known."""
        self._record(
            answer_line(
                population=self.population,
                name=self.url.host,
                at=self._resolved_at,
                addresses=self._resolved.addresses,
                region=self._regions.region(self._resolved.addresses[0]),
                ttl=self._resolved.ttl,
            )
        )
