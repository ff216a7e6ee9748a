"""What FIS does to the lab: the parts of `Effects` that need more than a controller of their own has."""

from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from harness.lab.control.answer import AwsError
from harness.lab.control.buckets import Buckets, Pause, bucket_name
from harness.lab.control.databases import Databases
from harness.lab.control.standbys import Standbys
from harness.lab.fis.action import ActionFailed
from harness.lab.plane import DataPlaneError


class BucketEffects:
    """What FIS does to buckets."""

    def __init__(self, buckets: Buckets) -> None:
        self.buckets = buckets

    def pause(
        self, name: str, buckets: Sequence[str], region: str, destinations: Sequence[str], prefixes: Sequence[str]
    ) -> None:
        """Hold back what these buckets send to a region. Raises ActionFailed when that is nothing."""
        known = {bucket_name(each) for each in self.buckets.others}
        if not self.buckets.replicates(buckets, region) or set(destinations) - known:
            raise ActionFailed(f"no rule of {', '.join(buckets)} replicates to {' or '.join(destinations) or region}")
        pause = Pause(buckets=buckets, region=region, destinations=destinations, prefixes=tuple(prefixes))
        self.buckets.pause(name, pause)

    def resume(self, name: str) -> None:
        """Let go of what was held back."""
        self.buckets.resume(name)


class DatabaseEffects:
    """What FIS does to databases."""

    def __init__(self, databases: Databases, standbys: Standbys) -> None:
        self.databases, self.standbys = databases, standbys

    async def reboot(self, region: str, identifier: str) -> None:
        """Restart a server in place. Raises ActionFailed when RDS refuses."""
        await self._carry_out(lambda: self.databases.reboot(self.databases.find(region, identifier)))

    async def fail_over(self, region: str, identifier: str) -> None:
        """Reboot a Multi-AZ instance with failover. Raises ActionFailed when RDS refuses."""
        await self._carry_out(lambda: self.standbys.fail_over(self.databases.find(region, identifier)))

    async def fail_over_cluster(self, region: str, identifier: str) -> None:
        """Make the reader of a cluster its writer. Raises ActionFailed when RDS refuses."""
        await self._carry_out(lambda: self.standbys.fail_over_cluster(self.standbys.find(region, identifier)))

    async def _carry_out(self, begin: Callable[[], Coroutine[Any, Any, None]]) -> None:
        try:
            await self.databases.lab.finish(begin())
        except AwsError as error:
            raise ActionFailed(error.message) from error
        except DataPlaneError as error:
            raise ActionFailed(str(error)) from error
