"""Target account configurations: the accounts that a multi-account experiment is meant for."""

import re

from harness.lab.control.answer import ActionResult, AwsError
from harness.lab.fis.regional_api import RegionalApi
from harness.lab.fis.template import Template

MOST_ACCOUNTS = 40

_ROLE = re.compile(r"arn:aws:iam::(?P<account>\d{12}):role/.+")


class AccountsApi(RegionalApi):
    """The operations on target account configurations, of templates and of experiments."""

    def create_target_account_configuration(self) -> ActionResult:
        template, account = self.template(self.ask("experimentTemplateId")), self.ask("accountId")
        known = self.store.tokens.known("account", self.region, self.params)
        if known in template.accounts:
            return _answer(template.accounts[str(known)])
        if template.options.get("accountTargeting") != "multi-account":
            raise AwsError("ValidationException", f"Experiment template {template.id} is not multi-account.")
        if account in template.accounts:
            raise AwsError("ConflictException", f"Account {account} is a target of {template.id} already.")
        if len(template.accounts) >= MOST_ACCOUNTS:
            raise AwsError("ServiceQuotaExceededException", f"A template has {MOST_ACCOUNTS} target accounts at most.")
        made = {"accountId": account, "roleArn": self.ask("roleArn"), "description": self.ask("description", "")}
        self._keep_account(template, made)
        self.store.tokens.keep("account", self.region, self.params, account)
        return _answer(made)

    def update_target_account_configuration(self) -> ActionResult:
        template, before = self._of_template()
        fields = {name: self.ask(name) for name in ("roleArn", "description")}
        made = {**before, **{name: value for name, value in fields.items() if value is not None}}
        self._keep_account(template, made)
        return _answer(made)

    def _keep_account(self, template: Template, made: dict[str, str]) -> None:
        role = _ROLE.fullmatch(made["roleArn"])
        if role is None or role["account"] != made["accountId"]:
            words = f"roleArn is no ARN of a role of account {made['accountId']}: {made['roleArn']!r}"
            raise AwsError("ValidationException", words)
        template.accounts[made["accountId"]] = made

    def get_target_account_configuration(self) -> ActionResult:
        return _answer(self._of_template()[1])

    def delete_target_account_configuration(self) -> ActionResult:
        template, found = self._of_template()
        return _answer(template.accounts.pop(found["accountId"]))

    def list_target_account_configurations(self) -> ActionResult:
        template = self.template(self.ask("experimentTemplateId"))
        return self.listed("targetAccountConfigurations", list(template.accounts.values()))

    def get_experiment_target_account_configuration(self) -> ActionResult:
        return _answer(self._of(self.experiment(self.ask("experimentId")).template))

    def list_experiment_target_account_configurations(self) -> ActionResult:
        template = self.experiment(self.ask("experimentId")).template
        return self.listed("targetAccountConfigurations", list(template.accounts.values()))

    def _of_template(self) -> tuple[Template, dict[str, str]]:
        template = self.template(self.ask("experimentTemplateId"))
        return template, self._of(template)

    def _of(self, template: Template) -> dict[str, str]:
        if (found := template.accounts.get(self.ask("accountId"))) is None:
            words = f"Account {self.ask('accountId')} is no target account of {template.id}."
            raise AwsError("ResourceNotFoundException", words)
        return found


def _answer(configuration: dict[str, str]) -> ActionResult:
    return ActionResult({"targetAccountConfiguration": configuration})
