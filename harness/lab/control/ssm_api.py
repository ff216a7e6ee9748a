"""The Systems Manager API: commands, automations, and what of the documents is true in the lab."""

from collections.abc import Iterable
from typing import Any

from harness.lab.control import records
from harness.lab.control.answer import ActionResult, AwsError, EmptyResult, NotInTheLab, Response, page
from harness.lab.control.automations import Automations, Execution, StepRun
from harness.lab.control.commands import Command, Commands, Invocation
from harness.lab.control.lab import now
from harness.lab.ssm.automation import Automation
from harness.lab.ssm.document import Document
from harness.lab.ssm.registry import AUTOMATIONS, DOCUMENTS, NoSuchDocument, automation, command, name_of


class SsmApi(Response):
    """Serves one region a request."""

    def __init__(self, commands: Commands, automations: Automations) -> None:
        super().__init__("ssm")
        self.commands, self.automations = commands, automations

    def _refuse(self, operation: str, *names: str) -> None:
        """Say no to what would be ignored."""
        if asked := [name for name in names if self.ask(name)]:
            raise NotInTheLab("ssm", f"{operation} with {', '.join(asked)}")

    def _listed(self, name: str, items: list[Any]) -> ActionResult:
        some, token = page(items, self.ask("NextToken"), self.ask("MaxResults"), 50)
        return ActionResult({name: some, "NextToken": token})

    # Commands

    def send_command(self) -> ActionResult:
        self._refuse("SendCommand", "MaxConcurrency", "MaxErrors", "AlarmConfiguration", "NotificationConfig")
        self._refuse("SendCommand", "OutputS3BucketName", "CloudWatchOutputConfig")
        try:
            document = command(str(self.ask("DocumentName")), self.ask("DocumentVersion", ""))
        except NoSuchDocument as error:
            raise AwsError("InvalidDocument", f"the lab cannot run {error}") from error
        parameters = dict(self.ask("Parameters") or {})
        if problems := document.problems(parameters):
            raise AwsError("InvalidParameters", "; ".join(problems))
        ids = list(self.ask("InstanceIds") or self._targeted())
        if unknown := [id for id in ids if not self.commands.managed(self.region, id)]:
            raise AwsError("InvalidInstanceId", f"Instances not in a valid state for account: {', '.join(unknown)}")
        if not ids:
            raise AwsError("InvalidInstanceId", "no instance is named or has these tags")
        sent = self.commands.send(self.region, document, parameters, ids, self.ask("Comment", ""))
        return ActionResult({"Command": describe(sent)})

    def _targeted(self) -> list[str]:
        found = [i for i in records.ec2(self.region).all_instances() if self.commands.managed(self.region, i.id)]
        targets = self.ask("Targets") or []
        chosen = [i.id for i in found if targets and all(_matches(i, t["Key"], t["Values"]) for t in targets)]
        return [*dict.fromkeys(chosen)]

    def _command(self) -> Command:
        found = self.commands.commands.get(str(self.ask("CommandId")))
        if found is None or found.region != self.region:
            raise AwsError("InvalidCommandId", f"there is no command {self.ask('CommandId')}")
        return found

    def _asked(self) -> list[Command]:
        if self.ask("CommandId"):
            return [self._command()]
        return [c for c in reversed(list(self.commands.commands.values())) if c.region == self.region]

    def list_commands(self) -> ActionResult:
        self._refuse("ListCommands", "Filters")
        id = self.ask("InstanceId")
        return self._listed("Commands", [describe(c) for c in self._asked() if id is None or id in c.invocations])

    def list_command_invocations(self) -> ActionResult:
        self._refuse("ListCommandInvocations", "Filters")
        id = self.ask("InstanceId")
        pairs = [(c, i) for c in self._asked() for i in c.invocations.values() if id in (None, i.instance)]
        return self._listed("CommandInvocations", [_describe_listed(*pair) for pair in pairs])

    def get_command_invocation(self) -> ActionResult:
        sent = self._command()
        invocation = sent.invocations.get(str(self.ask("InstanceId")))
        if invocation is None:
            raise AwsError("InvocationDoesNotExist", f"{sent.id} was not sent to {self.ask('InstanceId')}")
        return ActionResult(_describe_invocation(sent, invocation))

    def cancel_command(self) -> EmptyResult:
        self.commands.cancel(self._command(), self.ask("InstanceIds") or ())
        return EmptyResult()

    def describe_instance_information(self) -> ActionResult:
        self._refuse("DescribeInstanceInformation", "InstanceInformationFilterList")
        wanted = self._filtered_ids()
        known = [i for i in list(self.commands.instances.known.values()) if i.region == self.region]
        found = [i for i in known if wanted is None or i.id in wanted]
        described = [
            {
                "InstanceId": instance.id,
                "PingStatus": "Online" if instance.state == "running" else "ConnectionLost",
                "LastPingDateTime": now(),
                "PlatformType": "Linux",
                "ResourceType": "EC2Instance",
                "IPAddress": instance.address,
            }
            for instance in found
            if instance.state != "terminated" and instance.address
        ]
        return self._listed("InstanceInformationList", described)

    def _filtered_ids(self) -> list[str] | None:
        """The ids that a filter names; none without one."""
        filters = {each["Key"]: list(each["Values"]) for each in self.ask("Filters") or []}
        if other := set(filters) - {"InstanceIds"}:
            raise NotInTheLab("ssm", f"DescribeInstanceInformation with filter {', '.join(sorted(other))}")
        return filters.get("InstanceIds")

    # Documents

    def list_documents(self) -> ActionResult:
        self._refuse("ListDocuments", "Filters", "DocumentFilterList")
        documents: list[Document | Automation] = [*DOCUMENTS.values(), *AUTOMATIONS.values()]
        return self._listed("DocumentIdentifiers", [_identify(document) for document in documents])

    def describe_document(self) -> ActionResult:
        name = name_of(str(self.ask("Name")))
        document = DOCUMENTS.get(name) or AUTOMATIONS.get(name)
        if document is None:
            raise AwsError("InvalidDocument", f"the lab has no document {name}")
        parameters = [
            {
                "Name": field.name,
                "Type": "StringList" if field.listed else "String",
                **({} if field.default is None else {"DefaultValue": field.default}),
            }
            for field in document.fields
        ]
        described = {**_identify(document), "Description": document.description, "Status": "Active"}
        return ActionResult({"Document": {**described, "Parameters": parameters}})

    # Automations

    def start_automation_execution(self) -> ActionResult:
        self._refuse("StartAutomationExecution", "Targets", "TargetMaps", "TargetLocations", "AlarmConfiguration")
        try:
            document = automation(str(self.ask("DocumentName")), self.ask("DocumentVersion", ""))
        except NoSuchDocument as error:
            words = f"the lab cannot run {error}"
            raise AwsError("AutomationDefinitionNotFoundException", words) from error
        parameters = dict(self.ask("Parameters") or {})
        if problems := document.problems(parameters):
            raise AwsError("InvalidAutomationExecutionParametersException", "; ".join(problems))
        execution = self.automations.start(self.region, document, parameters)
        return ActionResult({"AutomationExecutionId": execution.id})

    def _execution(self) -> Execution:
        found = self.automations.executions.get(str(self.ask("AutomationExecutionId")))
        if found is None or found.region != self.region:
            words = f"there is no automation execution {self.ask('AutomationExecutionId')}"
            raise AwsError("AutomationExecutionNotFoundException", words)
        return found

    def get_automation_execution(self) -> ActionResult:
        return ActionResult({"AutomationExecution": _describe_execution(self._execution())})

    def stop_automation_execution(self) -> EmptyResult:
        self.automations.stop(self._execution())
        return EmptyResult()


