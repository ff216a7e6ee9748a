"""Every FIS template that a drill comes to must be one that FIS takes."""

from harness.errors import ConfigError
from harness.faults.compilation import compile_fault
from harness.faults.experiment_file import located, unwatchable
from harness.fis.template import check_template
from harness.guards.names import fault_problems
from harness.guards.registry import guard
from harness.model.experiment import Experiment, FaultSpec
from harness.stack.descriptor import Stack


@guard
def templates_are_sound(experiment: Experiment, stack: Stack) -> list[str]:
    """Every problem of every template, with its place; of a fault that is named wrongly there is none."""
    sound = [spec for spec in experiment.faults if not fault_problems(spec, stack)]
    return [problem for spec in sound for problem in _problems(spec, experiment, stack)]


def _problems(spec: FaultSpec, experiment: Experiment, stack: Stack) -> list[str]:
    try:
        compiled = compile_fault(spec, experiment, stack)
    except ConfigError as error:
        return list(error.problems)
    found = [
        (each.region, problem)
        for each in compiled
        for problem in check_template(each.template, outside_lab=stack.environment != "lab", watched=True)
    ]
    if not spec.template:
        return [f"{spec.fault} in {region}: {problem}" for region, problem in found]
    wrong = [problem for _, problem in found] or [p for each in compiled for p in unwatchable(each.template)]
    return located(wrong, spec.template, str(spec.options["experiment"]))
