"""What a data loss says beside its value: from which acknowledgement to which effect, and what limits it."""

from dataclasses import replace

import pytest

from harness.measures.data_loss import data_loss
from harness.measures.registry import Scope
from harness.model.history import History, Outcome, Request, Stream
from harness.model.verdict import Measurement
from tests.measures.histories import audit, probes, run, write

DOWN = [(10.5, 13.0)]


def measured(*writes: Request, kept: tuple[str, ...]) -> Measurement:
    history: History = run([*probes("NA", Stream.READ, DOWN), *writes], audit=audit(*kept))
    return data_loss(history, Scope())


def every(spacing: float, count: int = 6, until: float = 10.4) -> list[Request]:
    """w0 is the last one."""
    return [write(f"w{n}", until - n * spacing) for n in range(count)]


def test_it_names_the_first_lost_acknowledgement_and_the_effect() -> None:
    found = measured(*every(0.05), kept=("w2", "w3", "w4", "w5"))
    assert found.because == (
        "2 of 6 acknowledged writes are missing in eu-west-1; "
        "the first was acknowledged at 103.5 s, the effect was at 104.8 s"
    )


def test_with_both_sides_it_names_the_effect_that_clients_saw_and_the_last_lost_write() -> None:
    found = measured(*every(0.05), write("late", 15.0), write("later", 17.0), kept=("w1", "w2", "w3", "w4", "w5"))
    assert found.because.endswith(
        "the first was acknowledged at 104.0 s, the effect was at 104.8 s, "
        "and writes sent after it were lost until 170.0 s: both sides took writes"
    )
    assert found.evidence["effect"] == pytest.approx(10.485, abs=0.003)
    assert found.value == pytest.approx(66)


def test_writes_without_an_answer_are_only_told_of_where_there_are_some() -> None:
    assert "no answer" not in measured(*every(0.05), kept=("w0", "w1", "w2", "w3", "w4", "w5")).because
    unsure = write("x", 10.5, Outcome.INDETERMINATE)
    assert "; 1 more had no answer and count as neither" in measured(*every(0.05), unsure, kept=("w0",)).because


def test_rare_writes_limit_it() -> None:
    found = measured(*every(0.5), kept=("w2", "w3", "w4", "w5"))
    assert (found.limited_by, found.remedy) == (
        "the time between two acknowledged writes, 5 s", "a higher order rate",
    )  # fmt: skip


def test_where_writes_are_many_the_effect_limits_it() -> None:
    found = measured(*every(0.001), kept=("w2", "w3", "w4", "w5"))
    assert found.limited_by == "the effect of the fault, known to 0.27 s"
    assert found.remedy == "a higher probe rate"


def test_where_nothing_was_lost_the_writes_limit_it_whenever_the_effect_was() -> None:
    found = measured(*every(0.001), kept=("w0", "w1", "w2", "w3", "w4", "w5"))
    assert found.resolution == pytest.approx(0.01)
    assert found.limited_by == "the time between two acknowledged writes, 0.01 s"


def test_an_acknowledgement_that_was_read_late_widens_the_end_and_never_narrows_it() -> None:
    late = replace(write("late", 10.55), sent=10.45)
    found = measured(*every(0.01), late, kept=("w1", "w2", "w3", "w4", "w5"))
    assert found.value is not None
    assert found.value - found.resolution <= (10.46 - 10.4) * 10
    assert found.value + found.resolution >= (10.55 - 10.4) * 10
