"""Two servers of a region in two zones: a writer, and a standby that has every commit that was acknowledged.

That holds while `in_sync`: the writer acknowledges no commit before the standby has written it (synchronous
replication). When the standby is lost the writer goes on alone, which has to be said (`go_alone`), as RDS does.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from harness.lab.addresses import DATABASE_PORT, Addresses
from harness.lab.network.remote import Opening
from harness.lab.postgres.deadline import until
from harness.lab.postgres.server import Server
from harness.lab.states import DataPlaneError, PairState

STANDBY = "standby"  # how either server introduces itself to the other

_STREAM_S, _PROMOTE_S = 20.0, 20.0
_NAMES = "synchronous_standby_names"
_FOLLOWS = f"select sync_state from pg_stat_replication where application_name = '{STANDBY}' and state = 'streaming'"
_IN_RECOVERY = "select pg_is_in_recovery()"


@dataclass(slots=True)
class Pair:
    """The servers by their part. `clustered` pairs are an Aurora cluster, others a Multi-AZ instance."""

    clustered: bool
    writer: Server
    standby: Server
    in_sync: bool = False

    def state(self) -> PairState:
        """The pair as it is."""
        return PairState(
            region=self.writer.region,
            members=tuple(sorted((self.writer.identifier, self.standby.identifier))) if self.clustered else (),
            writer_zone=self.writer.zone or "",
            standby_zone=self.standby.zone or "",
            in_sync=self.in_sync and self.standby.running,
        )

    def doors(self, addresses: Addresses, regions: Iterable[str]) -> list[Opening]:
        """Where the servers are dialed: by clients, by each other, and by the replicas of other regions."""
        opened: list[Opening] = []
        for server, other in ((self.writer, self.standby), (self.standby, self.writer)):
            opened.append((server.address, DATABASE_PORT, None))
            for region in regions:
                dial = addresses.database_dial_in(region, server.zone or "")
                source = other.address if region == server.region else addresses.database(region)
                opened.append((dial, DATABASE_PORT, (source, server.address)))
        return opened

    def expect_standby(self) -> None:
        """Before its first start: the writer is to wait for the standby from the first commit on."""
        self.writer.settings[_NAMES] = STANDBY

    async def synchronise(self) -> None:
        """Have every commit wait for the standby from now on."""
        await until(self._streams, _STREAM_S, f"{self.standby.identifier} does not stream")
        if self.writer.settings.get(_NAMES) != STANDBY:
            await self.writer.set(**{_NAMES: STANDBY})
        await until(self._waits, _STREAM_S, f"{self.standby.identifier} is not in sync")
        # The checkpointer is who tells sessions to wait: when it has done this it has read the setting.
        await self.writer.ask("checkpoint")
        self.in_sync = True

    async def go_alone(self) -> None:
        """Wait for the standby no longer: commits that do are acknowledged now."""
        self.in_sync = False
        await self.writer.set(**{_NAMES: None})

    async def swap(self) -> None:
        """Crash the writer and promote the standby. The old writer is to be made the standby anew."""
        old, new = self.writer, self.standby
        if not (self.in_sync and new.running):
            raise DataPlaneError(f"{old.identifier} has no standby in sync")
        await old.crash()
        new.settings.pop(_NAMES, None)
        new.promote()
        await until(self._promoted, _PROMOTE_S, f"{new.identifier} was not promoted")
        self.writer, self.standby, self.in_sync = new, old, False
        old.settings.pop(_NAMES, None)

    async def _promoted(self) -> bool:
        return not (await self.standby.ask(_IN_RECOVERY))[0][0]

    async def _streams(self) -> bool:
        return bool(await self.writer.ask(_FOLLOWS))

    async def _waits(self) -> bool:
        return any(row["sync_state"] == "sync" for row in await self.writer.ask(_FOLLOWS))
