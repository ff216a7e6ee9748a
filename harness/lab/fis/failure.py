"""Why an experiment failed: the codes of FIS, and what must hold before any action begins."""

from dataclasses import dataclass

CONFIGURATION = "ConfigurationFailure"
DEPENDENT_SERVICE = "DependentServiceFailure"
INTERNAL = "InternalFailure"
INVALID_TARGET = "InvalidTarget"
QUOTA_EXCEEDED = "QuotaExceededFailure"

LONGEST_REASON = 512


def shortened(reason: str) -> str:
    """A reason in no more characters than FIS gives one."""
    return reason if len(reason) <= LONGEST_REASON else reason[: LONGEST_REASON - 3] + "..."


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """What failed: the account, the code, and the section of the template, such as `actions.cut`."""

    account: str
    code: str
    location: str


class CannotStart(Exception):
    """An experiment fails before any of its actions began."""

    def __init__(self, reason: str, code: str, location: str, account: str | None = None) -> None:
        super().__init__(reason)
        self.code, self.location, self.account = code, location, account
