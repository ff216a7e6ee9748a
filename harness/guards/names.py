"""Every name in a drill must be one that exists."""

from datetime import timedelta
from difflib import get_close_matches

from harness.failover.registry import STEPS
from harness.faults.registry import FAULTS
from harness.guards.registry import guard
from harness.model.experiment import Experiment, FaultSpec
from harness.probes.registry import PROBES
from harness.stack.descriptor import Stack

LONGEST = timedelta(hours=12)
AMOUNTS = ("count", "percent", "milliseconds", "port")


@guard
def names_exist(experiment: Experiment, stack: Stack) -> list[str]:
    """Faults, their options and regions; probes; populations in criteria."""
    wrong = [problem for spec in experiment.faults for problem in fault_problems(spec, stack)]
    wrong += [unknown("probe", s.probe, PROBES) for s in experiment.hypothesis if s.probe not in PROBES]
    wrong += [
        f"{c.measure}: " + unknown("population", c.population, stack.populations)
        for c in experiment.criteria
        if c.population and c.population not in stack.populations
    ]
    return wrong


@guard
def runbook_fits_the_stack(experiment: Experiment, stack: Stack) -> list[str]:
    """Each step's own problems, and the alarm that starts the runbook."""
    if experiment.runbook is None:
        return []
    book = experiment.runbook
    wrong = [f"runbook {book.name}: {p}" for s in book.steps for p in STEPS[s.step].problems(stack, s.options)]
    if book.starts_on not in stack.regions:
        wrong.append(f"runbook {book.name}: starts_on_alarm_of: " + unknown("region", book.starts_on, stack.regions))
    elif not stack.regions[book.starts_on].detection_alarm:
        wrong.append(f"runbook {book.name}: {book.starts_on} has no detection_alarm in the descriptor")
    return wrong


def fault_problems(spec: FaultSpec, stack: Stack) -> list[str]:
    """What is wrong with the name, the options and the length of a fault."""
    if spec.fault not in FAULTS:
        return [unknown("fault", spec.fault, FAULTS)]
    wrong = [f"{spec.fault}: {name} is missing" for name in FAULTS[spec.fault].options if name not in spec.options]
    named = [spec.options[option] for option in ("region", "other") if option in spec.options]
    wrong += [f"{spec.fault}: " + unknown("region", name, stack.regions) for name in named if name not in stack.regions]
    if "other" in spec.options and spec.options["other"] == spec.options.get("region"):
        wrong.append(f"{spec.fault}: {spec.options['other']} on both sides; name two regions")
    wrong += [
        f"{spec.fault}: {option} is {amount}; it takes at least 1 to break anything"
        for option in AMOUNTS
        if (amount := spec.options.get(option)) is not None and amount < 1
    ]
    zone, zones = spec.options.get("zone"), [z for region in stack.regions.values() for z in region.zones]
    if zone is not None and zone not in zones:
        wrong.append(f"{spec.fault}: " + unknown("zone", zone, zones))
    least = FAULTS[spec.fault].least
    if not least <= spec.lasts <= LONGEST:
        minutes = f"{least.total_seconds() / 60:g} minute{'s' if least > timedelta(minutes=1) else ''}"
        wrong.append(f"{spec.fault}: it lasts {spec.lasts}; it takes {minutes} to 12 hours")
    elif spec.after + spec.lasts > LONGEST:
        wrong.append(f"{spec.fault}: it ends {spec.after + spec.lasts} after the first fault; a drill takes 12 hours")
    return wrong


def unknown(noun: str, name: str, known: object) -> str:
    """That a name is unknown, with the closest one or the whole list."""
    names = sorted(str(each) for each in known)  # type: ignore[attr-defined]
    close = get_close_matches(name, names, n=1)
    return f"unknown {noun} {name!r}; " + (f"did you mean {close[0]!r}?" if close else f"known are {', '.join(names)}")
