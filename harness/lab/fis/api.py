"""The FIS API. Templates and experiments are kept per region."""

import copy
from collections.abc import Mapping
from typing import Any

from harness.lab.control.answer import ActionResult, AwsError, EmptyResult, NotInTheLab, Response, page
from harness.lab.control.lab import now
from harness.lab.fis.action import Action
from harness.lab.fis.engine import Engine, new_id
from harness.lab.fis.experiment import ActionState, Experiment
from harness.lab.fis.registry import ACTIONS, TARGET_TYPES
from harness.lab.fis.template import Template, problems

MOST_ACTIVE = 5
_MODES = ("run-all", "skip-all")


class Store:
    """The templates of all regions and the tokens that made things, so that a repeated call makes nothing new."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.templates: dict[str, Template] = {}
        self.tokens: dict[tuple[str, str], str] = {}


class FisApi(Response):
    """Serves one region a request."""

    def __init__(self, store: Store) -> None:
        super().__init__("fis")
        self.store, self.engine = store, store.engine

    # Templates

    def create_experiment_template(self) -> ActionResult:
        token = (f"template {self.region}", self.ask("clientToken", ""))
        if (known := self.store.tokens.get(token)) in self.store.templates:
            return ActionResult({"experimentTemplate": describe_template(self.store.templates[str(known)])})
        id, at = new_id("EXT"), now()
        template = Template(
            id=id,
            arn=f"arn:aws:fis:{self.region}:{self.current_account}:experiment-template/{id}",
            region=self.region,
            description=self.ask("description", ""),
            actions=dict(self.ask("actions") or {}),
            targets=dict(self.ask("targets") or {}),
            stop_conditions=list(self.ask("stopConditions") or []),
            role=self.ask("roleArn", ""),
            created=at,
            updated=at,
            options=dict(self.ask("experimentOptions") or {}),
            tags=dict(self.ask("tags") or {}),
        )
        self._keep(template)
        self.store.tokens[token] = id
        return ActionResult({"experimentTemplate": describe_template(template)})

    def update_experiment_template(self) -> ActionResult:
        template = copy.deepcopy(self._template())
        fields = {
            "description": "description",
            "actions": "actions",
            "targets": "targets",
            "stopConditions": "stop_conditions",
            "roleArn": "role",
            "experimentOptions": "options",
        }
        for name, attribute in fields.items():
            if (value := self.ask(name)) is not None:
                setattr(template, attribute, value)
        template.updated = now()
        self._keep(template)
        return ActionResult({"experimentTemplate": describe_template(template)})

    def _keep(self, template: Template) -> None:
        for unsupported in ("logConfiguration", "experimentReportConfiguration"):
            if self.ask(unsupported):
                raise NotInTheLab("fis", f"templates with {unsupported}")
        if found := problems(template):
            raise AwsError("ValidationException", "; ".join(found))
        self.store.templates[template.id] = template

    def _template(self, id: str | None = None) -> Template:
        id = id or self.ask("id")
        template = self.store.templates.get(str(id))
        if template is None or template.region != self.region:
            raise AwsError("ResourceNotFoundException", f"Experiment template {id} does not exist in {self.region}.")
        return template

    def get_experiment_template(self) -> ActionResult:
        return ActionResult({"experimentTemplate": describe_template(self._template())})

    def delete_experiment_template(self) -> ActionResult:
        template = self.store.templates.pop(self._template().id)
        return ActionResult({"experimentTemplate": describe_template(template)})

    def list_experiment_templates(self) -> ActionResult:
        mine = [t for t in list(self.store.templates.values()) if t.region == self.region]
        keys = ("id", "arn", "description", "creationTime", "lastUpdateTime", "tags")
        return self._listed("experimentTemplates", [_only(describe_template(t), keys) for t in mine])

    def _listed(self, name: str, items: list[Any]) -> ActionResult:
        some, token = page(items, self.ask("nextToken"), self.ask("maxResults"))
        return ActionResult({name: some, "nextToken": token})

    # Experiments

    def start_experiment(self) -> ActionResult:
        token = (f"experiment {self.region}", self.ask("clientToken", ""))
        if (known := self.store.tokens.get(token)) is not None:
            return ActionResult({"experiment": describe(self.engine.experiments[known])})
        template = self._template(self.ask("experimentTemplateId"))
        mode = (self.ask("experimentOptions") or {}).get("actionsMode", "run-all")
        if mode not in _MODES:
            raise AwsError("ValidationException", f"actionsMode must be one of {', '.join(_MODES)}, not {mode!r}")
        if sum(not e.status.final for e in self._mine()) >= MOST_ACTIVE:
            raise AwsError("ServiceQuotaExceededException", f"{MOST_ACTIVE} experiments are active in {self.region}.")
        tags = dict(self.ask("tags") or {})
        experiment = self.engine.begin(template, account=self.current_account, actions_mode=mode, tags=tags)
        self.store.tokens[token] = experiment.id
        return ActionResult({"experiment": describe(experiment)})

    def _mine(self) -> list[Experiment]:
        return [e for e in list(self.engine.experiments.values()) if e.region == self.region]

    def _experiment(self) -> Experiment:
        id = self.ask("id") or self.ask("experimentId")
        experiment = self.engine.experiments.get(str(id))
        if experiment is None or experiment.region != self.region:
            raise AwsError("ResourceNotFoundException", f"Experiment {id} does not exist in {self.region}.")
        return experiment

    def get_experiment(self) -> ActionResult:
        return ActionResult({"experiment": describe(self._experiment())})

    def stop_experiment(self) -> ActionResult:
        experiment = self._experiment()
        self.engine.stop(experiment)
        return ActionResult({"experiment": describe(experiment)})

    def list_experiments(self) -> ActionResult:
        wanted = self.ask("experimentTemplateId")
        mine = [e for e in self._mine() if wanted in (None, e.template.id)]
        keys = ("id", "arn", "experimentTemplateId", "state", "creationTime", "tags", "experimentOptions")
        return self._listed("experiments", [_only(describe(e), keys) for e in mine])

    def list_experiment_resolved_targets(self) -> ActionResult:
        experiment, wanted = self._experiment(), self.ask("targetName")
        found = [
            {
                "resourceType": experiment.template.targets[name]["resourceType"],
                "targetName": name,
                "targetInformation": {"resourceArn": arn},
            }
            for name, arns in list(experiment.resolved.items())
            if wanted in (None, name)
            for arn in arns
        ]
        return self._listed("resolvedTargets", found)

    # The catalogue

    def list_actions(self) -> ActionResult:
        keys = ("id", "arn", "description", "targets", "tags")
        return self._listed("actions", [_only(self._kind(a), keys) for a in ACTIONS.values()])

    def get_action(self) -> ActionResult:
        if (action := ACTIONS.get(self.ask("id"))) is None:
            raise AwsError("ResourceNotFoundException", f"the lab has no action {self.ask('id')}")
        return ActionResult({"action": self._kind(action)})

    def _kind(self, action: Action) -> dict[str, Any]:
        return {
            "id": action.id,
            "arn": f"arn:aws:fis:{self.region}:{self.current_account}:action/{action.id}",
            "description": action.description,
            "parameters": {
                name: {"description": p.description, "required": p.required} for name, p in action.parameters.items()
            },
            "targets": {name: {"resourceType": type} for name, type in action.targets.items()},
            "tags": {},
        }

    def list_target_resource_types(self) -> ActionResult:
        types = [{"resourceType": type, "description": words} for type, words in TARGET_TYPES.items()]
        return self._listed("targetResourceTypes", types)

    def get_target_resource_type(self) -> ActionResult:
        type = self.ask("resourceType")
        if type not in TARGET_TYPES:
            raise AwsError("ResourceNotFoundException", f"the lab has no target resource type {type}")
        return ActionResult({"targetResourceType": {"resourceType": type, "description": TARGET_TYPES[type]}})

    # Tags

    def _tags(self) -> dict[str, str]:
        arn = self.ask("resourceArn")
        tagged: list[Template | Experiment] = [*list(self.store.templates.values()), *self._mine()]
        for one in tagged:
            if one.arn == arn:
                return one.tags
        raise AwsError("ResourceNotFoundException", f"there is no {arn}")

    def list_tags_for_resource(self) -> ActionResult:
        return ActionResult({"tags": self._tags()})

    def tag_resource(self) -> EmptyResult:
        self._tags().update(self.ask("tags") or {})
        return EmptyResult()

    def untag_resource(self) -> EmptyResult:
        for name in self.ask("tagKeys") or []:
            self._tags().pop(name, None)
        return EmptyResult()


def _only(described: Mapping[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    return {key: described[key] for key in keys}


def describe_template(template: Template) -> dict[str, Any]:
    """A template in the words of FIS."""
    return {
        "id": template.id,
        "arn": template.arn,
        "description": template.description,
        "targets": template.targets,
        "actions": template.actions,
        "stopConditions": template.stop_conditions,
        "creationTime": template.created,
        "lastUpdateTime": template.updated,
        "roleArn": template.role,
        "tags": template.tags,
        "experimentOptions": _options(template),
        "targetAccountConfigurationsCount": 0,
    }


def describe(experiment: Experiment) -> dict[str, Any]:
    """An experiment in the words of FIS."""
    template = experiment.template
    return {
        "id": experiment.id,
        "arn": experiment.arn,
        "experimentTemplateId": template.id,
        "roleArn": template.role,
        "state": {"status": experiment.status.value, "reason": experiment.reason},
        "targets": template.targets,
        "actions": {name: _describe_action(action) for name, action in experiment.actions.items()},
        "stopConditions": template.stop_conditions,
        "creationTime": experiment.created,
        "startTime": experiment.created,
        "endTime": experiment.ended,
        "tags": experiment.tags,
        "experimentOptions": {**_options(template), "actionsMode": experiment.actions_mode},
        "targetAccountConfigurationsCount": 0,
    }


def _describe_action(action: ActionState) -> dict[str, Any]:
    keys = ("actionId", "description", "parameters", "targets", "startAfter")
    return {
        **{key: action.spec[key] for key in keys if action.spec.get(key) is not None},
        "state": {"status": action.status.value, "reason": action.reason},
        "startTime": action.started,
        "endTime": action.ended,
    }


def _options(template: Template) -> dict[str, str]:
    return {
        "accountTargeting": template.options.get("accountTargeting", "single-account"),
        "emptyTargetResolutionMode": template.options.get("emptyTargetResolutionMode", "fail"),
    }
