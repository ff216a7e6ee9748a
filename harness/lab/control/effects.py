"""What FIS does to the lab: the parts of `Effects` that need more than a controller of their own has."""

from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from harness.lab.control import records
from harness.lab.control.answer import AwsError
from harness.lab.control.buckets import Buckets, Pause, bucket_name
from harness.lab.control.databases import Databases
from harness.lab.control.lab import Lab
from harness.lab.control.standbys import Standbys
from harness.lab.fis.action import ActionFailed
from harness.lab.network.rule import Rule
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


class NetworkEffects:
    """What FIS does to the network."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab

    async def cut(self, name: str, places: Sequence[str]) -> None:
        """Isolate regions or zones. Raises ActionFailed when the network cannot."""
        try:
            await self.lab.plane.cut(name, places)
        except DataPlaneError as error:
            raise ActionFailed(str(error)) from error

    async def impair(self, name: str, rules: Sequence[Rule]) -> None:
        """Put rules in force. Raises ActionFailed when the network cannot."""
        try:
            await self.lab.plane.impair(name, rules)
        except DataPlaneError as error:
            raise ActionFailed(str(error)) from error

    async def mend(self, name: str) -> None:
        """Take a cut and the rules of that name away."""
        await self.lab.plane.mend(name)

    def places(self, region: str, subnets: Sequence[str]) -> list[str]:
        """The zones of subnets; the region when these are all of its zones."""
        with self.lab.lock:
            ec2 = records.ec2(region)
            zones = {ec2.get_subnet(subnet).availability_zone for subnet in subnets}
        return [region] if zones == set(self.lab.recipe.zones(region)) else sorted(zones)
