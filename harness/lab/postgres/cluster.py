"""The databases of a lab: a primary and a chain of replicas, and what RDS can do to them."""

import asyncio
import os
from collections import Counter, defaultdict
from collections.abc import Mapping
from pathlib import Path

from harness.lab.addresses import Addresses
from harness.lab.network.remote import Opening
from harness.lab.postgres.deadline import until
from harness.lab.postgres.disk import Disk
from harness.lab.postgres.installation import Installation
from harness.lab.postgres.lag import Positions
from harness.lab.postgres.pair import STANDBY, Pair
from harness.lab.postgres.server import Server
from harness.lab.postgres.settings import connection_to
from harness.lab.processes import Nursery, Process, ProcessError
from harness.lab.recipe import Recipe
from harness.lab.states import DatabaseState, DataPlaneError, PairState
from harness.lab.truth import Truth

_STREAM_S, _PROMOTE_S, _COPY_S, _REFUSE_S = 20.0, 20.0, 120.0, 5.0

_RECEIVER = "select 1 from pg_stat_wal_receiver where status = 'streaming'"
_IN_RECOVERY = "select pg_is_in_recovery()"
_POSITION = """
select (case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_lsn() end - '0/0')::bigint
           as position,
       extract(epoch from clock_timestamp() - pg_last_xact_replay_timestamp())::float8 as age
"""

