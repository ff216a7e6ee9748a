"""AWS Fault Injection Service: templates and experiments."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from harness.aws.session import Aws, calling

RUN_TAG = "drill-run"
OVER = frozenset({"completed", "stopped", "failed", "cancelled"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentState:
    """An FIS experiment as GetExperiment shows it.

    `actions` maps each action to its status; `first` are those that wait for no other.
    """

    experiment_id: str
    region: str
    status: str
    reason: str
    actions: Mapping[str, str]
    first: frozenset[str] = frozenset()

    @property
    def over(self) -> bool:
        """Whether nothing of it is in force any more."""
        return self.status in OVER


class Fis:
    """FIS in one region."""

    def __init__(self, aws: Aws, region: str) -> None:
        self.region = region
        self._client = aws.client("fis", region)

    def create_template(self, template: Mapping[str, Any], run: str) -> str:
        """Create the template, tagged with the run; returns its id."""
        with calling(f"fis:CreateExperimentTemplate in {self.region}"):
            made = self._client.create_experiment_template(
                clientToken=str(uuid4()), **{**template, "tags": {**template.get("tags", {}), RUN_TAG: run}}
            )
        return str(made["experimentTemplate"]["id"])

    def start(self, template_id: str, run: str, *, preview: bool = False) -> ExperimentState:
        """Start an experiment from a template; a preview resolves its targets and acts on none of them."""
        with calling(f"fis:StartExperiment in {self.region}"):
            made = self._client.start_experiment(
                clientToken=str(uuid4()),
                experimentTemplateId=template_id,
                experimentOptions={"actionsMode": "skip-all" if preview else "run-all"},
                tags={RUN_TAG: run},
            )
        return self._state(made["experiment"])

    def get(self, experiment_id: str) -> ExperimentState:
        """The experiment as it stands."""
        with calling(f"fis:GetExperiment in {self.region}"):
            return self._state(self._client.get_experiment(id=experiment_id)["experiment"])

    def stop(self, experiment_id: str) -> None:
        """Ask for the end of an experiment; one that is over already is left alone."""
        if not self.get(experiment_id).over:
            with calling(f"fis:StopExperiment in {self.region}"):
                self._client.stop_experiment(id=experiment_id)

    def resolved_targets(self, experiment_id: str) -> tuple[Mapping[str, Any], ...]:
        """What the experiment really hit: dicts with targetName, resourceType and targetInformation."""
        with calling(f"fis:ListExperimentResolvedTargets in {self.region}"):
            pages = self._client.get_paginator("list_experiment_resolved_targets").paginate(experimentId=experiment_id)
            return tuple(target for page in pages for target in page["resolvedTargets"])

    def of_run(self, run: str | None) -> tuple[ExperimentState, ...]:
        """The experiments in force that carry the tag of this run, or of any run when it is None."""
        with calling(f"fis:ListExperiments in {self.region}"):
            pages = self._client.get_paginator("list_experiments").paginate()
            found = [experiment for page in pages for experiment in page["experiments"]]
        tagged = [e for e in found if RUN_TAG in e.get("tags", {}) and run in (None, e["tags"][RUN_TAG])]
        states = (self.get(e["id"]) for e in tagged if e["state"]["status"] not in OVER)
        return tuple(s for s in states if not s.over)

    def delete_template(self, template_id: str) -> None:
        """Delete a template; its experiments stay listed."""
        with calling(f"fis:DeleteExperimentTemplate in {self.region}"):
            self._client.delete_experiment_template(id=template_id)

    def templates_of_run(self, run: str) -> tuple[str, ...]:
        """The ids of the templates that carry the tag of this run."""
        with calling(f"fis:ListExperimentTemplates in {self.region}"):
            pages = self._client.get_paginator("list_experiment_templates").paginate()
            found = [template for page in pages for template in page["experimentTemplates"]]
        return tuple(t["id"] for t in found if t.get("tags", {}).get(RUN_TAG) == run)

    def _state(self, experiment: Mapping[str, Any]) -> ExperimentState:
        actions = experiment.get("actions") or {}
        return ExperimentState(
            experiment_id=experiment["id"],
            region=self.region,
            status=experiment["state"]["status"],
            reason=experiment["state"].get("reason", ""),
            actions={name: action.get("state", {}).get("status", "pending") for name, action in actions.items()},
            first=frozenset(name for name, action in actions.items() if not action.get("startAfter")),
        )
