"""Child processes: started apart, told to stop, never left behind."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from harness.load.child import Child, ChildFailed

PYTHON = sys.executable
ROOT = Path(__file__).parents[2]
SLEEPS = "import time; time.sleep(60)"
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"


def started(tmp_path: Path, script: str, **environment: str | None) -> Child:
    return Child("child", [PYTHON, "-c", script], log=tmp_path / "child.log", environment=environment)


def test_a_child_that_stops_when_told_gives_its_exit_code(tmp_path: Path) -> None:
    child = started(tmp_path, SLEEPS)
    assert child.alive()
    assert child.stop() == -signal.SIGTERM
    assert not child.alive()
    assert child.stop() == -signal.SIGTERM


def test_a_child_that_ends_by_itself_is_reported_with_the_end_of_its_log(tmp_path: Path) -> None:
    child = started(tmp_path, "raise SystemExit('no such region')")
    with pytest.raises(ChildFailed, match=r"(?s)child ended by itself with exit code 1.*no such region"):
        child.wait_for(tmp_path / "never", 10)


def test_a_child_that_records_nothing_is_killed_and_reported(tmp_path: Path) -> None:
    child = started(tmp_path, SLEEPS)
    with pytest.raises(ChildFailed, match="recorded nothing"):
        child.wait_for(tmp_path / "never", 0.05)
    assert child.exit_code == -signal.SIGKILL


def test_a_child_that_does_not_listen_is_killed_and_said_so(tmp_path: Path) -> None:
    child = started(tmp_path, DEAF)
    child.wait_for(child.log, 10)
    with pytest.raises(ChildFailed, match="did not stop"):
        child.stop(0.05)
    assert child.exit_code == -signal.SIGKILL


def test_a_child_does_not_share_the_session_of_the_terminal(tmp_path: Path) -> None:
    child = started(tmp_path, SLEEPS)
    assert os.getsid(child.pid) == child.pid != os.getsid(0)
    child.kill()


def test_variables_can_be_added_and_taken_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCUST_USERS", "9")
    script = "import os; print(os.environ.get('LOCUST_USERS'), os.environ['GIVEN'], os.environ['DRILL_PARENT'])"
    child = started(tmp_path, script, LOCUST_USERS=None, GIVEN="yes")
    child.wait_for(child.log, 10)
    assert child.tail() == f"None yes {os.getpid()}"
    child.kill()


@pytest.mark.parametrize(
    "life",
    [
        "from harness.probes.lifeline import die_with_parent; die_with_parent()",
        "import threading, os; threading.Thread(target=lambda: (os.read(0, 1), os._exit(0)), daemon=True).start()",
    ],
    ids=["the kernel tells it", "its stdin closes"],
)
def test_a_child_dies_with_a_harness_that_is_killed(tmp_path: Path, life: str) -> None:
    child = f"{life}\nimport time; print('ready', flush=True); time.sleep(60)"
    harness = (
        "import sys, time; from pathlib import Path; from harness.load.child import Child\n"
        "child = Child('child', [sys.executable, '-c', sys.argv[1]], log=Path(sys.argv[2]))\n"
        "child.wait_for(Path(sys.argv[2]), 10); print(child.pid, flush=True); time.sleep(60)"
    )
    command = [PYTHON, "-c", harness, child, str(tmp_path / "log")]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as parent:
        assert parent.stdout
        pid = int(parent.stdout.readline())
        assert runs(pid)
        parent.kill()
    end = time.monotonic() + 5
    while runs(pid):
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_child_whose_parent_is_gone_before_it_could_say_so_ends_at_once() -> None:
    script = "from harness.probes.lifeline import die_with_parent; die_with_parent(); print('lives')"
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "DRILL_PARENT": "1"}
    ended = subprocess.run([PYTHON, "-c", script], env=environment, capture_output=True, check=True, timeout=10)
    assert ended.stdout == b""


def runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_a_child_reads_what_it_is_told(tmp_path: Path) -> None:
    child = started(tmp_path, "print(input(), flush=True); input()")
    child.tell("begin 12")
    child.wait_for(child.log, 10)
    assert child.tail() == "begin 12"
    child.stop()


def test_a_child_that_ended_cannot_be_told(tmp_path: Path) -> None:
    child = started(tmp_path, "pass")
    while child.alive():
        time.sleep(0.01)
    with pytest.raises(ChildFailed, match="could not be told 'begin 12'"):
        child.tell("begin 12")
    assert child.stop() == 0
