"""Runbook files: scenarios/runbooks/<name>.yaml."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from harness.errors import ConfigError
from harness.failover.registry import STEPS
from harness.model.experiment import Runbook, StepSpec
from harness.stack.descriptor import problems_of, read_yaml


class _StepLine(BaseModel):
    model_config = ConfigDict(extra="allow", frozen=True)
    step: str
    deadline: timedelta


class _RunbookFile(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    starts_on_alarm_of: str
    give_up_after: timedelta = timedelta(minutes=10)
    steps: tuple[_StepLine, ...] = Field(min_length=1)


def read_runbook(path: Path) -> Runbook:
    """Read a runbook; it starts when the detection alarm of the region `starts_on_alarm_of` rings.

    Spans are ISO 8601 or seconds.
    Raises ConfigError with every problem, each with file and place.
    """
    try:
        content = _RunbookFile.model_validate(read_yaml(path))
    except ValidationError as error:
        raise ConfigError(problems_of(error, path)) from error
    if wrong := [p for number, line in enumerate(content.steps, start=1) for p in _problems(path, number, line)]:
        raise ConfigError(wrong)
    steps = tuple(StepSpec(step=s.step, options=_options(s), deadline=s.deadline) for s in content.steps)
    return Runbook(
        name=path.stem, starts_on=content.starts_on_alarm_of, steps=steps, give_up_after=content.give_up_after
    )


def _options(line: _StepLine) -> dict[str, Any]:
    return dict(line.model_extra or {})


def _problems(path: Path, number: int, line: _StepLine) -> list[str]:
    if line.step not in STEPS:
        return [f"{path}: step {number}: unknown step {line.step!r}; known are {', '.join(sorted(STEPS))}"]
    wanted, given = set(STEPS[line.step].options), set(_options(line))
    missing = [f"{path}: step {number} ({line.step}): {name} is missing" for name in sorted(wanted - given)]
    extra = [f"{path}: step {number} ({line.step}): unknown option {name!r}" for name in sorted(given - wanted)]
    return missing + extra
