"""The records of the children: written, torn, spoilt and read again."""

from pathlib import Path
from typing import Any

import pytest

from harness.errors import StoreError
from harness.model.history import Answer, Outcome, Request, Stream, Watch
from harness.probes.feed import Feed
from harness.probes.records import (
    Records,
    answer_line,
    read_records,
    request_line,
    started_line,
    summary_line,
    watch_line,
)
from harness.probes.sink import Sink

ORIGIN = 5_000_000_000


def line(due: int = 6_000_000_000, **changes: Any) -> str:
    given: dict[str, Any] = {
        "stream": Stream.WRITE,
        "population": "NA",
        "name": "POST /orders",
        "due": due,
        "sent": due + 1000,
        "finished": due + 2_000_000,
        "outcome": Outcome.INDETERMINATE,
        "region": "us-east-1",
        "status": 504,
        "write_id": "run-NA-1",
        "error": "HTTP 504",
    }
    return request_line(**{**given, **changes})


def test_records_come_back_in_seconds_since_the_origin(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    lines = [
        started_line(at=ORIGIN, pid=7),
        line(),
        answer_line(population="NA", name="api", at=ORIGIN, addresses=("10.0.0.1",), region=None, ttl=2),
        watch_line(population="NA", at=ORIGIN + 500_000_000, edge="closed", region="us-east-1"),
        summary_line(planned=1, recorded=1),
    ]
    path.write_text("".join(lines))
    records = read_records(path, ORIGIN)
    assert records.requests == (
        Request(
            stream=Stream.WRITE,
            population="NA",
            name="POST /orders",
            due=1.0,
            sent=1.000001,
            finished=1.002,
            outcome=Outcome.INDETERMINATE,
            region="us-east-1",
            status=504,
            write_id="run-NA-1",
            error="HTTP 504",
        ),
    )
    assert records.answers == (
        Answer(at=0.0, population="NA", name="api", addresses=("10.0.0.1",), region=None, ttl=2.0),
    )
    assert records.watches == (Watch(at=0.5, population="NA", edge="closed", region="us-east-1"),)
    assert records.summaries == ({"stream": "summary", "planned": 1, "recorded": 1},)
    assert not records.torn


def test_a_torn_last_line_is_left_out_and_said(tmp_path: Path) -> None:
    path = tmp_path / "load.jsonl"
    path.write_text(line() + line()[:50])
    records = read_records(path, ORIGIN)
    assert len(records.requests) == 1
    assert records.torn
    assert records.summaries == ()


def test_a_last_line_that_only_lacks_its_end_counts(tmp_path: Path) -> None:
    path = tmp_path / "load.jsonl"
    path.write_text(line() + line().rstrip("\n"))
    assert len(read_records(path, ORIGIN).requests) == 2


@pytest.mark.parametrize(
    ("spoilt", "because"),
    [
        (line()[:50] + "\n", "not JSON"),
        ("\n", "not JSON"),
        ("7\n", "not a record"),
        ('{"stream":"gossip"}\n', "unknown stream 'gossip'"),
        ('{"population":"NA"}\n', "not a record: KeyError\\('stream'\\)"),
        (line().replace('"OK"', '"FINE"').replace("INDETERMINATE", "PERHAPS"), "PERHAPS"),
        (line().replace(',"error":"HTTP 504"', ""), "10 keys"),
        (line().replace('"due":6000000000', '"due":"now"'), "TypeError"),
        (line().rstrip("\n") + "," + line(), "not JSON"),
    ],
)
def test_anything_else_that_is_no_record_is_named_with_its_line(tmp_path: Path, spoilt: str, because: str) -> None:
    path = tmp_path / "load.jsonl"
    path.write_text(line() * 1500 + spoilt + line())
    with pytest.raises(StoreError, match=rf"load\.jsonl:1501: .*{because}"):
        read_records(path, ORIGIN)


def test_a_file_that_is_not_there_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"none\.jsonl: cannot be read"):
        read_records(tmp_path / "none.jsonl", ORIGIN)


def test_a_feed_gives_each_record_once_and_waits_for_the_rest_of_a_line(tmp_path: Path) -> None:
    first, second = tmp_path / "probes.jsonl", tmp_path / "ledger.jsonl"
    feed = Feed([first, second], ORIGIN)
    assert feed.poll() == Records()
    first.write_text(line(write_id="a") + line(write_id="b")[:40])
    second.write_text(line(write_id="c"))
    assert [r.write_id for r in feed.poll().requests] == ["a", "c"]
    assert feed.poll() == Records()
    with first.open("a") as file:
        file.write(line(write_id="b")[40:])
    assert [r.write_id for r in feed.poll().requests] == ["b"]


def test_a_feed_names_the_line_of_the_file_not_of_the_poll(tmp_path: Path) -> None:
    path = tmp_path / "probes.jsonl"
    feed = Feed([path], ORIGIN)
    path.write_text(line() * 3)
    feed.poll()
    path.write_text(line() * 3 + "spoilt\n")
    with pytest.raises(StoreError, match=r"probes\.jsonl:4: not JSON"):
        feed.poll()


def test_a_sink_writes_whole_lines_when_flushed(tmp_path: Path) -> None:
    sink = Sink(tmp_path / "out.jsonl")
    sink.add(line())
    assert (tmp_path / "out.jsonl").read_text() == ""
    sink.flush()
    assert (tmp_path / "out.jsonl").read_text() == line()
    sink.add(line())
    sink.close()
    assert (tmp_path / "out.jsonl").read_text() == line() * 2
