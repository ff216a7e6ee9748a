"""Put a fault in force through FIS, and take it away again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from harness.aws.fis import ExperimentState
from harness.aws.site import Site
from harness.errors import CallFailed, NotHealed, NotInjected, StepFailed
from harness.faults.registry import FaultTemplate

START_WITHIN = timedelta(minutes=2)
STOP_WITHIN = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Injection:
    """The live experiments of one fault, and what they resolved to."""

    experiments: tuple[ExperimentState, ...]
    targets: tuple[Mapping[str, Any], ...]


def inject(site: Site, templates: Sequence[FaultTemplate], run: str) -> Injection:
    """Create and start one FIS experiment per template; returns when all run (or have completed).

    Raises NotInjected when a call or an experiment fails; what did start is left to healing, which finds it by tag.
    """
    try:
        started = [_start(site, each, run) for each in templates]
        running = tuple(_running(site, state) for state in started)
        targets = tuple(t for s in running for t in site.fis(s.region).resolved_targets(s.experiment_id))
    except (CallFailed, StepFailed) as error:
        raise NotInjected(str(error)) from error
    return Injection(experiments=running, targets=targets)


def preview(site: Site, templates: Sequence[FaultTemplate], run: str) -> tuple[Mapping[str, Any], ...]:
    """What the templates would hit: FIS resolves their targets and skips every action.

    Raises NotInjected where FIS refuses a template or finds no target for it.
    """
    try:
        return tuple(target for each in templates for target in _previewed(site, each, run))
    except (CallFailed, StepFailed) as error:
        raise NotInjected(str(error)) from error


def _previewed(site: Site, each: FaultTemplate, run: str) -> tuple[Mapping[str, Any], ...]:
    fis = site.fis(each.region)
    template_id = fis.create_template(each.template, run)
    try:
        experiment_id = fis.start(template_id, run, preview=True).experiment_id
        ended = site.wait(lambda: _over(site, each.region, experiment_id), START_WITHIN, "the preview ends")
        if ended.status == "failed":
            raise NotInjected(f"the preview in {each.region} failed: {ended.reason}")
        return fis.resolved_targets(experiment_id)
    finally:
        fis.delete_template(template_id)


def _over(site: Site, region: str, experiment_id: str) -> ExperimentState | None:
    now = site.fis(region).get(experiment_id)
    return now if now.over else None


def _start(site: Site, each: FaultTemplate, run: str) -> ExperimentState:
    fis = site.fis(each.region)
    return fis.start(fis.create_template(each.template, run), run)


def _running(site: Site, state: ExperimentState) -> ExperimentState:
    """Wait until every action without a predecessor has begun."""

    def begun() -> ExperimentState | None:
        now = site.fis(state.region).get(state.experiment_id)
        if now.status in {"failed", "cancelled"}:
            raise NotInjected(f"experiment {now.experiment_id} in {now.region} {now.status}: {now.reason}")
        waiting = [name for name in now.first if now.actions[name] in {"pending", "initiating"}]
        return now if now.status in {"running", "completed"} and not waiting else None

    return site.wait(begun, START_WITHIN, f"experiment {state.experiment_id} runs")


def heal(site: Site, regions: Sequence[str], run: str) -> tuple[ExperimentState, ...]:
    """Stop every experiment of the run in these regions, wait for their end and delete the run's templates.

    Returns the experiments that were still in force. Tries every region; raises NotHealed when one does not end.
    """
    stopped: list[ExperimentState] = []
    failures: list[str] = []
    for region in regions:
        try:
            stopped += _heal_region(site, region, run)
        except (CallFailed, StepFailed) as error:
            failures.append(str(error))
    if failures:
        raise NotHealed("; ".join(failures))
    return tuple(stopped)


def _heal_region(site: Site, region: str, run: str) -> list[ExperimentState]:
    fis = site.fis(region)
    in_force = fis.of_run(run)
    for state in in_force:
        fis.stop(state.experiment_id)
    ended = [
        site.wait(
            partial(_over, site, region, state.experiment_id), STOP_WITHIN, f"experiment {state.experiment_id} ends"
        )
        for state in in_force
    ]
    for template_id in fis.templates_of_run(run):
        fis.delete_template(template_id)
    return ended
