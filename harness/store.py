"""Keep a run: results/<drill>/<time>/, and read it back as a closed history."""

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from harness.errors import StoreError
from harness.journal import FILE_NAME as JOURNAL
from harness.journal import read_events
from harness.load.reading import load_files, read_loads
from harness.measures.sample import phase_edges
from harness.model.history import Audit, Event, History, Series
from harness.model.load import Load, nanoseconds
from harness.model.verdict import Bound, Criterion, Relation
from harness.plan import Plan, slug
from harness.probes.records import Records, read_records

PLAN = "plan.json"
AUDIT = "audit.json"
LATENCY = "latency.hlog"
FINDINGS = "findings.json"
METRICS = "metrics.json"
LOAD = "load.jsonl"
PROBED = ("probes.jsonl", "ledger.jsonl")
RECORDS = (LOAD, *PROBED)


def new_folder(results: Path, drill: str) -> Path:
    """Make results/<drill>/<time>/ and point results/<drill>/latest at it. Raises StoreError."""
    folder = results / slug(drill) / f"{datetime.now(UTC):%Y-%m-%dT%H-%M-%S.%f}"[:-3]
    try:
        folder.mkdir(parents=True)
        _link(folder.parent / "latest", folder.name)
    except OSError as error:
        raise StoreError([f"{results}: results cannot be written: {error.strerror}"]) from error
    return folder


def _link(link: Path, target: str) -> None:
    fresh = link.with_name(f".{link.name}.{os.getpid()}")
    fresh.symlink_to(target)
    fresh.replace(link)


def save_plan(folder: Path, plan: Plan) -> None:
    """Write plan.json."""
    save_json(folder / PLAN, plan.as_json())


def save_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write JSON that people can read, with a stable order of keys."""
    save_text(path, json.dumps(content, indent=2, sort_keys=True, default=str) + "\n")


def save_text(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    fresh = path.with_name(f".{path.name}.part")
    try:
        fresh.write_text(text, encoding="utf-8")
        fresh.replace(path)
    except OSError as error:
        raise StoreError([f"{path}: cannot be written: {error.strerror}"]) from error


def load_plan(folder: Path) -> dict[str, Any]:
    """Read plan.json. Raises StoreError."""
    try:
        content: dict[str, Any] = json.loads((folder / PLAN).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise StoreError([f"{folder / PLAN}: {error}"]) from error
    return content


def load_criteria(folder: Path) -> tuple[Criterion, ...]:
    """The criteria that the drill declared before it ran."""
    return tuple(_criterion(each) for each in load_plan(folder)["experiment"]["criteria"])


def _criterion(data: Mapping[str, Any]) -> Criterion:
    bound = data["bound"]
    return Criterion(
        measure=data["measure"],
        bound=Bound(relation=Relation(bound["relation"]), value=bound["value"], unit=bound["unit"]),
        phase=data["phase"],
        population=data["population"],
        window=data.get("window"),
    )


def load_events(folder: Path) -> tuple[Event, ...]:
    """The journal of a run; its first event opens it. Raises StoreError."""
    events = read_events(folder / JOURNAL)
    if not events or events[0].kind != "opened":
        raise StoreError([f"{folder / JOURNAL}: does not begin with an opened run"])
    return events


def load_history(folder: Path) -> History:
    """What was recorded about a run, from its folder alone, without its load. Raises StoreError."""
    events = load_events(folder)
    opened = events[0].data
    records = [_records(folder / name, int(opened["monotonic_ns"])) for name in PROBED]
    return History(
        drill=opened["drill"],
        environment=opened["environment"],
        time_scale=opened["time_scale"],
        populations=tuple(opened["populations"]),
        events=events,
        requests=tuple(sorted((r for each in records for r in each.requests), key=lambda r: r.due)),
        answers=tuple(sorted((a for each in records for a in each.answers), key=lambda a: a.at)),
        watches=tuple(sorted((w for each in records for w in each.watches), key=lambda w: w.at)),
        redials=tuple(sorted((r for each in records for r in each.redials), key=lambda r: r.sent)),
        audit=_audit(folder / AUDIT),
        series=_series(folder / METRICS),
        probe_interval=opened["probe_interval"],
    )


def load_counted(folder: Path, history: History, slots: Iterable[float]) -> History:
    """The same run with its load, counted between the edges of its phases and of `slots`. Raises StoreError."""
    files = load_files(folder)
    if not files:
        return replace(history, load=Load())
    origin = int(history.events[0].data["monotonic_ns"])
    phases = tuple(nanoseconds(edge) for edge in phase_edges(history))
    return replace(history, load=read_loads(files, origin, phases, tuple(nanoseconds(edge) for edge in slots)))


def _records(path: Path, origin_ns: int) -> Records:
    return read_records(path, origin_ns) if path.exists() else Records()


def save_audit(folder: Path, audit: Audit) -> None:
    """Write audit.json: what the surviving database holds of the ledger."""
    save_json(
        folder / AUDIT,
        {"at": audit.at, "region": audit.region, "rows": dict(audit.rows), "unknown": list(audit.unknown)},
    )


def _audit(path: Path) -> Audit | None:
    if not path.exists():
        return None
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return Audit(at=data["at"], region=data["region"], rows=data["rows"], unknown=tuple(data["unknown"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StoreError([f"{path}: not an audit: {type(error).__name__}: {error}"]) from error


def save_series(folder: Path, series: Iterable[Series], missing: Iterable[str] = ()) -> None:
    """Write metrics.json: the metrics of the stack as CloudWatch has them, and why some are missing."""
    listed = [{**asdict(each), "dimensions": dict(each.dimensions), "points": list(each.points)} for each in series]
    save_json(folder / METRICS, {"series": listed, "missing": list(missing)})


def _series(path: Path) -> tuple[Series, ...]:
    if not path.exists():
        return ()
    try:
        listed = json.loads(path.read_text(encoding="utf-8"))["series"]
        return tuple(
            Series(**{**each, "points": tuple((at, value) for at, value in each["points"])}) for each in listed
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StoreError([f"{path}: no metrics: {type(error).__name__}: {error}"]) from error


def unfinished(results: Path) -> tuple[Path, ...]:
    """The folders of runs that never closed their journal or left one that cannot be read, oldest first."""
    found = (j.parent for j in results.glob(f"*/*/{JOURNAL}") if not j.parent.is_symlink() and not _closed(j))
    return tuple(sorted(found, key=lambda folder: folder.name))


def _closed(journal: Path) -> bool:
    try:
        events: tuple[Event, ...] = read_events(journal)
    except StoreError:
        return False
    return bool(events) and events[-1].kind == "closed"
