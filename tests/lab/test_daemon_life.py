"""A lab starts, is found, ends in every way, and leaves nothing."""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
import yaml
from control_lab import SLOTS, control_lab, until

from harness.lab import launcher
from harness.lab.addresses import API_PORT, BALANCER_PORT, Addresses
from harness.stack_source import LabFailed, read_source

pytestmark = pytest.mark.lab


def processes(slot: int) -> list[psutil.Process]:
    """Every process that belongs to the lab of a slot, children of children too."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        words = " ".join(process.info["cmdline"] or ())
        if f"--slot {slot} " in words or f"drill-{os.geteuid()}-{slot}-" in words or f"/slot-{slot}/" in words:
            found.append(process)
    return found


def gone(slot: int, directory: Path) -> bool:
    memory = list(Path("/dev/shm").glob(f"drill-{os.geteuid()}-{slot}-*"))
    return not directory.exists() and not processes(slot) and not memory


def test_a_lab_that_is_stopped_leaves_no_process_and_no_file() -> None:
    with control_lab() as lab:
        assert [one.slot for one in launcher.running() if one.slot == lab.lab.slot] == [lab.lab.slot]
        assert processes(lab.lab.slot)
    assert gone(lab.lab.slot, lab.lab.directory)
    assert lab.lab.slot not in [one.slot for one in launcher.running()]


def test_its_directory_stays_when_it_is_kept() -> None:
    lab = launcher.start({"regions": ["eu-west-1"], "instances_per_region": 1}, SLOTS[-3], keep=True)
    lab.stop()
    assert (lab.directory / "truth.jsonl").exists()
    launcher.running()
    assert not lab.directory.exists()


def test_a_slot_that_is_in_use_is_refused_in_words() -> None:
    with control_lab(regions=["us-east-1"]) as lab, pytest.raises(launcher.LabError, match="in use by another lab"):
        launcher.start(slot=lab.lab.slot)


def test_a_slot_where_another_program_listens_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    taken, free = SLOTS[-2], SLOTS[-1]
    monkeypatch.setattr(launcher, "FIRST_SLOT", taken)
    monkeypatch.setattr(launcher, "LAST_SLOT", free)
    with (
        socket.create_server((Addresses(taken).api, API_PORT)),
        launcher.start({"regions": ["us-east-1"], "instances_per_region": 1}) as lab,
    ):
        assert lab.slot == free
        with pytest.raises(launcher.LabError, match=f"all slots {taken}..{free} are in use, or a program listens"):
            launcher.start()


def test_a_slot_that_does_not_exist_is_refused() -> None:
    with pytest.raises(launcher.LabError, match=r"not in 20\.\.219"):
        launcher.start(slot=7)


def test_an_address_that_is_taken_fails_the_start_with_the_cause_and_the_log() -> None:
    slot = SLOTS[-1]
    with socket.create_server((Addresses(slot).api, API_PORT)), pytest.raises(launcher.LabError) as failed:
        launcher.start({"regions": ["us-east-1"]}, slot)
    assert "Address already in use" in str(failed.value)
    assert "Traceback" in str(failed.value)
    launcher.running()
    assert gone(slot, launcher.runtime() / f"slot-{slot}")


def test_a_recipe_with_a_mistake_fails_the_start_by_name() -> None:
    with pytest.raises(launcher.LabError, match="time_scal"):
        launcher.start({"time_scal": 3})


def test_a_recipe_can_be_a_file_and_a_lab_of_two_regions_works(tmp_path: Path) -> None:
    recipe = tmp_path / "small.yaml"
    recipe.write_text("{regions: [us-east-1, eu-west-1], routing: failover, instances_per_region: 1, time_scale: 20}\n")
    with launcher.start(recipe) as lab:
        stack = yaml.safe_load(lab.descriptor.read_text())
    assert list(stack["regions"]) == ["us-east-1", "eu-west-1"]
    assert stack["time_scale"] == 20


CHILD = """
import json, sys
from harness.lab import launcher
lab = launcher.start({"regions": ["us-east-1"], "instances_per_region": 1}, follow_parent=sys.argv[1] == "follow")
print(json.dumps([lab.slot, str(lab.directory), lab.pid]), flush=True)
sys.stdin.read()
"""


def child(how: str) -> tuple["subprocess.Popen[str]", launcher.Lab]:
    """A process that starts a lab and waits."""
    process = subprocess.Popen(
        [sys.executable, "-c", CHILD, how], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    slot, directory, pid = json.loads(process.stdout.readline())
    return process, launcher.Lab(slot=slot, directory=Path(directory), pid=pid)


def end(process: "subprocess.Popen[str]") -> None:
    process.kill()
    process.communicate()


def test_a_lab_ends_with_the_process_that_started_it_however_that_ends() -> None:
    process, lab = child("follow")
    end(process)
    until(lambda: gone(lab.slot, lab.directory), "the lab has ended")


def test_a_lab_that_follows_nobody_lives_on_until_it_is_stopped() -> None:
    process, lab = child("alone")
    end(process)
    found = [one for one in launcher.running() if one.slot == lab.slot]
    assert [one.pid for one in found] == [lab.pid]
    found[0].stop()
    assert gone(lab.slot, lab.directory)


def test_a_daemon_that_is_killed_leaves_nothing_either() -> None:
    process, lab = child("follow")
    os.kill(lab.pid, signal.SIGKILL)
    until(lambda: gone(lab.slot, lab.directory), "its guardian cleaned up")
    end(process)
    assert lab.slot not in [one.slot for one in launcher.running()]


@pytest.mark.parametrize("name", ["network", "balancer-us-east-1"])
def test_a_lab_without_its_network_or_a_balancer_ends_and_says_why(name: str) -> None:
    with control_lab(regions=["us-east-1"]) as lab:
        where = Addresses(lab.lab.slot).load_balancer("us-east-1")
        listening = [c for c in psutil.net_connections("tcp") if c.status == "LISTEN" and c.laddr.ip == where]
        door = [c.pid for c in listening if c.laddr.port == BALANCER_PORT]
        part = next(c.pid for c in listening if (c.pid in door) == (name == "network"))
        assert not lab.lab.failure()
        os.kill(part, signal.SIGKILL)
        assert until(lab.lab.failure, "it has ended") == f"{name} (pid {part}) ended by itself with status -9"
        until(lambda: not processes(lab.lab.slot), "nothing of it is left")
    assert lab.lab.slot not in [one.slot for one in launcher.running()]


def test_a_lab_that_ends_during_a_drill_is_told_of(tmp_path: Path) -> None:
    file = tmp_path / "small.yaml"
    file.write_text("lab: {regions: [us-east-1], instances_per_region: 1}")
    source = read_source(file)
    with pytest.raises(LabFailed, match=r"ended while the drill ran: it ended with status -9; see .*lab\.log"):  # noqa: SIM117
        with source.opened():
            mine = {child.pid for child in psutil.Process().children()}
            [lab] = [one for one in launcher.running() if one.pid in mine]
            os.kill(lab.pid, signal.SIGKILL)
            ended = os.WEXITED | os.WNOHANG | os.WNOWAIT  # whoever started it shall still learn its status
            until(lambda: os.waitid(os.P_PID, lab.pid, ended), "the lab has ended")
    until(lambda: not processes(lab.slot), "nothing of it is left")
    assert lab.slot not in [one.slot for one in launcher.running()]  # which removes its lock file


def test_the_lock_file_of_a_lab_that_died_is_removed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    (tmp_path / "drill").mkdir()
    launcher.lock_path(SLOTS[0]).touch()
    assert launcher.running() == []
    assert list((tmp_path / "drill").iterdir()) == []


def test_passing_over_a_slot_leaves_no_lock_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setattr(launcher, "FIRST_SLOT", SLOTS[-2])
    monkeypatch.setattr(launcher, "LAST_SLOT", SLOTS[-2])
    with socket.socket() as other:
        other.bind((Addresses(SLOTS[-2]).api, API_PORT))
        other.listen()
        with pytest.raises(launcher.LabError, match="are in use"):
            launcher.start()
    assert list((tmp_path / "drill").iterdir()) == []
