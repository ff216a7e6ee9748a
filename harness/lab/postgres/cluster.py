"""The databases of a lab: a primary and a chain of replicas, and what RDS can do to them."""

import asyncio
import os
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from harness.lab.addresses import Addresses
from harness.lab.postgres.installation import Installation
from harness.lab.postgres.lag import Positions
from harness.lab.postgres.server import Server
from harness.lab.postgres.settings import connection_to
from harness.lab.processes import Nursery, Process, ProcessError
from harness.lab.states import DatabaseState, DataPlaneError
from harness.lab.truth import Truth

_STREAM_S, _PROMOTE_S, _COPY_S = 20.0, 20.0, 120.0
_POLL_S = 0.003

_RECEIVER = "select 1 from pg_stat_wal_receiver where status = 'streaming'"
_IN_RECOVERY = "select pg_is_in_recovery()"
_POSITION = """
select (case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_lsn() end - '0/0')::bigint
           as position,
       extract(epoch from clock_timestamp() - pg_last_xact_replay_timestamp())::float8 as age
"""


class Databases:
    """The servers by identifier."""

    def __init__(
        self, nursery: Nursery, installation: Installation, addresses: Addresses, place: Path, truth: Truth
    ) -> None:
        self._nursery, self._installation, self._addresses = nursery, installation, addresses
        self._place, self._truth = place, truth
        self._servers: dict[str, Server] = {}
        self._primary: str | None = None
        self._positions: dict[str, Positions] = {}
        self._copies: dict[str, Process] = {}
        self._changing: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._made = 0

    def copy_template(self, regions: tuple[str, ...]) -> None:
        """Begin to make a server in each region, each the replica of the one before, from copies of the template."""
        source: str | None = None
        for region in regions:
            server = self._add(f"storefront-{region}", region, source)
            source = server.identifier
            copy = ["/bin/cp", "-a", str(self._installation.template), str(server.data)]
            self._copies[source] = self._nursery.execute(f"copy-{source}", copy, directory=Path("/"))
        self._primary = next(iter(self._servers))

    async def start(self) -> None:
        """Start the servers whose copies were begun."""
        await asyncio.gather(*(self._start_copy(self._servers[name], copy) for name, copy in self._copies.items()))
        self._copies.clear()

    async def wait_for_streams(self) -> None:
        """Wait until every replica streams."""
        await asyncio.gather(*(self._streams(server) for server in self._servers.values() if server.source))

    def states(self) -> Mapping[str, DatabaseState]:
        """The servers as they are. Other threads ask than the one that changes them: a copy is made in one step."""
        servers = self._servers.copy()
        return {
            identifier: DatabaseState(
                region=server.region,
                role="replica" if server.source else "primary",
                source=server.source,
                running=server.running,
            )
            for identifier, server in servers.items()
        }

    async def promote(self, identifier: str) -> None:
        """Promote a replica; returns when it takes writes."""
        async with self._changing[identifier]:
            server = self._server(identifier)
            if server.source is None:
                return
            self._truth.write("database_promoting", database=identifier, region=server.region)
            server.promote()
            await _until(lambda: self._is_primary(server), _PROMOTE_S, f"{identifier} was not promoted")
            server.source, server.source_address = None, None
            self._primary = identifier
            self._truth.write("promoted", database=identifier, region=server.region)

    async def reboot(self, identifier: str) -> None:
        """Restart a server in place."""
        async with self._changing[identifier]:
            server = self._server(identifier)
            self._truth.write("database_rebooting", database=identifier, region=server.region)
            await server.stop()
            await server.start()
            self._truth.write("database_rebooted", database=identifier, region=server.region)

    async def delete(self, identifier: str) -> None:
        """End a server and remove its data; what only it holds is lost."""
        async with self._changing[identifier]:
            server = self._servers.get(identifier)
            if server is None:
                return
            primary = self._servers.get(self._primary or "")
            if primary is not None and primary is not server and server.running:
                if server.source is None:
                    await _refuse_orders(server)
                lost = await _orders(server) - await _orders(primary)
                if lost:
                    self._truth.write(
                        "lost_rows", database=identifier, region=server.region, ids=sorted(lost.elements())
                    )
            del self._servers[identifier], self._positions[identifier]
            await server.remove()
            self._truth.write("database_deleted", database=identifier, region=server.region)

    async def create_replica(self, identifier: str, region: str, source: str) -> None:
        """Copy a server over the network and follow it; the replica streams on return."""
        async with self._changing[identifier]:
            if identifier in self._servers:
                return
            self._server(source)
            if taken := next((s.identifier for s in self._servers.values() if s.region == region), None):
                raise DataPlaneError(f"{region} has a database: {taken}")
            server = self._add(identifier, region, source)
            try:
                await self._see_position(self._server(source))  # the copy will be no older
                await self._copy(server)
                server.configure()
                await server.start()
                await self._streams(server)
            except BaseException:
                del self._servers[identifier], self._positions[identifier]
                await server.remove()
                raise
            self._truth.write("database_created", database=identifier, region=region, source=source)

    async def lag(self, identifier: str) -> float | None:
        """How many seconds a replica is behind its source; none when it does not stream."""
        server = self._server(identifier)
        source = self._servers.get(server.source or "")
        if source is None or not source.running or not server.running:
            return None
        try:
            if not await server.ask(_RECEIVER):
                return None
            seen = await self._see_position(source)
            replayed = (await server.ask(_POSITION))[0]
        except DataPlaneError:
            return None
        age = seen.age(replayed["position"])
        return age if replayed["age"] is None else min(age, replayed["age"])

    async def _see_position(self, server: Server) -> Positions:
        positions = self._positions[server.identifier]
        positions.see((await server.ask(_POSITION))[0]["position"])
        return positions

    def _server(self, identifier: str) -> Server:
        if identifier not in self._servers:
            raise DataPlaneError(f"there is no database {identifier}")
        return self._servers[identifier]

    def _add(self, identifier: str, region: str, source: str | None) -> Server:
        self._made += 1
        server = Server(
            identifier=identifier,
            region=region,
            address=self._addresses.database(region),
            data=self._place / f"{self._made}-{identifier}",
            source=source,
            source_address=self._addresses.database_dial(region, self._servers[source].region) if source else None,
            nursery=self._nursery,
            installation=self._installation,
        )
        self._servers[identifier], self._positions[identifier] = server, Positions()
        return server

    async def _start_copy(self, server: Server, copy: Process) -> None:
        if status := await copy.ended:
            raise DataPlaneError(f"the template could not be copied: cp ended with {status}")
        server.configure()
        await server.start()

    async def _copy(self, server: Server) -> None:
        server.data.mkdir(mode=0o700)
        if (user := self._installation.user) is not None:
            os.chown(server.data, user, user)
        command = [self._installation.program("pg_basebackup"), "-d", connection_to(server.source_address or "")]
        flags = ["-D", str(server.data), "-X", "stream", "-c", "fast", "--no-sync", "--no-password"]
        try:
            async with asyncio.timeout(_COPY_S):
                await self._nursery.run(
                    f"backup-{server.identifier}",
                    [*command, *flags],
                    directory=server.data,
                    user=self._installation.user,
                )
        except (ProcessError, TimeoutError) as error:
            raise DataPlaneError(f"{server.source} could not be copied: {error}") from error

    async def _streams(self, server: Server) -> None:
        async def streams() -> bool:
            return bool(await server.ask(_RECEIVER))

        await _until(streams, _STREAM_S, f"{server.identifier} does not stream")

    async def _is_primary(self, server: Server) -> bool:
        return not (await server.ask(_IN_RECOVERY))[0][0]


async def _orders(server: Server) -> "Counter[str]":
    rows = await server.ask("select id, count(*) from orders group by id")
    return Counter(dict(map(tuple, rows)))


async def _refuse_orders(server: Server) -> None:
    # Until the server's end: what it takes after the comparison would be lost unseen.
    await server.ask("begin")
    await server.ask("lock table orders in exclusive mode")


async def _until(condition: Callable[[], Awaitable[bool]], deadline_s: float, otherwise: str) -> None:
    end = time.monotonic() + deadline_s
    while not await condition():
        if time.monotonic() > end:
            raise DataPlaneError(otherwise)
        await asyncio.sleep(_POLL_S)
