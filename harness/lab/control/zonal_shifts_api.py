"""The API of ARC zonal shift."""

import re

from harness.lab.control.answer import ActionResult, AwsError, Response, page
from harness.lab.control.zonal_shifts import BY_HAND, Shift, ZonalShifts

_EXPIRES_IN = re.compile(r"([1-9]\d*)([mh])")
_SECONDS = {"m": 60, "h": 3600}
_LONGEST = 3 * 24 * 3600  # model seconds


class ZonalShiftsApi(Response):
    """Describes and shifts the resources of one region a request."""

    def __init__(self, shifts: ZonalShifts) -> None:
        super().__init__("arc-zonal-shift")
        self.shifts = shifts

    def list_managed_resources(self) -> ActionResult:
        of_region = [r for r in self.shifts.resources.values() if r.region == self.region]
        some, token = page(of_region, self.ask("nextToken"), self.ask("maxResults"))
        return ActionResult({"items": [self.shifts.describe(r) for r in some], "nextToken": token})

    def get_managed_resource(self) -> ActionResult:
        return ActionResult(self.shifts.describe(self.shifts.find(self.region, self.ask("resourceIdentifier"))))

    def update_zonal_autoshift_configuration(self) -> ActionResult:
        resource = self.shifts.find(self.region, self.ask("resourceIdentifier"))
        resource.autoshift = self.ask("zonalAutoshiftStatus")
        return ActionResult({"resourceIdentifier": resource.arn, "zonalAutoshiftStatus": resource.autoshift})

    def start_zonal_shift(self) -> ActionResult:
        resource = self.shifts.find(self.region, self.ask("resourceIdentifier"))
        away, lasts = self.shifts.zone(self.region, self.ask("awayFrom")), _lasts(self.ask("expiresIn"))
        return self._result(self.shifts.begin(resource, away, BY_HAND, lasts, self.ask("comment")))

    def update_zonal_shift(self) -> ActionResult:
        shift = self._shift()
        if expires := self.ask("expiresIn"):
            self.shifts.renew(shift, _lasts(expires))
        shift.comment = self.ask("comment") or shift.comment
        return self._result(shift)

    def cancel_zonal_shift(self) -> ActionResult:
        shift = self._shift()
        self.shifts.end(shift)
        return self._result(shift)

    def list_zonal_shifts(self) -> ActionResult:
        status, arn = self.ask("status"), self.ask("resourceIdentifier")
        found = [
            shift
            for shift in self.shifts.shifts.values()
            if shift.resource.region == self.region
            and status in (None, shift.status)
            and arn in (None, shift.resource.arn)
        ]
        some, token = page(found, self.ask("nextToken"), self.ask("maxResults"))
        return ActionResult({"items": [self.shifts.describe_shift(s) for s in some], "nextToken": token})

    def _shift(self) -> Shift:
        shift = self.shifts.shifts.get(self.ask("zonalShiftId"))
        if shift is None or shift.resource.region != self.region:
            raise AwsError("ResourceNotFoundException", f"there is no zonal shift {self.ask('zonalShiftId')}")
        if shift.status != "ACTIVE" or shift.kind != BY_HAND:
            raise AwsError("ConflictException", f"the zonal shift is {shift.status}, by {shift.kind}")
        return shift

    def _result(self, shift: Shift) -> ActionResult:
        return ActionResult(self.shifts.describe_shift(shift))


def _lasts(expires_in: str) -> float:
    match = _EXPIRES_IN.fullmatch(expires_in)
    seconds = int(match[1]) * _SECONDS[match[2]] if match else 0
    if not 0 < seconds <= _LONGEST:
        raise AwsError("ValidationException", f"expiresIn must be minutes or hours up to 3 days, not {expires_in!r}")
    return float(seconds)
