"""What the lab can do: its actions, and the types of resources that targets can be of."""

from collections.abc import Mapping
from typing import Any

from harness.lab.control.answer import ActionResult, AwsError
from harness.lab.fis.action import Action, Parameter
from harness.lab.fis.described import only
from harness.lab.fis.regional_api import RegionalApi
from harness.lab.fis.registry import ACTIONS, TARGET_TYPES
from harness.lab.fis.target_parameters import TARGET_PARAMETERS


class CatalogueApi(RegionalApi):
    """The operations on actions and target resource types."""

    def list_actions(self) -> ActionResult:
        keys = ("id", "arn", "description", "targets", "tags")
        return self.listed("actions", [only(self._action(a), keys) for a in ACTIONS.values()])

    def get_action(self) -> ActionResult:
        if (action := ACTIONS.get(self.ask("id"))) is None:
            raise AwsError("ResourceNotFoundException", f"the lab has no action {self.ask('id')}")
        return ActionResult({"action": self._action(action)})

    def _action(self, action: Action) -> dict[str, Any]:
        return {
            "id": action.id,
            "arn": self.arn(f"action/{action.id}"),
            "description": action.description,
            "parameters": _parameters(action.parameters),
            "targets": {name: {"resourceType": type} for name, type in action.targets.items()},
            "tags": {},
        }

    def list_target_resource_types(self) -> ActionResult:
        types = [{"resourceType": type, "description": words} for type, words in TARGET_TYPES.items()]
        return self.listed("targetResourceTypes", types)

    def get_target_resource_type(self) -> ActionResult:
        type = self.ask("resourceType")
        if type not in TARGET_TYPES:
            raise AwsError("ResourceNotFoundException", f"the lab has no target resource type {type}")
        parameters = _parameters(TARGET_PARAMETERS.get(type, {}))
        described = {"resourceType": type, "description": TARGET_TYPES[type], "parameters": parameters}
        return ActionResult({"targetResourceType": described})


def _parameters(known: Mapping[str, Parameter]) -> dict[str, Any]:
    return {name: {"description": p.description, "required": p.required} for name, p in known.items()}
