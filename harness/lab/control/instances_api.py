"""The EC2 API."""

from typing import Any

from harness.lab.control.answer import ActionResult, EmptyResult
from harness.lab.control.gateways import GatewaysApi
from harness.lab.control.instances import STATES, Instances
from harness.lab.control.spot import SpotRequests


class InstancesApi(GatewaysApi):
    """moto's EC2 API, where the four verbs reach the processes."""

    def __init__(self, instances: Instances, spot: SpotRequests) -> None:
        super().__init__()
        self.instances, self.spot = instances, spot

    def _change(self, result: str, passing: str, work: Any) -> ActionResult:
        ids = self._get_param("InstanceIds", [])
        before = [(i.id, i.state, i.state_code) for i in self.ec2_backend.get_multi_instances_by_id(ids)]
        self.instances.lab.spawn(work(ids))
        current = {"Code": STATES[passing], "Name": passing}
        changed = [
            {"InstanceId": id, "CurrentState": current, "PreviousState": {"Code": code, "Name": state}}
            for id, state, code in before
        ]
        return ActionResult({result: changed})

    def stop_instances(self) -> ActionResult:
        return self._change("StoppingInstances", "stopping", self.instances.stop)

    def start_instances(self) -> ActionResult:
        return self._change("StartingInstances", "pending", self.instances.start)

    def terminate_instances(self) -> ActionResult:
        return self._change("TerminatingInstances", "shutting-down", self.instances.terminate)

    def describe_spot_instance_requests(self) -> ActionResult:
        ids, filters = self._get_param("SpotInstanceRequestIds", []), self._get_param("Filters", [])
        return ActionResult({"SpotInstanceRequests": self.spot.described(self.region, ids, filters)})

    def reboot_instances(self) -> EmptyResult:
        self._change("", "running", self.instances.reboot)
        return EmptyResult()
