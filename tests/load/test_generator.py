"""How Locust is started, as whoever runs a drill asks for it."""

import argparse
from itertools import pairwise
from pathlib import Path

import pytest

from harness import cli
from harness.errors import ConfigError
from harness.load.generator import ALONE, Address, Generator
from harness.load.locust_child import _options
from harness.load.settings import Crowd, LoadSettings

NAMES = ("DRILL_UI", "DRILL_EXPECT_WORKERS", "DRILL_LOAD_BIND")


@pytest.fixture(autouse=True)
def nothing_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.setenv(name, "")  # what a test leaves behind is put back
        monkeypatch.delenv(name)


def settings(**changes: int) -> LoadSettings:
    return LoadSettings(url="http://x", directory="/x", populations={"NA": Crowd(share=1)}, rate=10.0, **changes)


def pairs(options: list[str]) -> dict[str, str]:
    return {a: b for a, b in pairwise(options) if a.startswith("--") and not b.startswith("--")}


def test_nothing_asked_is_one_process_without_a_screen() -> None:
    assert Generator.asked_for() == ALONE
    options = _options(settings(), ALONE)
    assert "--headless" in options
    assert not {"--processes", "--master", "--web-port"} & set(options)


def test_workers_of_this_machine_find_their_master_on_a_free_port_of_loopback() -> None:
    given = pairs(_options(settings(workers=3), ALONE))
    assert given["--processes"] == "3"
    assert given["--master-port"] == given["--master-bind-port"] != "5557"
    assert given["--master-host"] == given["--master-bind-host"] == "127.0.0.1"


def test_workers_of_other_machines_are_waited_for_where_it_is_said() -> None:
    how = Generator(expect_workers=4, bind=Address(host="10.0.0.5", port=6000))
    options = _options(settings(workers=3), how)
    given = pairs(options)
    assert ("--master" in options, "--processes" in options) == (True, False)
    assert (given["--expect-workers"], given["--master-bind-host"], given["--master-bind-port"]) == (
        "4",
        "10.0.0.5",
        "6000",
    )


def test_the_web_ui_takes_a_port_of_loopback_and_starts_by_itself() -> None:
    options = _options(settings(), Generator(ui=Address(port=8123)))
    assert ("--autostart" in options, "--headless" in options) == (True, False)
    assert (pairs(options)["--web-host"], pairs(options)["--web-port"]) == ("127.0.0.1", "8123")


def test_the_options_of_drill_run_reach_the_generator(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["run", "x.feature", "--ui", "--expect-workers", "2", "--bind-host", "10.0.0.5"]
    options = cli._parser().parse_args(arguments)
    assert isinstance(options, argparse.Namespace)
    cli._use_load(options)
    how = Generator.asked_for()
    assert how.ui is not None
    assert (how.ui.host, how.expect_workers, str(how.bind)) == ("127.0.0.1", 2, "10.0.0.5:5557")
    assert "--worker --master-host 10.0.0.5 --master-port 5557" in capsys.readouterr().out


def test_what_is_no_address_and_no_number_is_refused_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DRILL_EXPECT_WORKERS", "some")
    monkeypatch.setenv("DRILL_LOAD_BIND", "here")
    with pytest.raises(ConfigError) as refused:
        Generator.asked_for()
    assert [each.partition(":")[0] for each in refused.value.problems] == ["DRILL_EXPECT_WORKERS", "DRILL_LOAD_BIND"]


@pytest.mark.parametrize("wrong", [["--expect-workers", "-1"], ["--bind-port", "70000"]])
def test_workers_that_cannot_be_waited_for_are_refused_before_a_drill_begins(
    wrong: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["run", "features/none.feature", *wrong]) == 3
    assert "DRILL_" in capsys.readouterr().err


def test_the_command_for_workers_starts_a_file_that_is_there() -> None:
    assert Path("loadtests/storefront.py").is_file()
