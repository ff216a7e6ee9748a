"""Nothing outside the declared blast radius may be touched."""

from collections.abc import Iterator, Mapping

from harness.errors import ConfigError
from harness.faults.compilation import compile_fault
from harness.faults.experiment_file import located
from harness.fis.problem import Problem, under
from harness.fis.shape import shaped
from harness.guards.names import fault_problems
from harness.guards.registry import guard
from harness.model.experiment import Experiment, FaultSpec
from harness.stack.descriptor import Stack


@guard
def inside_the_blast_radius(experiment: Experiment, stack: Stack) -> list[str]:
    """Every fault's region and length, and the account, must be allowed."""
    radius = experiment.blast_radius
    wrong = [
        f"{spec.fault} in {region} lies outside the blast radius ({', '.join(radius.regions) or 'no region'})"
        for spec in experiment.faults
        for region in _regions(spec, stack)
        if region not in radius.regions
    ]
    wrong += [
        f"{spec.fault} lasts {spec.lasts}, longer than the blast radius allows ({radius.longest})"
        for spec in experiment.faults
        if spec.lasts > radius.longest
    ]
    if radius.accounts and stack.account not in radius.accounts:
        wrong.append(f"account {stack.account} lies outside the blast radius ({', '.join(radius.accounts)})")
    return wrong


def _regions(spec: FaultSpec, stack: Stack) -> list[str]:
    """Where a fault strikes: in the region that it names, or in that of its zone."""
    region = spec.options.get("region") or stack.region_of(spec.options.get("zone", ""))
    return [region] if region else []


@guard
def own_experiments_hit_the_stack_only(experiment: Experiment, stack: Stack) -> list[str]:
    """What an experiment of the author's own chooses by tags must carry the stack's; ARNs must lie in the radius."""
    own = [spec for spec in experiment.faults if spec.template and not fault_problems(spec, stack)]
    return [problem for spec in own for problem in _strays(spec, experiment, stack)]


def _strays(spec: FaultSpec, experiment: Experiment, stack: Stack) -> list[str]:
    try:
        (compiled,) = compile_fault(spec, experiment, stack)
    except ConfigError:
        return []  # the guard of the templates tells it
    targets = shaped(compiled.template)[0].get("targets") or {}
    found = [
        problem
        for name, target in targets.items()
        for problem in (
            *_stray_tags(target.get("resourceTags") or {}, stack, under("/targets", name, "resourceTags")),
            *_stray_arns(target.get("resourceArns") or [], experiment, stack, under("/targets", name, "resourceArns")),
        )
    ]
    return located(found, spec.template, str(spec.options["experiment"]))


def _stray_tags(tags: Mapping[str, str], stack: Stack, at: str) -> Iterator[Problem]:
    lacking = {name: value for name, value in stack.tags.items() if tags.get(name) != value}
    if tags and lacking:
        text = ", ".join(f"{name}: {value}" for name, value in lacking.items())
        yield Problem(pointer=at, text=f"may choose what is no part of {stack.stack}; add its tags ({text}) or <tags>")


def _stray_arns(arns: list[str], experiment: Experiment, stack: Stack, at: str) -> Iterator[Problem]:
    """An ARN without a region or an account, such as that of a role or a bucket, lies in none."""
    radius = experiment.blast_radius
    for number, arn in enumerate(arns):
        region, account = ([*arn.split(":"), *[""] * 5])[3:5]
        if region and region not in radius.regions:
            yield Problem(pointer=under(at, number), text=f"{arn} lies outside the blast radius")
        if account and account != stack.account:
            yield Problem(pointer=under(at, number), text=f"{arn} is not in the account of the stack, {stack.account}")
