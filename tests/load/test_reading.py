"""Load that is counted while it is read is what counting each request would give, in however many parts it is read."""

import random
from pathlib import Path

import pytest
from hdrh.histogram import HdrHistogram
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import StoreError
from harness.load.gathering import gathered
from harness.load.reading import read_load
from harness.model.history import Outcome, Stream
from harness.model.load import COARSE, FINE, Load, Sample, merged
from harness.probes.records import request_line, started_line, summary_line
from tests.loads import Row

ORIGIN = 7_000_000_000
PHASES = (0, 2_000_000_000, 5_000_000_000)
SLOTS = tuple(range(0, 6_000_000_000, 500_000_000))
ROWS = st.builds(
    Row,
    population=st.sampled_from(["NA", "EU"]),
    due=st.integers(0, 7_000_000_000),
    sent=st.just(0),
    finished=st.integers(0, 10_000_000_000),
    outcome=st.sampled_from([o.value for o in Outcome]),
    region=st.sampled_from(["us-east-1", "eu-west-1", None]),
)


def lines(count: int, seed: int = 3) -> list[str]:
    dice = random.Random(seed)
    made = []
    for n in range(count):
        due = ORIGIN + n * 6_000_000_000 // count
        outcome = dice.choice([Outcome.OK] * 8 + [Outcome.FAILED, Outcome.INDETERMINATE])
        took = int(dice.lognormvariate(16, 1))
        made.append(
            request_line(
                stream=Stream.LOAD,
                population=dice.choice(["NA", "EU", 'Ωmega, \\"x\\"']),
                name="GET /catalogue",
                due=due,
                sent=due + dice.randrange(1000),
                finished=due + 1000 + took,
                outcome=outcome,
                region="us-east-1" if outcome is Outcome.OK else None,
                status=200 if outcome is Outcome.OK else None,
                error="" if outcome is Outcome.OK else "reset\nby peer",
            )
        )
    return made


def write(path: Path, *text: str) -> Path:
    path.write_text("".join(text))
    return path


@pytest.fixture
def recorded(tmp_path: Path) -> Path:
    return write(tmp_path / "load.jsonl", started_line(at=ORIGIN, pid=1), *lines(4000), summary_line(planned=4000))


def read(path: Path, **how: int) -> Load:
    return read_load(path, ORIGIN, PHASES, SLOTS, **how)


def test_every_request_is_counted_once_in_its_phase_and_in_its_slot(recorded: Path) -> None:
    load = read(recorded)
    assert load.whole.requests == 4000
    assert load.phases.between(0.0, 2.0).requests == 1334
    assert load.slots.between(1.0, 2.0).requests == 667
    assert load.slots.between(1.0, 2.0, "NA").requests < 667
    assert sum(load.phases.between(0.0, 5.0, p).requests for p in load.populations) == 3334


def test_a_moment_between_two_edges_is_no_edge(recorded: Path) -> None:
    with pytest.raises(ValueError, match=r"not counted from 0\.7 s on"):
        read(recorded).slots.between(0.7, 2.0)


@pytest.mark.parametrize("one_part", [100, 5_000, 200_000])
def test_several_processes_count_what_one_does(recorded: Path, one_part: int) -> None:
    assert read(recorded, one_part=one_part) == read(recorded)


def test_latency_is_kept_as_a_histogram_of_three_digits_keeps_it(recorded: Path) -> None:
    sample = read(recorded).whole
    rows = [line for line in lines(4000) if '"OK"' in line]
    exact = HdrHistogram(1, 3_600_000_000, 3)
    kept = HdrHistogram(1, 3_600_000_000, 3)
    for line in rows:
        due, finished = (int(line.split(f'"{key}":')[1].split(",")[0]) for key in ("due", "finished"))
        exact.record_value((finished - due + 500) // 1000)
    for micros, count in sample.latency.items():
        kept.record_value(micros, count)
    for percentile in (1, 50, 95, 99, 99.9, 100):
        assert kept.get_value_at_percentile(percentile) == exact.get_value_at_percentile(percentile)
    assert sample.answered == len(rows)


def test_a_torn_last_line_is_left_out_and_a_whole_one_without_its_end_is_not(tmp_path: Path) -> None:
    first, second = lines(2)
    assert read(write(tmp_path / "torn.jsonl", first, second[:-20])).whole.requests == 1
    assert read(write(tmp_path / "whole.jsonl", first, second.rstrip("\n"))).whole.requests == 2
    assert read(write(tmp_path / "empty.jsonl")).whole.requests == 0


@pytest.mark.parametrize(
    "spoilt",
    [
        "{}\n",
        "nonsense\n",
        '{"stream":"read"}\n',
        lines(1)[0].replace('"OK"', '"FINE"'),
        lines(1)[0].replace('"due":', '"dew":'),
        lines(1)[0].replace('"error":""', '"error":"","more":1'),
        lines(1)[0].replace(str(ORIGIN), '"soon"'),
    ],
)
@pytest.mark.parametrize("one_part", [100, 1 << 20])
def test_a_spoilt_line_is_named_wherever_it_stands(tmp_path: Path, spoilt: str, one_part: int) -> None:
    path = write(tmp_path / "load.jsonl", *lines(30), spoilt, *lines(10))
    with pytest.raises(StoreError, match=r"load\.jsonl:31: not a record of load"):
        read(path, one_part=one_part)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"load\.jsonl: cannot be read"):
        read(tmp_path / "load.jsonl")


def test_an_answer_before_its_time_is_counted_as_early() -> None:
    rows = [
        Row("NA", 5000, 5000, 4000, "OK", None),
        Row("NA", 1000, 6000, 5000, "OK", None),
        Row("NA", 1, 2, 3, "OK", None),
    ]
    assert gathered(rows).whole.early == 2


@given(st.lists(ROWS, max_size=60), st.randoms(use_true_random=False), st.integers(1, 5))
@settings(deadline=None)
def test_neither_order_nor_parts_matter(rows: list[Row], dice: random.Random, parts: int) -> None:
    whole = gathered(rows, PHASES, SLOTS)
    shuffled = dice.sample(rows, len(rows))
    assert gathered(shuffled, PHASES, SLOTS) == whole
    assert merged([gathered(shuffled[n::parts], PHASES, SLOTS) for n in range(parts)]) == whole


@given(st.lists(ROWS, max_size=60))
@settings(deadline=None)
def test_phases_hold_what_their_slots_hold(rows: list[Row]) -> None:
    load = gathered(rows, PHASES, SLOTS)
    for since, until in ((0.0, 2.0), (2.0, 5.0)):
        fine, coarse = load.phases.between(since, until), load.slots.between(since, until)
        assert (fine.outcomes, fine.early, fine.longest_wait) == (coarse.outcomes, coarse.early, coarse.longest_wait)
        assert sum(fine.latency.values()) == sum(coarse.latency.values()) == sum(fine.service.values()) == fine.answered


@given(st.integers(1, 10**10))
def test_a_bucket_begins_at_most_its_width_below_its_values(micros: int) -> None:
    load = gathered([Row("NA", 0, 0, micros * 1000, "OK", None)])
    (fine,), (coarse,) = (_only(part.samples[-1]["NA"]) for part in (load.phases, load.slots))
    assert fine <= micros < fine * (1 + 2.0 ** (1 - FINE)) + 1
    assert coarse <= micros < coarse * (1 + 2.0 ** (1 - COARSE)) + 1


def _only(sample: Sample) -> tuple[int, ...]:
    return tuple(sample.latency)
