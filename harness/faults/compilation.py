"""A drill's faults as the FIS experiment templates that will run."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from harness.faults.packing import packed
from harness.faults.registry import FAULTS, FaultTemplate
from harness.model.experiment import Experiment, FaultSpec
from harness.stack.descriptor import Stack


def compile_faults(experiment: Experiment, stack: Stack) -> tuple[FaultTemplate, ...]:
    """The FIS templates of every fault, each with the drill's stop conditions of its region; no more than FIS takes."""
    return packed([each for spec in experiment.faults for each in compile_fault(spec, experiment, stack)])


def compile_fault(spec: FaultSpec, experiment: Experiment, stack: Stack) -> tuple[FaultTemplate, ...]:
    """The FIS templates of one fault. Raises ConfigError where a template of the author's own cannot be filled in."""
    own = {"template": spec.template} if spec.template else {}
    compiled = FAULTS[spec.fault].compile(stack, lasts=spec.lasts, **spec.options, **own)
    marked = (dataclasses.replace(each, faults=(spec.fault,), after=spec.after) for each in compiled)
    return tuple(_with_stop_conditions(each, experiment, stack) for each in marked)


def _with_stop_conditions(each: FaultTemplate, experiment: Experiment, stack: Stack) -> FaultTemplate:
    """The template with the drill's alarms beside its own ones."""
    conditions = [
        {"source": "aws:cloudwatch:alarm", "value": stack.arn("cloudwatch", c.region, f"alarm:{c.alarm}")}
        for c in experiment.stop_conditions
        if c.region == each.region
    ]
    has = each.template.get("stopConditions")
    if not conditions or not isinstance(has, list):
        return each
    kept = [c for c in has if c not in conditions and not _is_none(c)]
    return dataclasses.replace(each, template={**each.template, "stopConditions": kept + conditions})


def _is_none(condition: Any) -> bool:
    return isinstance(condition, Mapping) and condition.get("source") == "none"
