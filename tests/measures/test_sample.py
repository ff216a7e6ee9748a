"""Which requests a criterion means."""

from dataclasses import replace

import pytest

from harness.measures.registry import Scope
from harness.measures.sample import load_in, phase_edges, requests_in, spans_of, where
from harness.model.history import Phase, Request, Stream
from harness.model.load import Sample
from tests.measures.histories import load, probes, request, run

BOTH = (Stream.READ, Stream.WRITE)


def probe(due: float, population: str = "NA", stream: Stream = Stream.READ) -> Request:
    return request(due, due + 0.01, stream=stream, population=population)


def test_a_phase_that_no_run_has_is_an_error_and_one_that_this_run_lacks_is_empty() -> None:
    with pytest.raises(ValueError, match="stedy"):
        spans_of(run(), Scope(phase="stedy"))
    assert spans_of(run(), Scope(phase="failing over")) == ()
    assert [s.phase for s in spans_of(run(), Scope(phase="steady"))] == [Phase.STEADY]
    assert len(spans_of(run(), Scope())) == 4


def test_load_is_counted_between_the_edges_of_phases_in_order() -> None:
    assert phase_edges(run()) == (0.0, 10.02, 15.0, 32.0, 38.0)


def test_a_run_without_load_has_none_rather_than_an_error() -> None:
    assert load_in(replace(run(), load=None), Scope()) == Sample()
    assert load_in(run(load(20, 0, 10)), Scope(phase="steady")).requests == 20


def test_a_probe_belongs_to_the_phase_in_which_it_was_due_its_stream_and_its_population() -> None:
    dues = (0.0, 10.019, 10.02)
    history = run([probe(due) for due in dues] + [probe(1.0, "EU"), probe(2.0, stream=Stream.WRITE)])
    steady = Scope(phase="steady")
    assert [r.due for r in requests_in(history, steady, BOTH)] == [0.0, 1.0, 2.0, 10.019]
    assert [r.due for r in requests_in(history, steady, [Stream.READ])] == [0.0, 1.0, 10.019]
    assert [r.due for r in requests_in(history, Scope(population="EU"), BOTH)] == [1.0]
    assert [r.due for r in requests_in(history, Scope(phase="impaired"), BOTH)] == [10.02]


def test_what_is_due_after_the_end_of_driving_belongs_to_no_phase() -> None:
    history = run([*probes("NA", Stream.READ, until=1.0), request(38.0, 39.0, stream=Stream.READ)])
    assert len(requests_in(history, Scope(), BOTH)) == 20


def test_a_scope_reads_as_the_phase_and_the_population_it_names() -> None:
    assert where(Scope()) == ""
    assert where(Scope(phase="steady")) == " in steady"
    assert where(Scope(population="NA")) == " for NA"
    assert where(Scope(phase="steady", population="NA")) == " in steady for NA"
