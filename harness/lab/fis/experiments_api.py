"""Experiments: start, stop, watch."""

from harness.lab.control.answer import ActionResult, AwsError
from harness.lab.fis.described import describe, only
from harness.lab.fis.experiment import Experiment
from harness.lab.fis.regional_api import RegionalApi

MOST_ACTIVE = 5


class ExperimentsApi(RegionalApi):
    """The operations on experiments."""

    def start_experiment(self) -> ActionResult:
        known = self.store.tokens.known("experiment", self.region, self.params)
        if known is not None:
            return _answer(self.engine.experiments[known])
        template = self.template(self.ask("experimentTemplateId"))
        if len(self.engine.active(self.region)) >= MOST_ACTIVE:
            raise AwsError("ServiceQuotaExceededException", f"{MOST_ACTIVE} experiments are active in {self.region}.")
        mode = (self.ask("experimentOptions") or {}).get("actionsMode", "run-all")
        tags = self.tags()
        experiment = self.engine.begin(template, account=self.current_account, actions_mode=mode, tags=tags)
        self.store.tokens.keep("experiment", self.region, self.params, experiment.id)
        return _answer(experiment)

    def get_experiment(self) -> ActionResult:
        return _answer(self.experiment(self.ask("id")))

    def stop_experiment(self) -> ActionResult:
        experiment = self.experiment(self.ask("id"))
        self.engine.stop(experiment)
        return _answer(experiment)

    def list_experiments(self) -> ActionResult:
        wanted = self.ask("experimentTemplateId")
        mine = [e for e in self.engine.of(self.region) if wanted in (None, e.template.id)]
        keys = ("id", "arn", "experimentTemplateId", "state", "creationTime", "tags", "experimentOptions")
        return self.listed("experiments", [only(describe(e), keys) for e in mine])

    def list_experiment_resolved_targets(self) -> ActionResult:
        experiment, wanted = self.experiment(self.ask("experimentId")), self.ask("targetName")
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
        return self.listed("resolvedTargets", found)


def _answer(experiment: Experiment) -> ActionResult:
    return ActionResult({"experiment": describe(experiment)})
