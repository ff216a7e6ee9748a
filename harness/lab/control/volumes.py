"""EBS volumes: the disks of the databases that are single servers. Those stand for PostgreSQL on EC2 here.

What RDS runs in two zones has no volumes that anybody could see. Root volumes of instances are records and no more.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence

from harness.lab.control import records
from harness.lab.control.lab import Lab
from harness.lab.control.records import ACCOUNT
from harness.lab.fis.action import ActionFailed
from harness.lab.fis.targets import Candidate
from harness.lab.plane import DataPlaneError

_SIZE_GIB = 20


class Volumes:
    """The volumes by id, and what FIS does to them."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.databases: dict[str, str] = {}  # volume -> the database whose disk it is
        self._faulty: dict[str, Sequence[str]] = {}

    def adopt(self, tags: Mapping[str, str]) -> None:
        """Make a volume for each database that is a single server."""
        with self.lab.lock:
            for identifier, state in self.lab.plane.databases().items():
                if state.role == "reader" or identifier in self.lab.plane.pairs():
                    continue
                volume = records.ec2(state.region).create_volume(_SIZE_GIB, state.zone, volume_type="gp3")
                volume.add_tags({**tags, "Name": f"{identifier}-data", "database": identifier})
                self.databases[volume.id] = identifier

    def found(self, region: str) -> Iterator[Candidate]:
        """The volumes of a region whose database is still there, for FIS; called under the lock."""
        for id, identifier in self.databases.items():
            state = self.lab.plane.databases().get(identifier)
            if state is None or state.region != region:
                continue
            volume = records.ec2(region).volumes[id]
            yield Candidate(
                arn=f"arn:aws:ec2:{region}:{ACCOUNT}:volume/{id}",
                tags={tag["key"]: tag["value"] for tag in volume.get_tags()},
                zone=state.zone,
                attributes={"VolumeId": id, "VolumeType": "gp3", "AvailabilityZone": state.zone, "State": "available"},
            )

    async def pause(self, name: str, volumes: Sequence[str]) -> None:
        """Let nothing be written until `mend(name)`. Raises ActionFailed when that cannot be."""
        await self._spoil(name, volumes, lambda database: self.lab.plane.pause_disk(name, database))

    async def slow(self, name: str, volumes: Sequence[str], milliseconds: float) -> None:
        """Have each flush take so much longer (real time) until `mend(name)`. Raises ActionFailed."""
        await self._spoil(name, volumes, lambda database: self.lab.plane.slow_disk(name, database, milliseconds))

    async def mend(self, name: str) -> None:
        """Take away what has this name."""
        for database in self._faulty.pop(name, ()):
            await self.lab.plane.mend_disk(name, database)

    async def _spoil(self, name: str, volumes: Sequence[str], spoil: Callable[[str], Awaitable[None]]) -> None:
        databases = self._faulty[name] = [self.databases[id] for id in volumes]

        async def spoil_all() -> None:
            if self._faulty.get(name) is databases:  # else it was taken back before it began
                await asyncio.gather(*map(spoil, databases))

        try:
            await self.lab.finish(spoil_all())
        except DataPlaneError as error:
            raise ActionFailed(str(error)) from error
