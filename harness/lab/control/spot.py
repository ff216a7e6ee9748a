"""Spot instances: the requests that they were launched by, and their interruption two minutes after its notice."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from harness.lab.control import records
from harness.lab.control.answer import NotInTheLab
from harness.lab.control.instances import Instance, Instances, request_id
from harness.lab.control.lab import Lab, now

NOTICE = 120.0  # model seconds from the notice to the end
_CODES = {
    "fulfilled": "Your spot request is fulfilled.",
    "marked-for-termination": "Spot instance marked for termination.",
    "instance-terminated-by-experiment": "Your Spot instance was terminated by a fault injection experiment.",
    "instance-terminated-by-user": "Spot instance terminated due to user-initiated termination.",
}
_REASON = "Server.SpotInstanceTermination"
_FILTERS = {"instance-id": "InstanceId", "spot-instance-request-id": "SpotInstanceRequestId", "state": "State"}


@dataclass(slots=True, kw_only=True)
class Status:
    """What became of a request, and since when."""

    code: str = "fulfilled"
    since: datetime = field(default_factory=now)


class SpotRequests:
    """The requests of every region, one an instance."""

    def __init__(self, lab: Lab, instances: Instances) -> None:
        self.lab, self.instances = lab, instances
        self._statuses: dict[str, Status] = {}  # by instance; none yet is fulfilled

    async def interrupt(self, ids: Sequence[str]) -> None:
        """Give notice and end the instances two minutes later, which nobody can prevent; returns after that."""
        ending = asyncio.get_running_loop().create_task(self._interrupt(ids))
        self.lab.spawn(_follow(ending))
        await asyncio.shield(ending)

    async def _interrupt(self, ids: Sequence[str]) -> None:
        self._say(ids, "marked-for-termination")
        await asyncio.sleep(self.lab.real(NOTICE))
        self._say(ids, "instance-terminated-by-experiment")
        await self.instances.terminate(ids)
        with self.lab.lock:
            for id in ids:
                because = records.instances.StateReason(f"{_REASON}: Spot instance termination", _REASON)
                records.ec2(self.instances.known[id].region).get_instance(id).state_reason = because

    def _say(self, ids: Sequence[str], code: str) -> None:
        alive = [id for id in ids if self.instances.known[id].state not in ("shutting-down", "terminated")]
        for id in alive:
            self._statuses[id] = Status(code=code)
        self.lab.truth.write("spot", status=code, instances=alive)

    def described(self, region: str, ids: Sequence[str], filters: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """The requests in the words of DescribeSpotInstanceRequests; call it under the lock."""
        found = [self._described(i) for i in list(self.instances.known.values()) if i.spot and i.region == region]
        found = [request for request in found if not ids or request["SpotInstanceRequestId"] in ids]
        return [request for request in found if all(_matches(request, each) for each in filters)]

    def _described(self, instance: Instance) -> dict[str, Any]:
        record = records.ec2(instance.region).get_instance(instance.id)
        over = instance.state in ("shutting-down", "terminated")
        status = self._statuses.get(instance.id) or Status(since=record.launch_time)
        if over and status.code == "fulfilled":
            status = Status(code="instance-terminated-by-user", since=status.since)
        return {
            "SpotInstanceRequestId": request_id(instance.id),
            "InstanceId": instance.id,
            "State": "closed" if over else "active",
            "Status": {"Code": status.code, "Message": _CODES[status.code], "UpdateTime": status.since},
            "Type": "one-time",
            "InstanceInterruptionBehavior": "terminate",
            "LaunchedAvailabilityZone": instance.zone,
            "CreateTime": record.launch_time,
        }


def _matches(request: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    name, values = wanted["Name"], wanted["Values"]
    if name == "status-code":
        return request["Status"]["Code"] in values
    if name not in _FILTERS:
        raise NotInTheLab("ec2", f"DescribeSpotInstanceRequests with filter {name!r}")
    return request[_FILTERS[name]] in values


async def _follow(task: "asyncio.Task[None]") -> None:
    await task
