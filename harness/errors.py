"""What can go wrong, as one small tree.

HarnessError
├── Refused        a drill was not admitted; nothing was touched
├── Aborted        a drill was ended early and healed
├── FaultError
│   ├── NotInjected    the fault did not start
│   └── NotHealed      the fault, or a step of the runbook, could not be undone
├── CallFailed     an AWS call was answered with an error, or not at all
├── StepFailed     a step of the runbook did not reach its goal in its deadline
├── ConfigError    a file of the user's cannot be used
└── StoreError     a results folder cannot be written or read

Every message begins with the decision: "refused: ...", "not injected: ...".
"""

from collections.abc import Iterable


class HarnessError(Exception):
    """Base of every error that Drill raises on purpose."""

    exit_code = 70


class Refused(HarnessError):
    """The drill was not admitted. Carries every problem, not just the first."""

    exit_code = 3

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        if len(self.problems) == 1:
            text = f"refused: {self.problems[0]}"
        else:
            text = "\n".join([f"refused: {len(self.problems)} problems", *(f"  - {p}" for p in self.problems)])
        super().__init__(text)


class ConfigError(Refused):
    """A file of the user's cannot be used; the problems name file, place and remedy."""


class StoreError(Refused):
    """A results folder cannot be written or read."""


class Aborted(HarnessError):
    """The drill was ended early (signal or stop condition) and everything was healed."""

    exit_code = 4

    def __init__(self, because: str) -> None:
        self.because = because
        super().__init__(f"aborted: {because}")


class FaultError(HarnessError):
    """A fault could not be put in force or taken away."""


class NotInjected(FaultError):
    """The fault did not start."""

    exit_code = 2

    def __init__(self, because: str) -> None:
        super().__init__(f"not injected: {because}")


class NotHealed(FaultError):
    """Something the drill changed could not be put back; `drill heal` can try again."""

    exit_code = 5

    def __init__(self, because: str) -> None:
        super().__init__(f"not healed: {because}")


class StepFailed(HarnessError):
    """A runbook step did not reach its goal within its deadline."""

    exit_code = 1

    def __init__(self, because: str) -> None:
        super().__init__(f"step failed: {because}")


class CallFailed(HarnessError):
    """An AWS call was answered with an error, or not at all. `code` is AWS's own."""

    def __init__(self, what: str, code: str, message: str) -> None:
        self.code = code
        super().__init__(f"call failed: {what}: {code}: {message}")
