"""Experiment templates."""

import copy

from harness.lab.control.answer import ActionResult, AwsError, NotInTheLab
from harness.lab.control.lab import now
from harness.lab.fis.described import describe_template, only
from harness.lab.fis.engine import new_id
from harness.lab.fis.regional_api import RegionalApi
from harness.lab.fis.template import Template, problems

MOST_TEMPLATES = 500

_UPDATED = {
    "description": "description",
    "actions": "actions",
    "targets": "targets",
    "stopConditions": "stop_conditions",
    "roleArn": "role",
    "logConfiguration": "log",
}


class TemplatesApi(RegionalApi):
    """The operations on experiment templates."""

    def create_experiment_template(self) -> ActionResult:
        known = self.store.tokens.known("template", self.region, self.params)
        if known in self.store.templates:
            return _answer(self.store.templates[str(known)])
        if len(self._templates()) >= MOST_TEMPLATES:
            raise AwsError("ServiceQuotaExceededException", f"{self.region} has {MOST_TEMPLATES} templates already.")
        id, at = new_id("EXT"), now()
        template = Template(
            id=id,
            arn=self.arn(f"experiment-template/{id}"),
            region=self.region,
            description=self.ask("description", ""),
            actions=dict(self.ask("actions") or {}),
            targets=dict(self.ask("targets") or {}),
            stop_conditions=list(self.ask("stopConditions") or []),
            role=self.ask("roleArn", ""),
            created=at,
            updated=at,
            options=dict(self.ask("experimentOptions") or {}),
            tags=self.tags(),
            log=dict(self.ask("logConfiguration") or {}),
        )
        self._keep(template)
        self.store.tokens.keep("template", self.region, self.params, id)
        return _answer(template)

    def update_experiment_template(self) -> ActionResult:
        template = copy.deepcopy(self.template(self.ask("id")))
        for name, attribute in _UPDATED.items():
            if (value := self.ask(name)) is not None:
                setattr(template, attribute, value)
        template.options = {**template.options, **(self.ask("experimentOptions") or {})}
        template.updated = now()
        self._keep(template)
        return _answer(template)

    def _keep(self, template: Template) -> None:
        if self.ask("experimentReportConfiguration"):
            raise NotInTheLab("fis", "templates with experimentReportConfiguration")
        self.refuse(problems(template))
        self.store.templates[template.id] = template

    def _templates(self) -> list[Template]:
        return [t for t in list(self.store.templates.values()) if t.region == self.region]

    def get_experiment_template(self) -> ActionResult:
        return _answer(self.template(self.ask("id")))

    def delete_experiment_template(self) -> ActionResult:
        return _answer(self.store.templates.pop(self.template(self.ask("id")).id))

    def list_experiment_templates(self) -> ActionResult:
        keys = ("id", "arn", "description", "creationTime", "lastUpdateTime", "tags")
        return self.listed("experimentTemplates", [only(describe_template(t), keys) for t in self._templates()])


def _answer(template: Template) -> ActionResult:
    return ActionResult({"experimentTemplate": describe_template(template)})
