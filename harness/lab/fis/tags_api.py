"""Tags of templates and experiments."""

from harness.lab.control.answer import ActionResult, AwsError, EmptyResult
from harness.lab.fis.experiment import Experiment
from harness.lab.fis.regional_api import MOST_TAGS, RegionalApi
from harness.lab.fis.template import Template


class TagsOfFisApi(RegionalApi):
    """The operations on tags."""

    def _tagged(self) -> dict[str, str]:
        arn = self.ask("resourceArn")
        templates = [t for t in list(self.store.templates.values()) if t.region == self.region]
        tagged: list[Template | Experiment] = [*templates, *self.engine.of(self.region)]
        for one in tagged:
            if one.arn == arn:
                return one.tags
        raise AwsError("ResourceNotFoundException", f"there is no {arn}")

    def list_tags_for_resource(self) -> ActionResult:
        return ActionResult({"tags": self._tagged()})

    def tag_resource(self) -> EmptyResult:
        tagged, tags = self._tagged(), self.tags()
        if len(tagged | tags) > MOST_TAGS:
            raise AwsError("ValidationException", f"A resource has {MOST_TAGS} tags at most.")
        tagged.update(tags)
        return EmptyResult()

    def untag_resource(self) -> EmptyResult:
        tagged = self._tagged()
        for name in self.ask("tagKeys") or []:
            tagged.pop(name, None)
        return EmptyResult()
