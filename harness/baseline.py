"""The baseline of a drill: the figures of its last accepted run, frozen before the drill begins.

They are computed from that run's record alone. A run of another stack, load or time scale is no baseline: its figures
would differ for reasons that are no regression.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from harness import accepted
from harness.digest import digest
from harness.errors import StoreError
from harness.journal import FILE_NAME
from harness.judge import slot_edges
from harness.measures.change import frozen
from harness.model.experiment import Experiment
from harness.pinned import Pinned
from harness.plan import plain, slug
from harness.seal import sealed_files
from harness.stack.descriptor import Stack
from harness.store import load_counted, load_events, load_history, load_plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """The drill that is about to begin: as declared, its stack, and the files it was read from."""

    experiment: Experiment
    stack: Stack
    pinned: Sequence[Pinned]


COMPARED = (
    "stack",
    "load",
    "faults",
    "runbook",
    "probe_rate",
    "order_rate",
    "steady_for",
    "strikes_at",
    "scaling_window",
)


def freeze(results: Path, experiment: Experiment, stack: Stack, pinned: Iterable[Pinned]) -> dict[str, Any]:
    """The baseline as plan and journal keep it; `because` says why there is none, and what to do."""
    drill = results / slug(experiment.drill)
    shown = f"{_shown(results)}/{drill.name}"
    try:
        known = accepted.load(drill)
        if not known:
            return _none(
                f"no run of this drill was accepted yet: once one is as it should be, drill accept {shown}/<time>"
            )
        declared = Declared(experiment=experiment, stack=stack, pinned=tuple(pinned))
        return _frozen(drill, known[-1], declared, shown)
    except StoreError as error:
        return _none("; ".join(error.problems).replace(str(results), results.name))


def _shown(results: Path) -> str:
    """As a person would type it in the project; a folder elsewhere says nothing of the machine."""
    here = Path.cwd()
    return str(results.relative_to(here)) if results.is_relative_to(here) else results.name


def _none(because: str, **known: Any) -> dict[str, Any]:
    return {"run": "", "figures": [], **known, "because": because}


def _frozen(drill: Path, last: accepted.Accepted, declared: Declared, shown: str) -> dict[str, Any]:
    folder = drill / last.run
    about = {"run": last.run, "accepted": last.wall, "sha256": last.files[FILE_NAME].sha256}
    if wrong := accepted.changed(drill, last) or _changed(folder):
        return _none(f"{wrong}; accept another: drill accept {shown}/<time>", **about)
    if found := list(differences(load_plan(folder), declared)):
        remedy = f"drill accept {shown}/<time> of a run that was made as this one"
        return _none(f"the accepted run {last.run} was another drill: {'; '.join(found)}; {remedy}", **about)
    bare = load_history(folder)
    criteria = declared.experiment.criteria
    history = load_counted(folder, bare, slot_edges(bare, criteria))
    return {**about, "because": "", "figures": frozen(history, criteria)}


def _changed(folder: Path) -> str:
    """What of the record is not as the run's own journal says; empty when all is."""
    kept = sealed_files(load_events(folder)) or {}
    wrong = [name for name, each in kept.items() if not (folder / name).is_file() or digest(folder / name) != each]
    if not kept:
        return f"the accepted run {folder.name} was never closed"
    return f"{', '.join(sorted(wrong))} of the accepted run {folder.name} was changed" if wrong else ""


def differences(plan: Mapping[str, Any], declared: Declared) -> Iterator[str]:
    """What the accepted run was planned with and this drill is not, each in words."""
    then, now = plan["experiment"], plain(declared.experiment)
    for name in COMPARED:
        yield from _differ(name, then.get(name), now.get(name))
    mine = declared.stack.model_dump(mode="json")
    for name in ("environment", "time_scale"):
        yield from _differ(name, plan["stack"].get(name), mine[name])
    yield from _differ("shares of the populations", _shares(plan["stack"]), _shares(mine))
    yield from _differ(
        "stack file", *(_stack_files(each) for each in (plan.get("pinned") or (), _plain(declared.pinned)))
    )


def _plain(pinned: Iterable[Pinned]) -> list[dict[str, Any]]:
    return [each.as_json() for each in pinned]


def _shares(stack: Mapping[str, Any]) -> dict[str, Any]:
    return {name: each.get("share") for name, each in sorted(stack.get("populations", {}).items())}


def _stack_files(pinned: Iterable[Mapping[str, Any]]) -> Any:
    """What the stack file says, without its comments."""
    return [yaml.safe_load(each["text"]) for each in pinned if each["kind"] == "stack"]


def _differ(name: str, then: Any, now: Any) -> Iterator[str]:
    """Where two values differ, as deep as both are mappings or equally long lists."""
    if isinstance(then, Mapping) and isinstance(now, Mapping):
        for key in sorted({*then, *now}):
            yield from _differ(f"{name}.{key}", then.get(key), now.get(key))
    elif isinstance(then, list) and isinstance(now, list) and len(then) == len(now):
        for n, (before, after) in enumerate(zip(then, now, strict=True), start=1):
            yield from _differ(f"{name} {n}" if len(now) > 1 else name, before, after)
    elif then != now:
        yield f"{name} was {_short(then)} and is {_short(now)}"


def _short(value: Any) -> str:
    text = "nothing" if value is None else str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