_SEND_AWAY = """
select pg_terminate_backend(pid) from pg_stat_activity
where backend_type = 'client backend' and pid <> pg_backend_pid()
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
        self._pairs: dict[str, Pair] = {}
        self._disks: dict[str, tuple[str, Disk]] = {}  # what is wrong with a disk has a name
        self._copies: list[tuple[Server, Process]] = []
        self._changing: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._made = 0

    def copy_template(self, recipe: Recipe) -> None:
        """Begin to make a server in each region, each the replica of the one before, from copies of the template."""
        source: str | None = None
        for region in recipe.regions:
            identifier = f"storefront-{region}"
            if source is None and (recipe.multi_az or recipe.database == "cluster"):
                self._add_pair(identifier, region, recipe)
            else:
                self._begin_copy(self._add(identifier, region, source))
            source = identifier
        self._primary = next(iter(self._servers))

    def _begin_copy(self, server: Server) -> None:
        copy = ["/bin/cp", "-a", str(self._installation.template), str(server.data)]
        process = self._nursery.execute(f"copy-{server.identifier}", copy, directory=Path("/"))
        self._copies.append((server, process))

    def _add_pair(self, identifier: str, region: str, recipe: Recipe) -> None:
        clustered = recipe.database == "cluster"
        here, there = recipe.zones(region)[:2]
        writer = self._add(identifier, region, None, zone=here)
        standby = self._make(f"{identifier}-2", region, identifier, zone=there)
        if clustered:
            self._servers[standby.identifier] = standby
        pair = self._pairs[identifier] = Pair(clustered=clustered, writer=writer, standby=standby)
        pair.expect_standby()
        self._begin_copy(writer)
        self._begin_copy(standby)

    async def start(self) -> None:
        """Start the servers whose copies were begun."""
        await asyncio.gather(*(self._start_copy(server, copy) for server, copy in self._copies))
        self._copies.clear()

    def doors(self, regions: tuple[str, ...]) -> list[Opening]:
        """Where the servers of pairs are dialed."""
        return [door for pair in self._pairs.values() for door in pair.doors(self._addresses, regions)]

    async def wait_for_streams(self) -> None:
        """Wait until every replica streams."""
        following = [self._streams(server) for server in self._servers.values() if server.source]
        await asyncio.gather(*following, *(pair.synchronise() for pair in self._pairs.values()))

    def states(self) -> Mapping[str, DatabaseState]:
        """The servers as they are. Other threads ask than the one that changes them: a copy is made in one step."""
        servers = self._servers.copy()
        return {
            identifier: DatabaseState(
                region=server.region,
                role=self._role(server),
                source=server.source,
                running=server.running,
                address=server.address,
                zone=server.zone or f"{server.region}a",
            )
            for identifier, server in servers.items()
        }

    def _role(self, server: Server) -> str:
        if server.source is None:
            return "primary"
        return "reader" if server.zone else "replica"

    def pairs(self) -> Mapping[str, PairState]:
        """The databases of two servers, by the identifier that the writer of each started with."""
        return {identifier: pair.state() for identifier, pair in self._pairs.copy().items()}

    async def promote(self, identifier: str) -> None:
        """Promote a replica; returns when it takes writes."""
        async with self._changing[identifier]:
            server = self._server(identifier)
            if server.source is None:
                return
            self._truth.write("database_promoting", database=identifier, region=server.region)
            server.promote()
            await until(lambda: self._is_primary(server), _PROMOTE_S, f"{identifier} was not promoted")
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

    async def fail_over(self, identifier: str) -> None:
        """Crash the writer of a pair and promote its standby; returns when that takes writes."""
        async with self._changing[identifier]:
            pair = self._pair(identifier)
            zones = {"zone": pair.writer.zone, "to": pair.standby.zone}
            self._truth.write("database_failing_over", database=identifier, region=pair.writer.region, **zones)
            before = self._key(pair.writer)
            await pair.swap()
            self._exchange(identifier, pair, before)
            self._truth.write("failed_over", database=identifier, region=pair.writer.region, **zones)

    def _exchange(self, identifier: str, pair: Pair, before: str) -> None:
        """Have everybody know who the writer is now; replicas of other regions follow it."""
        if not pair.clustered:
            self._servers[identifier] = pair.writer
        after = self._key(pair.writer)
        pair.writer.source, pair.writer.source_address = None, None
        pair.standby.source = after
        pair.standby.source_address = self._dial(pair.standby.region, pair.writer)
        if self._primary == before:
            self._primary = after
        for server in self._servers.values():
            if server.source == before and server is not pair.standby:
                server.follow(after, self._dial(server.region, pair.writer))

    async def restore_standby(self, identifier: str) -> None:
        """Make the standby of a pair anew if it does not run; it is in sync on return."""
        async with self._changing[identifier]:
            pair = self._pair(identifier)
            if not pair.standby.running:
                await self._make_anew(pair.standby)
            await pair.synchronise()
            self._truth.write("standby_in_sync", database=identifier, zone=pair.standby.zone)

    async def give_standby_up(self, identifier: str) -> None:
        """Have the writer of a pair acknowledge commits alone."""
        async with self._changing[identifier]:
            pair = self._pair(identifier)
            await pair.go_alone()
            self._truth.write("standby_lost", database=identifier, zone=pair.standby.zone)

    async def _make_anew(self, server: Server) -> None:
        try:
            await server.remove()
            await self._copy(server)
            server.configure()
            await server.start()
        except BaseException:
            await server.remove()
            raise

    def _key(self, server: Server) -> str:
        return next(identifier for identifier, known in self._servers.items() if known is server)

    def _pair(self, identifier: str) -> Pair:
        if identifier not in self._pairs:
            raise DataPlaneError(f"{identifier} has no standby")
        return self._pairs[identifier]

    async def pause_disk(self, name: str, identifier: str) -> None:
        """Let a server write nothing until `mend_disk(name, identifier)`."""
        async with self._changing[identifier]:
            await self._take_disk(name, identifier).pause()
            self._truth.write("disk_paused", name=name, database=identifier)

    async def slow_disk(self, name: str, identifier: str, milliseconds: float) -> None:
        """Have each flush of a server's log take so much longer until `mend_disk(name, identifier)`."""
        async with self._changing[identifier]:
            await self._take_disk(name, identifier).slow(milliseconds)
            self._truth.write("disk_slowed", name=name, database=identifier, milliseconds=milliseconds)

    async def mend_disk(self, name: str, identifier: str) -> None:
        """Take what is wrong with a disk away, if it has this name."""
        async with self._changing[identifier]:
            holder, disk = self._disks.get(identifier, ("", None))
            if disk is None or holder != name:
                return
            del self._disks[identifier]
            await disk.mend()
            self._truth.write("disk_mended", name=name, database=identifier)

    def _take_disk(self, name: str, identifier: str) -> Disk:
        server = self._server(identifier)
        if identifier in self._disks:
            raise DataPlaneError(f"something is wrong with the disk of {identifier} already")
        disk = Disk(server)
        self._disks[identifier] = (name, disk)
        return disk

    async def delete(self, identifier: str) -> None:
        """End a server and remove its data; what only it holds is lost."""
        async with self._changing[identifier]:
            server = self._servers.get(identifier)
            if server is None:
                return
            if any(pair.clustered and server in (pair.writer, pair.standby) for pair in self._pairs.values()):
                raise DataPlaneError(f"{identifier} is a member of a cluster")
            primary = self._servers.get(self._primary or "")
            if primary is not None and primary is not server and server.running:
                if server.source is None:
                    await _refuse_orders(server)
                lost = await _orders(server) - await _orders(primary)
                if lost:
                    self._truth.write(
                        "lost_rows", database=identifier, region=server.region, ids=sorted(lost.elements())
                    )
            del self._servers[identifier]
            if (pair := self._pairs.pop(identifier, None)) is not None:
                await pair.standby.remove()
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
                del self._servers[identifier]
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

    def _add(self, identifier: str, region: str, source: str | None, zone: str | None = None) -> Server:
        server = self._servers[identifier] = self._make(identifier, region, source, zone)
        return server

    def _make(self, name: str, region: str, source: str | None, zone: str | None) -> Server:
        self._made += 1
        self._positions[name] = Positions()
        return Server(
            identifier=name,
            region=region,
            address=self._addresses.database_in(zone) if zone else self._addresses.database(region),
            data=self._place / f"{self._made}-{name}",
            source=source,
            source_address=self._dial(region, self._servers[source]) if source else None,
            nursery=self._nursery,
            installation=self._installation,
            zone=zone,
            application_name=STANDBY if zone else name,
        )

    def _dial(self, region: str, source: Server) -> str:
        """Where a server in a region dials its source."""
        if source.zone:
            return self._addresses.database_dial_in(region, source.zone)
        return self._addresses.database_dial(region, source.region)

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

        await until(streams, _STREAM_S, f"{server.identifier} does not stream")

    async def _is_primary(self, server: Server) -> bool:
        return not (await server.ask(_IN_RECOVERY))[0][0]


async def _orders(server: Server) -> "Counter[str]":
    rows = await server.ask("select id, count(*) from orders group by id")
    return Counter(dict(map(tuple, rows)))


async def _refuse_orders(server: Server) -> None:
    # Until the server's end: what it takes after the comparison would be lost unseen.
    # A client that has its statement ready and never used it holds a lock, so all are sent away; one may come back.
    async def refused() -> bool:
        try:
            await server.ask("begin")
            await server.ask("set local lock_timeout = '300ms'")
            await server.ask(_SEND_AWAY)
            await server.ask("lock table orders in exclusive mode")
        except DataPlaneError:
            return False
        return True

    await until(refused, _REFUSE_S, f"{server.identifier} cannot be kept from taking orders")
