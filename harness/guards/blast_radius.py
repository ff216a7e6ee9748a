"""Nothing outside the declared blast radius may be touched."""

from harness.guards.registry import guard
from harness.model.experiment import Experiment
from harness.stack.descriptor import Stack


@guard
def inside_the_blast_radius(experiment: Experiment, stack: Stack) -> list[str]:
    """Every fault's region and length, and the account, must be allowed."""
    radius = experiment.blast_radius
    wrong = [
        f"{spec.fault} in {region} lies outside the blast radius ({', '.join(radius.regions) or 'no region'})"
        for spec in experiment.faults
        if (region := spec.options.get("region")) and region not in radius.regions
    ]
    wrong += [
        f"{spec.fault} lasts {spec.lasts}, longer than the blast radius allows ({radius.longest})"
        for spec in experiment.faults
        if spec.lasts > radius.longest
    ]
    if radius.accounts and stack.account not in radius.accounts:
        wrong.append(f"account {stack.account} lies outside the blast radius ({', '.join(radius.accounts)})")
    return wrong
