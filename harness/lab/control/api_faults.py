"""API calls that are answered with an error instead of being carried out, by caller, operation, stream and zone."""

import contextlib
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from moto.core.responses import BaseResponse
from moto.core.utils import get_service_model

from harness.lab.api_fault import ApiError, ApiFault
from harness.lab.control import records
from harness.lab.control.lab import Lab
from harness.lab.control.zone_names import NoSuchZone, zone_names
from harness.lab.fis.action import ActionFailed


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiCall:
    """A call before it is carried out. `role` is none for a user's; `response` reads its parameters."""

    region: str
    service: str
    operation: str
    role: str | None
    response: BaseResponse

    def parameter(self, name: str) -> Any:
        """A parameter of the request; none when it is absent."""
        return self.response._get_param(name)

    def zones(self) -> set[str]:
        """The zones that capacity is asked for in."""
        ec2 = records.ec2(self.region)
        match self.operation:
            case "StartInstances":
                ids = self.parameter("InstanceIds") or []
                return {instance.availability_zone for instance in ec2.all_instances() if instance.id in ids}
            case "RunInstances" if id := self.parameter("SubnetId"):
                return {subnet.availability_zone for subnet in ec2.describe_subnets() if subnet.id == id}
            case "RunInstances":
                zone = (self.parameter("Placement") or {}).get("AvailabilityZone")
            case _:
                zone = self.parameter("AvailabilityZone")
        return {zone} if zone else set()

    def stream(self) -> str | None:
        """The ARN of the stream that is meant."""
        from moto.kinesis.utils import decompose_shard_iterator

        if arn := self.parameter("StreamARN"):
            return str(arn)
        name = self.parameter("StreamName")
        if iterator := self.parameter("ShardIterator"):
            with contextlib.suppress(ValueError):  # a bad one is the service's to refuse
                name = decompose_shard_iterator(iterator)[0]
        return f"arn:aws:kinesis:{self.region}:{records.ACCOUNT}:stream/{name}" if name else None


def meant(fault: ApiFault, call: ApiCall) -> bool:
    """Whether a fault is about a call, chance apart. FIS spares calls that ask for capacity in several zones."""
    if (fault.region, fault.service) != (call.region, call.service) or call.operation not in fault.operations:
        return False
    if fault.roles and call.role not in fault.roles:
        return False
    if fault.streams and call.stream() not in fault.streams:
        return False
    if not fault.zones:
        return True
    zones = call.zones()
    return len(zones) == 1 and zones <= fault.zones


@dataclass(slots=True)
class ApiFaults:
    """The faults in force, by name. `strike` is called by API threads under the lock, the rest in the loop."""

    lab: Lab
    _faults: dict[str, Sequence[ApiFault]] = field(default_factory=dict)

    def concern(self, service: str, operation: str) -> bool:
        """Whether some fault is about an operation."""
        held = [fault for faults in list(self._faults.values()) for fault in faults]
        return any(fault.service == service and operation in fault.operations for fault in held)

    def fail(self, name: str, faults: Sequence[ApiFault]) -> None:
        """Have calls fail until `heal(name)`. Raises ActionFailed when a service has no such operation."""
        with self.lab.lock:
            for fault in faults:
                known = get_service_model(fault.service).operation_names
                if unknown := sorted(fault.operations - set(known)):
                    raise ActionFailed(f"{fault.service} has no operation {', '.join(unknown)}")
            self._faults[name] = tuple(faults)
        self.lab.truth.write("api_faults", name=name, faults=[_told(fault) for fault in faults])

    def heal(self, name: str) -> None:
        """End them."""
        if self._faults.pop(name, None) is not None:
            self.lab.truth.write("api_faults_healed", name=name)

    def strike(self, call: ApiCall) -> ApiError | None:
        """The error that a call is to be answered with; none to carry it out."""
        for name, faults in list(self._faults.items()):
            for fault in faults:
                if meant(fault, call) and random.random() * 100 < fault.percentage:
                    told = {"service": call.service, "operation": call.operation, "role": call.role}
                    self.lab.truth.write("api_error", name=name, code=fault.error.code, **told)
                    return fault.error
        return None

    def zone_names(self, region: str, asked: Sequence[str]) -> list[str]:
        """The names of zones that are named by name or id. Raises ActionFailed when there is none such."""
        try:
            with self.lab.lock:
                return zone_names(region, asked)
        except NoSuchZone as error:
            raise ActionFailed(str(error)) from error


def _told(fault: ApiFault) -> dict[str, Any]:
    lists = {"operations": fault.operations, "roles": fault.roles, "streams": fault.streams, "zones": fault.zones}
    told = {name: sorted(values) for name, values in lists.items() if values}
    return {"region": fault.region, "service": fault.service, "percentage": fault.percentage, **told}
