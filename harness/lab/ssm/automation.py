"""What an automation does: steps that change the state of EC2 instances, one after the other."""

from dataclasses import dataclass
from typing import Literal

from harness.lab.ssm.field import Field, problems

Step = Literal["stop", "start", "terminate"]
STATES: dict[Step, str] = {"stop": "stopped", "start": "running", "terminate": "terminated"}  # that a step leads to

_FIELDS = (Field(name="InstanceId", required=True, listed=True), Field(name="AutomationAssumeRole"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Automation:
    """An automation document for a list of instances."""

    name: str
    description: str
    steps: tuple[Step, ...]
    fields: tuple[Field, ...] = _FIELDS

    def problems(self, given: dict[str, list[str]]) -> list[str]:
        """Everything that is wrong with parameters."""
        return problems(self.fields, given)
