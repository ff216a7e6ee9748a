"""aws:ecs:task-network-blackhole-port: connections to a port of the tasks, or from them to a port, get nowhere."""

from collections.abc import Mapping
from typing import Literal, cast

from harness.lab.fis.action import ANY_DURATION, Action, Call, Parameter
from harness.lab.fis.impairments import impaired
from harness.lab.fis.task_faults import DEPENDENCIES, ENDPOINTS, TASKS
from harness.lab.network.rule import Rule


async def _run(call: Call) -> None:
    traffic = cast(Literal["ingress", "egress"], call.parameters["trafficType"])
    tasks, port = call.effects.tasks.addresses(call.region, call.ids()), int(call.parameters["port"])
    await impaired(call, Rule(ends=tasks, traffic=traffic, port=port, blocked=True))


def _cannot(parameters: Mapping[str, str]) -> str | None:
    protocol = parameters.get("protocol", "tcp")
    return None if protocol == "tcp" else f"protocol {protocol!r} (it can do tcp)"


ACTION = Action(
    id="aws:ecs:task-network-blackhole-port",
    description="Drop the traffic of ECS tasks at a port.",
    run=_run,
    targets=TASKS,
    parameters={
        "duration": ANY_DURATION,
        "port": Parameter(description="The port.", required=True, number=(0, 65535)),
        "trafficType": Parameter(description="Which way.", required=True, choices=("ingress", "egress")),
        "protocol": Parameter(description="The protocol; tcp if not given.", choices=("tcp", "udp")),
        "installDependencies": DEPENDENCIES,
        "useEcsFaultInjectionEndpoints": ENDPOINTS,
    },
    cannot=_cannot,
)
