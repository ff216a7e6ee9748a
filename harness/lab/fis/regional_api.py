"""What the parts of the FIS API share: one region a request, and what it keeps there."""

from collections.abc import Iterable
from typing import Any

from moto.core.utils import get_service_model

from harness.lab.control.answer import ActionResult, AwsError, Response, page
from harness.lab.fis.experiment import Experiment
from harness.lab.fis.limits import over_limit
from harness.lab.fis.store import Store
from harness.lab.fis.template import Template

MOST_TAGS = 50


class RegionalApi(Response):
    """Base of the parts of the FIS API."""

    def __init__(self, store: Store) -> None:
        super().__init__("fis")
        self.store, self.engine = store, store.engine

    def call_action(self) -> Any:
        """Answer the request, when it is within the limits of the API's model."""
        shape = get_service_model("fis").operation_model(self._get_action()).input_shape
        if found := list(over_limit(shape, self.params)):
            return self.serialized(ActionResult(AwsError("ValidationException", "; ".join(found))))
        return super().call_action()

    def refuse(self, problems: Iterable[str]) -> None:
        """Raises ValidationException with every problem, if there is one."""
        if words := "; ".join(problems):
            raise AwsError("ValidationException", words)

    def tags(self) -> dict[str, str]:
        """The tags of the request. Raises ValidationException where FIS takes them not."""
        tags = dict(self.ask("tags") or {})
        self.refuse(f"tag {name}: names that begin with aws: are reserved" for name in tags if name.startswith("aws:"))
        return tags

    def arn(self, resource: str) -> str:
        """The ARN of a resource of FIS in the region of the request."""
        return f"arn:aws:fis:{self.region}:{self.current_account}:{resource}"

    def listed(self, name: str, items: list[Any]) -> ActionResult:
        """One page of a list."""
        some, token = page(items, self.ask("nextToken"), self.ask("maxResults"))
        return ActionResult({name: some, "nextToken": token})

    def template(self, id: str | None) -> Template:
        """A template of the region. Raises ResourceNotFoundException."""
        template = self.store.templates.get(str(id))
        if template is None or template.region != self.region:
            raise AwsError("ResourceNotFoundException", f"Experiment template {id} does not exist in {self.region}.")
        return template

    def experiment(self, id: str | None) -> Experiment:
        """An experiment of the region. Raises ResourceNotFoundException."""
        experiment = self.engine.experiments.get(str(id))
        if experiment is None or experiment.region != self.region:
            raise AwsError("ResourceNotFoundException", f"Experiment {id} does not exist in {self.region}.")
        return experiment
