"""A small run on disk, written by the same code as a real one: recorded, closed, sealed and judged."""

from pathlib import Path
from typing import Any

from harness import evidence, manifest
from harness.clock import Clock
from harness.digest import digest
from harness.journal import FILE_NAME, Journal
from harness.model.history import Audit, Outcome, Stream
from harness.plan import versions
from harness.probes.records import answer_line, request_line, started_line, summary_line
from harness.seal import close
from harness.store import PLAN, save_audit, save_json
from tests.experiments import STACK

EFFECT, RECOVERED, DROVE = 4.0, 6.0, 12.0
CRITERIA = (("recovery time", "at most", 60.0, "s", None), ("lost writes", "at most", 0.0, "writes", None))


def recorded_run(folder: Path, *, recovered: float = RECOVERED, criteria: Any = CRITERIA) -> Path:
    """A run that was carried out and never closed: NA is down for two seconds."""
    folder.mkdir(parents=True)
    save_json(folder / PLAN, _plan(criteria))
    _records(folder, recovered)
    save_audit(
        folder, Audit(at=11.5, region="eu-west-1", rows={f"w-{n}": 1 for n in range(_WRITES) if _ok(n, recovered)})
    )
    (folder / "prober.log").write_text("")
    (folder / "locust.log").write_text("ready\nstopped\n")
    journal = Journal(folder / FILE_NAME, Clock(time_scale=10.0, origin_ns=0))
    for at, kind, data in _events(folder, recovered):
        journal.record(kind, at=at, **data)
    journal.close()
    return folder


def closed_run(folder: Path, **how: Any) -> Path:
    """The same, closed and sealed, as an aborted run is left behind."""
    recorded_run(folder, **how)
    journal = Journal(folder / FILE_NAME, Clock(time_scale=10.0, origin_ns=0))
    close(journal, "completed")
    journal.close()
    manifest.begin(folder)
    return folder


def judged_run(folder: Path, **how: Any) -> Path:
    """The same, judged."""
    evidence.judge_folder(closed_run(folder, **how))
    return folder


_WRITES = 24


def _plan(criteria: Any) -> dict[str, Any]:
    declared = [
        {"measure": m, "bound": {"relation": r, "value": v, "unit": u}, "phase": p, "population": None}
        for m, r, v, u, p in criteria
    ]
    return {
        "run": "a-run",
        "drill": "a region is lost",
        "experiment": {"criteria": declared},
        "stack": STACK.model_dump(mode="json"),
        "versions": versions(),
    }


def _events(folder: Path, recovered: float) -> list[tuple[float, str, dict[str, Any]]]:
    opened = {
        "drill": "a region is lost",
        "run": "a-run",
        "wall": "2026-11-21T12:00:00+00:00",
        "monotonic_ns": 0,
        "time_scale": 10.0,
        "environment": "lab",
        "stack": "storefront",
        "populations": ["NA"],
        "probe_interval": 0.1,
    }
    fault = {"fault": "region loss", "targets": ["i-1"], "experiments": [], "templates": []}
    planned = {"planned": 50, "recorded": 50, "ended_in_order": True}
    return [
        (0.0, "opened", opened),
        (0.1, "admitted", {"sustained_for": 10.0, "plan": digest(folder / PLAN).as_json()}),
        (0.2, "phase", {"phase": "steady"}),
        (3.5, "phase", {"phase": "impaired"}),
        (3.8, "injecting", fault),
        (3.9, "injected", fault),
        (recovered + 1.1, "recovered", {"since": recovered}),
        (recovered + 1.1, "phase", {"phase": "recovered", "since": recovered}),
        (recovered + 2.0, "healing", {"fault": "region loss"}),
        (recovered + 2.1, "healed", {"fault": "region loss"}),
        (DROVE, "drove", {"load": planned}),
        (DROVE, "audited", {"region": "eu-west-1", "rows": _WRITES, "unknown": 0}),
    ]


def _records(folder: Path, recovered: float) -> None:
    ids = iter(range(_WRITES))
    first = answer_line(population="NA", name="api", at=100, addresses=["127.0.0.1"], region="us-east-1", ttl=2.0)
    reads = [_request(Stream.READ, n * 0.1, recovered) for n in range(120)]
    writes = [_request(Stream.WRITE, n * 0.5, recovered, f"w-{next(ids)}") for n in range(_WRITES)]
    load = [_request(Stream.LOAD, n * 0.24, recovered) for n in range(50)]
    for name, lines in (("probes", [first, *reads]), ("ledger", writes), ("load", load)):
        text = "".join([started_line(at=0, pid=1), *lines, summary_line(planned=len(lines))])
        (folder / f"{name}.jsonl").write_text(text)


def _ok(write: int, recovered: float) -> bool:
    return not EFFECT <= write * 0.5 < recovered


def _request(stream: Stream, due: float, recovered: float, write_id: str | None = None) -> str:
    served = not EFFECT <= due < recovered
    return request_line(
        stream=stream,
        population="NA",
        name="POST /orders" if write_id else "GET /catalogue",
        due=round(due * 1e9),
        sent=round(due * 1e9),
        finished=round((due + 0.01) * 1e9),
        outcome=Outcome.OK if served else Outcome.FAILED,
        region="us-east-1" if served else None,
        status=200 if served else None,
        write_id=write_id,
    )
