"""What an FIS action is: its parameters and targets, and a coroutine that holds the fault for as long as it lasts."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from harness.lab.fis.effects import Effects
from harness.lab.fis.failure import DEPENDENT_SERVICE

_DURATION = re.compile(r"P(?!$)(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")

_WHOLE = re.compile(r"\d{1,18}", re.ASCII)
_NUMBER = re.compile(r"\d{1,18}(\.\d{1,18})?", re.ASCII)


def seconds(duration: str) -> float | None:
    """The seconds of an ISO 8601 duration of days, hours, minutes and seconds; none when it is not one."""
    match = _DURATION.fullmatch(duration)
    if match is None:
        return None
    days, hours, minutes, secs = (int(part or 0) for part in match.groups())
    return float(((days * 24 + hours) * 60 + minutes) * 60 + secs)


class ActionFailed(Exception):
    """An action could not do what it is for; ends its experiment as failed, with a code of FIS."""

    def __init__(self, reason: str, code: str = DEPENDENT_SERVICE) -> None:
        super().__init__(reason)
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One run of an action: where, on what (ARNs), with which parameters."""

    name: str
    region: str
    targets: Sequence[str]
    parameters: Mapping[str, str]
    effects: Effects
    wait: Callable[[float], Awaitable[None]]  # model seconds
    chosen_by: Mapping[str, str] = field(default_factory=dict)  # the parameters of the targets

    def ids(self) -> list[str]:
        """What stands behind the last `/` or `:` of each target ARN."""
        return [re.split(r"[/:]", arn)[-1] for arn in self.targets]

    def listed(self, parameter: str) -> list[str]:
        """The values of a parameter that are separated by commas."""
        return [value.strip() for value in self.parameters.get(parameter, "").split(",") if value.strip()]

    async def last(self, parameter: str = "duration") -> None:
        """Wait as long as a duration parameter says (model time)."""
        await self.wait(seconds(self.parameters[parameter]) or 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A parameter of an action.

    Durations are bounded in seconds, numbers by the least and the most (whole numbers where these are); `choices`
    limits the values where it is not empty.
    """

    description: str
    required: bool = False
    choices: tuple[str, ...] = ()
    duration: tuple[float, float] | None = None
    number: tuple[float, float] | None = None

    def problem(self, value: str) -> str | None:
        """What is wrong with a value."""
        if self.choices and value not in self.choices:
            return f"must be one of {', '.join(self.choices)}, not {value!r}"
        if self.number is not None:
            return _number_problem(value, self.number)
        if self.duration is None:
            return None
        length, (shortest, longest) = seconds(value), self.duration
        if length is None:
            return f"is no ISO 8601 duration: {value!r}"
        if not shortest <= length <= longest:
            return f"must last from {shortest:g} s to {longest:g} s, not {length:g} s"
        return None


def _number_problem(value: str, bounds: tuple[float, float]) -> str | None:
    kind, pattern = ("a whole number", _WHOLE) if isinstance(bounds[0], int) else ("a number", _NUMBER)
    least, most = bounds
    inside = pattern.fullmatch(value) and least <= float(value) <= most
    return None if inside else f"must be {kind} from {least:g} to {most:g}, not {value!r}"


SECOND_TO_12_HOURS = (1.0, 12 * 3600.0)
MINUTE_TO_12_HOURS, UP_TO_12_HOURS = (60.0, 12 * 3600.0), (0.0, 12 * 3600.0)
PERCENTAGE = Parameter(description="How many percent of the calls fail.", required=True, number=(1, 100))
DURATION = Parameter(description="How long the fault lasts.", required=True, duration=MINUTE_TO_12_HOURS)
ANY_DURATION = Parameter(description="How long the fault lasts.", required=True, duration=UP_TO_12_HOURS)


def nothing_missing(parameters: Mapping[str, str]) -> str | None:
    """For actions that the lab can do in every variant."""
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """A kind of action. `run` holds the fault and takes it back when it ends or is cancelled.

    `cannot` says which variant the lab cannot do, if these parameters ask for one; the experiment then fails at its
    start. `targets` maps the target key to its resource type.
    """

    id: str
    description: str
    run: Callable[[Call], Awaitable[None]]
    targets: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    cannot: Callable[[Mapping[str, str]], str | None] = nothing_missing
