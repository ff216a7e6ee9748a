"""Whatever ends a drill early, the stack comes back: by the drill itself, or by `drill heal`."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.journal import read_events
from tests.contract.labs import (
    PROJECT,
    QUICK,
    a_lab,
    drill,
    follow_until,
    kill,
    put_alarm,
    start_drill,
    unhealthy,
)

pytestmark = pytest.mark.lab

SLOT = 219  # of which no other test takes a lab
PHASES = {
    "steady": "-- steady state before the fault --",
    "injecting": "injecting region loss",
    "impaired": "injected: ",
    "failing over": "-- failing over --",
    "promoted": "promote the replica: storefront-eu-west-1 is the primary",
    "recovered": "-- recovered",
    "failing back": "-- healing and failing back --",
    "healed": "healed: the fault is gone",
    "restored": "-- restored",
}


@pytest.mark.parametrize("phase", PHASES)
def test_after_kill_9_in_any_phase_heal_gives_back_a_healthy_stack(phase: str, tmp_path: Path) -> None:
    with a_lab() as lab:
        process = start_drill(lab, tmp_path)
        follow_until(process, PHASES[phase])
        kill(process)
        healed = drill("heal", "--results", tmp_path)
        assert healed.returncode == 0, healed.stdout + healed.stderr
        assert unhealthy(lab) == []
        assert drill("heal", "--results", tmp_path).stdout.startswith("nothing to heal")
    verified = drill("verify", next(tmp_path.glob("a-quick*/2*")))
    assert verified.returncode == 0, verified.stdout


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_heals_and_ends_as_aborted(number: signal.Signals, tmp_path: Path) -> None:
    with a_lab() as lab:
        process = start_drill(lab, tmp_path)
        follow_until(process, "promote the replica: storefront-eu-west-1 is the primary")
        process.send_signal(number)
        said, _ = process.communicate(timeout=60)
        assert process.returncode == 4, said
        assert f"aborted: {number.name} received" in said
        assert unhealthy(lab) == []
        events = read_events(next(tmp_path.glob("a-quick*/2*")) / "journal.jsonl")
        assert events[-1].kind == "closed"
        assert events[-1].data["status"] == "aborted"


def test_a_second_drill_on_the_same_stack_is_refused(tmp_path: Path) -> None:
    with a_lab() as lab:
        first = start_drill(lab, tmp_path)
        follow_until(first, "-- steady state before the fault --")
        second = drill("run", "--stack", lab.descriptor, "--results", tmp_path, QUICK)
        first.send_signal(signal.SIGINT)
        first.communicate(timeout=60)
        assert second.returncode == 3, second.stdout + second.stderr
        assert "another drill is running" in second.stderr


@pytest.fixture
def stoppable() -> Iterator[Path]:
    """The quick drill with a stop condition."""
    path = PROJECT / "results" / f"stoppable-{os.getpid()}.feature"
    text = (PROJECT / QUICK).read_text()
    path.write_text(
        text.replace("And the runbook", 'And a stop on the alarm "enough" in "eu-west-1"\n    And the runbook')
    )
    yield path
    path.unlink()


def test_a_tripped_stop_condition_heals_and_ends_as_aborted(tmp_path: Path, stoppable: Path) -> None:
    with a_lab() as lab:
        put_alarm(lab, "enough", "OK")
        process = start_drill(lab, tmp_path, str(stoppable))
        follow_until(process, "-- recovered")
        put_alarm(lab, "enough", "ALARM")
        said, _ = process.communicate(timeout=60)
        assert process.returncode == 4, said
        assert "aborted: stop condition enough tripped" in said
        assert unhealthy(lab) == []


def test_a_stop_condition_that_rings_already_refuses_the_drill(tmp_path: Path, stoppable: Path) -> None:
    with a_lab() as lab:
        put_alarm(lab, "enough", "ALARM")
        refused = drill("run", "--stack", lab.descriptor, "--results", tmp_path, stoppable)
        assert refused.returncode == 3, refused.stdout + refused.stderr
        assert "stop condition 'enough' in eu-west-1 is in ALARM already" in refused.stderr
        assert unhealthy(lab) == []


def test_a_stack_that_is_gone_is_refused_even_when_another_has_its_addresses(tmp_path: Path) -> None:
    with a_lab(SLOT) as lab:
        descriptor = tmp_path / "gone.yaml"
        descriptor.write_text(lab.descriptor.read_text())
    refused = drill("run", "--stack", descriptor, "--results", tmp_path, QUICK)
    assert refused.returncode == 3, refused.stdout + refused.stderr
    assert "the stack cannot be asked" in refused.stderr
    with a_lab(SLOT):
        refused = drill("run", "--stack", descriptor, "--results", tmp_path, QUICK)
    assert refused.returncode == 3, refused.stdout + refused.stderr
    assert "there is no hosted zone" in refused.stderr


def test_healing_a_run_whose_lab_is_gone_says_so_and_touches_no_other_lab(tmp_path: Path) -> None:
    with a_lab(SLOT) as lab:
        process = start_drill(lab, tmp_path)
        follow_until(process, PHASES["promoted"])
        kill(process)
    with a_lab(SLOT) as other:
        healed = drill("heal", "--results", tmp_path)
        assert healed.returncode == 0, healed.stdout + healed.stderr
        assert "its lab is gone" in healed.stdout
        assert unhealthy(other) == []
    assert drill("heal", "--results", tmp_path).stdout.startswith("nothing to heal")