def _matches(instance: Any, key: str, values: Iterable[Any]) -> bool:
    if key == "InstanceIds":
        return instance.id in values
    tags = {tag["key"]: tag["value"] for tag in instance.get_tags()}
    return key.startswith("tag:") and tags.get(key[4:]) in values


def _identify(document: Document | Automation) -> dict[str, Any]:
    return {
        "Name": document.name,
        "Owner": "Amazon",
        "PlatformTypes": ["Linux"],
        "DocumentVersion": "1",
        "DocumentType": "Automation" if isinstance(document, Automation) else "Command",
    }


def describe(sent: Command) -> dict[str, Any]:
    """A command in the words of ListCommands."""
    statuses = [invocation.status for invocation in sent.invocations.values()]
    return {
        "CommandId": sent.id,
        "DocumentName": sent.document.name,
        "DocumentVersion": "1",
        "Comment": sent.comment,
        "Parameters": sent.parameters,
        "InstanceIds": list(sent.invocations),
        "RequestedDateTime": sent.requested,
        "Status": sent.status,
        "StatusDetails": sent.status,
        "TargetCount": len(statuses),
        "CompletedCount": sum(status in ("Success", "Failed", "Cancelled") for status in statuses),
        "ErrorCount": statuses.count("Failed"),
    }


def _describe_listed(sent: Command, invocation: Invocation) -> dict[str, Any]:
    return {
        "CommandId": sent.id,
        "InstanceId": invocation.instance,
        "Comment": sent.comment,
        "DocumentName": sent.document.name,
        "RequestedDateTime": sent.requested,
        "Status": invocation.status,
        "StatusDetails": invocation.status,
        "CommandPlugins": [{"Name": "run", "Status": invocation.status, "Output": invocation.error}],
    }


def _describe_invocation(sent: Command, invocation: Invocation) -> dict[str, Any]:
    return {
        "CommandId": sent.id,
        "InstanceId": invocation.instance,
        "DocumentName": sent.document.name,
        "DocumentVersion": "1",
        "ResponseCode": {"Success": 0, "Failed": 1, "Cancelled": 1}.get(invocation.status, -1),
        "ExecutionStartDateTime": invocation.started.isoformat() if invocation.started else "",
        "ExecutionEndDateTime": invocation.ended.isoformat() if invocation.ended else "",
        "Status": invocation.status,
        "StatusDetails": invocation.status,
        "StandardOutputContent": "",
        "StandardErrorContent": invocation.error,
    }


def _describe_execution(execution: Execution) -> dict[str, Any]:
    return {
        "AutomationExecutionId": execution.id,
        "DocumentName": execution.automation.name,
        "DocumentVersion": "1",
        "ExecutionStartTime": execution.started,
        "ExecutionEndTime": execution.ended,
        "AutomationExecutionStatus": execution.status,
        "FailureMessage": execution.error or None,
        "Parameters": execution.parameters,
        "StepExecutions": [_describe_step(run) for run in execution.steps],
    }


def _describe_step(run: StepRun) -> dict[str, Any]:
    return {
        "StepName": run.step,
        "Action": "aws:changeInstanceState",
        "ExecutionStartTime": run.started,
        "ExecutionEndTime": run.ended,
        "StepStatus": run.status,
        "FailureMessage": run.error or None,
    }
