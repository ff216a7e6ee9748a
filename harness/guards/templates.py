"""Every FIS template that a drill comes to must be one that FIS takes."""

from harness.errors import ConfigError
from harness.faults.compilation import compile_fault
from harness.faults.experiment_file import located, problems_of, whole_problems
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
    outside_lab = stack.environment != "lab"
    if spec.template:
        return _own_problems(spec, experiment, stack, outside_lab=outside_lab)
    return [
        f"{spec.fault} in {each.region}: {problem}"
        for each in compile_fault(spec, experiment, stack)
        for problem in check_template(each.template, outside_lab=outside_lab, watched=True)
    ]


def _own_problems(spec: FaultSpec, experiment: Experiment, stack: Stack, *, outside_lab: bool) -> list[str]:
    path = str(spec.options["experiment"])
    try:
        (compiled,) = compile_fault(spec, experiment, stack)
    except ConfigError:
        return problems_of(spec.template, path, stack, str(spec.options["region"]), watched=True)
    found = whole_problems(compiled.template, outside_lab=outside_lab, watched=True)
    return located(found, spec.template, path)
