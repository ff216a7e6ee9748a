"""The safety lever of a region."""

from harness.lab.control.answer import ActionResult, AwsError
from harness.lab.fis.lever import ID
from harness.lab.fis.regional_api import RegionalApi


class LeverApi(RegionalApi):
    """The operations on the safety lever; it is `engaging` for as long as what it stops rolls back."""

    def get_safety_lever(self) -> ActionResult:
        self._known()
        return self._described()

    def update_safety_lever_state(self) -> ActionResult:
        self._known()
        asked, lever = self.ask("state"), self.engine.levers[self.region]
        engaged = asked["status"] == "engaged"
        if engaged == lever.engaged:
            raise AwsError("ConflictException", f"The safety lever is {asked['status']} already.")
        self.engine.pull(self.region, engaged=engaged, reason=asked["reason"])
        return self._described()

    def _known(self) -> None:
        if self.ask("id") != ID:
            raise AwsError("ResourceNotFoundException", f"Safety lever {self.ask('id')} does not exist.")

    def _described(self) -> ActionResult:
        lever, status = self.engine.levers[self.region], "disengaged"
        if lever.engaged:
            status = "engaging" if self.engine.active(self.region) else "engaged"
        state = {"status": status, "reason": lever.reason}
        return ActionResult({"safetyLever": {"id": ID, "arn": self.arn(f"safety-lever/{ID}"), "state": state}})
