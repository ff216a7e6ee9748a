"""latency.hlog: what is written is read again, by us and by the reference reader."""

import math
import random
from collections.abc import Iterable
from pathlib import Path

import pytest
from hdrh.histogram import HdrHistogram
from hdrh.log import HistogramLogReader

from harness.errors import StoreError
from harness.load.histograms import Written, read_hlog, total, write_hlog
from harness.model.history import Outcome, Phase, Request, Span, Stream
from harness.model.load import Load
from tests.loads import count

WALL = "2026-01-02T03:04:05+00:00"
SPANS = (
    Span(phase=Phase.STEADY, since=0.0, until=10.0),
    Span(phase=Phase.FAILING_OVER, since=10.0, until=20.0),
    Span(phase=Phase.STEADY, since=20.0, until=30.0),
)


def request(due: float, latency: float, population: str = "NA", **changes: object) -> Request:
    given: dict[str, object] = {
        "stream": Stream.LOAD,
        "population": population,
        "name": "GET /catalogue",
        "due": due,
        "sent": due,
        "finished": due + latency,
        "outcome": Outcome.OK,
    }
    return Request(**{**given, **changes})  # type: ignore[arg-type]


def counted(requests: Iterable[Request]) -> Load:
    return count(requests, phases=(0.0, 10.0, 20.0, 30.0))


def test_percentiles_come_back_within_three_digits_of_the_exact_ones(tmp_path: Path) -> None:
    chance = random.Random(7)
    latencies = [math.exp(chance.gauss(-3, 1)) for _ in range(5000)]
    requests = [request(10 * i / 5000, each) for i, each in enumerate(latencies)]
    write_hlog(tmp_path / "latency.hlog", counted(requests), SPANS, WALL)
    histogram = read_hlog(tmp_path / "latency.hlog")["NA", Phase.STEADY]
    ordered = sorted(latencies)
    for percentile in (50, 95, 99, 99.9):
        exact = ordered[round(percentile * 50) - 1] * 1e6
        assert histogram.get_value_at_percentile(percentile) == pytest.approx(exact, rel=1e-3)
    assert histogram.get_total_count() == 5000


def test_each_population_and_phase_has_its_own_and_the_global_one_is_their_sum(tmp_path: Path) -> None:
    requests = [request(1, 0.1), request(11, 0.2), request(11, 0.3, "E,U_1 %"), request(21, 0.4)]
    write_hlog(tmp_path / "latency.hlog", counted(requests), SPANS, WALL)
    found = read_hlog(tmp_path / "latency.hlog")
    counts = {key: histogram.get_total_count() for key, histogram in found.items()}
    assert counts == {("NA", Phase.STEADY): 2, ("NA", Phase.FAILING_OVER): 1, ("E,U_1 %", Phase.FAILING_OVER): 1}
    whole = total(found.values())
    assert whole.get_total_count() == 4
    assert whole.get_min_value() == pytest.approx(100_000, rel=1e-3)
    assert whole.get_max_value() == pytest.approx(400_000, rel=1e-3)


def test_the_reference_reader_reads_our_log(tmp_path: Path) -> None:
    write_hlog(tmp_path / "latency.hlog", counted([request(1, 0.1), request(11, 0.2)]), SPANS, WALL)
    reader = HistogramLogReader(str(tmp_path / "latency.hlog"), HdrHistogram(1, 3_600_000_000, 3))
    first, second = reader.get_next_interval_histogram(), reader.get_next_interval_histogram()
    assert reader.get_next_interval_histogram() is None
    reader.close()
    assert (first.get_tag(), second.get_tag()) == ("NA_steady", "NA_failing-over")
    assert reader.get_start_time_sec() == 1767323045.0
    assert first.get_start_time_stamp() == 1767323045_000
    assert second.get_start_time_stamp() == 1767323055_000


def test_only_answered_load_requests_count_and_clipped_ones_are_said(tmp_path: Path) -> None:
    requests = [
        request(1, 0.1),
        request(1, 2.0, outcome=Outcome.INDETERMINATE),
        request(1, 0.1, stream=Stream.READ),
        request(1, 5000.0),
        request(1, 0.0),
        request(1, -0.5),
    ]
    written = write_hlog(tmp_path / "latency.hlog", counted(requests), SPANS, WALL)
    assert written == Written(recorded=4, unanswered=1, clipped=2)
    assert "unanswered and left out: 1; clipped: 2" in (tmp_path / "latency.hlog").read_text()
    histogram = read_hlog(tmp_path / "latency.hlog")["NA", Phase.STEADY]
    assert histogram.get_max_value() == pytest.approx(3_600_000_000, rel=1e-3)


def test_no_load_is_a_log_without_intervals(tmp_path: Path) -> None:
    assert write_hlog(tmp_path / "latency.hlog", Load(), SPANS, "") == Written(recorded=0, unanswered=0, clipped=0)
    assert read_hlog(tmp_path / "latency.hlog") == {}
    assert total([]).get_total_count() == 0


@pytest.mark.parametrize("line", ["nonsense", "Tag=NA_steady,0,1,2,HISTbroken", "Tag=NA_lunch,0,1,2,HIST"])
def test_a_spoilt_log_is_named_with_its_line(tmp_path: Path, line: str) -> None:
    path = tmp_path / "latency.hlog"
    write_hlog(path, counted([request(1, 0.1)]), SPANS, WALL)
    path.write_text(path.read_text() + line + "\n")
    with pytest.raises(StoreError, match=r"latency\.hlog:8: not an interval"):
        read_hlog(path)
