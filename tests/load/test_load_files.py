"""Several Locust processes record to several files, which are one load."""

import json
from pathlib import Path
from typing import Any

import pytest

from harness.errors import StoreError
from harness.load.reading import load_files, read_load, read_loads
from harness.load.record import LoadRecord, encoded
from harness.load.summary import load_figures, together
from harness.model.history import Outcome, Stream
from harness.probes.records import read_records, request_line, started_line, summary_line

SECOND = 1_000_000_000


def record(due: int = 0, **changes: Any) -> LoadRecord:
    given: dict[str, Any] = {
        "population": "NA",
        "name": "GET /catalogue",
        "due": due,
        "sent": due + 1000,
        "finished": due + 2000,
        "outcome": "OK",
        "region": "us-east-1",
        "status": 200,
        "write_id": None,
        "error": "",
    }
    return LoadRecord(**{**given, **changes})


def write(path: Path, *records: LoadRecord, **figures: Any) -> Path:
    summary = summary_line(**figures) if figures else ""
    path.write_text(started_line(at=0, pid=1) + encoded(list(records)).decode() + summary)
    return path


def test_a_record_has_the_keys_of_a_request_line_and_two_of_its_own() -> None:
    old = request_line(
        stream=Stream.LOAD, population="NA", name="x", due=1, sent=2, finished=3, outcome=Outcome.OK, error='"\n'
    )
    new = json.loads(encoded([record(error='"\n')]))
    assert list(new) == [*json.loads(old), "instance", "cart"]
    assert new["stream"] == "load"


def test_records_of_both_kinds_are_read(tmp_path: Path) -> None:
    old = request_line(stream=Stream.LOAD, population="NA", name="x", due=1, sent=2, finished=3, outcome=Outcome.OK)
    path = write(tmp_path / "load.jsonl", record(instance="i-1", cart="kept"))
    path.write_text(path.read_text() + old)
    assert read_load(path, 0).whole.requests == len(read_records(path, 0).requests) == 2


def test_other_streams_have_no_such_keys(tmp_path: Path) -> None:
    path = write(tmp_path / "probes.jsonl", record())
    path.write_text(path.read_text().replace('"load"', '"read"'))
    with pytest.raises(StoreError, match="13 keys"):
        read_records(path, 0)


def test_instances_and_carts_are_counted_where_an_answer_names_them(tmp_path: Path) -> None:
    rows = [
        record(instance="i-1", cart="kept"),
        record(SECOND, instance="i-1", cart="lost"),
        record(2 * SECOND, instance="i-2"),
        record(2 * SECOND, region=None),
        record(2 * SECOND, outcome="FAILED", status=503, instance="i-2"),
    ]
    load = read_load(write(tmp_path / "load.jsonl", *rows), 0, (0, SECOND), (0, SECOND))
    assert load.whole.instances == {("us-east-1", "i-1"): 2, ("us-east-1", "i-2"): 1}
    assert load.whole.carts == {"kept": 1, "lost": 1}
    assert load.slots.between(0.0, 1.0).carts == {"kept": 1}


def test_files_of_further_processes_are_found_in_order_and_others_are_not(tmp_path: Path) -> None:
    for name in ("load-10.jsonl", "load-2.jsonl", "load.jsonl", "load.json", "load-test.jsonl", "probes.jsonl"):
        write(tmp_path / name)
    assert [path.name for path in load_files(tmp_path)] == ["load.jsonl", "load-2.jsonl", "load-10.jsonl"]


def test_several_files_are_read_as_one_load(tmp_path: Path) -> None:
    first = write(tmp_path / "load.jsonl", record(), record(SECOND))
    second = write(tmp_path / "load-1.jsonl", record(), record(SECOND, population="EU"))
    load = read_loads([first, second], 0, (0, SECOND), ())
    assert load.phases.between(0.0, 1.0).requests == 2
    assert load.whole.requests == 4
    assert read_loads([], 0).whole.requests == 0


def test_counts_of_workers_are_summed_and_of_the_rest_the_worst_stands() -> None:
    one = {"planned": 10, "dropped": 1, "busy": 0.2, "elapsed_s": 5.0, "scheduling_error_ms": {"p50": 1, "p99": 2}}
    two = {"planned": 20, "dropped": 0, "busy": 0.9, "elapsed_s": 4.0, "scheduling_error_ms": {"p50": 0, "p99": 9}}
    assert together([one, two]) == {
        "planned": 30,
        "dropped": 1,
        "busy": 0.9,
        "elapsed_s": 5.0,
        "scheduling_error_ms": {"p50": 1, "p99": 9},
    }
    assert together([]) == {}


def test_what_a_killed_worker_recorded_counts_and_its_end_was_not_in_order(tmp_path: Path) -> None:
    write(tmp_path / "load.jsonl", record(), planned=1, recorded=1)
    write(tmp_path / "load-1.jsonl", record(), record())
    figures = load_figures(tmp_path)
    assert (figures["planned"], figures["recorded"], figures["ended_in_order"], figures["workers"]) == (1, 3, False, 2)
