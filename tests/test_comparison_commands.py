"""`drill compare` and `drill trend`, on runs that lie on disk."""

import json
from pathlib import Path

import pytest

from harness.comparison_commands import compare, trend
from harness.errors import ConfigError, StoreError
from tests.sealed_runs import closed_run, judged_run


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three runs of one drill: as fast, slower, aborted."""
    drill = tmp_path_factory.mktemp("results") / "a-region-is-lost"
    judged_run(drill / "1")
    judged_run(drill / "2")
    judged_run(drill / "3", recovered=8.0)
    closed_run(drill / "4")
    (drill / "latest").symlink_to("3")
    return drill.parent


def test_a_regression_is_named_and_gives_exit_code_1(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    drill = results / "a-region-is-lost"
    assert compare([drill / "1", drill / "3"], 0.0, None, as_json=False) == 1
    said = capsys.readouterr().out
    assert "+20.0 ± 3.1 s  WORSE" in said
    assert said.splitlines()[-1] == "1 regression against run 1: recovery time in run 2"
    assert "\x1b" not in said


def test_runs_that_are_alike_give_exit_code_0(results: Path) -> None:
    drill = results / "a-region-is-lost"
    assert compare([drill / "1", drill / "2"], 0.0, None, as_json=False) == 0
    assert compare([drill / "3", drill / "1"], 0.0, None, as_json=False) == 0


def test_a_tolerance_may_cover_a_regression_and_is_told(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    drill = results / "a-region-is-lost"
    assert compare([drill / "1", drill / "3"], 200.0, None, as_json=False) == 0
    assert "no regression against run 1 with a tolerance of 200 %" in capsys.readouterr().out


@pytest.mark.parametrize("tolerance", [-1.0, float("nan"), float("inf")])
def test_a_tolerance_that_is_none_is_refused(tolerance: float, results: Path) -> None:
    with pytest.raises(ConfigError, match="write 0 or more"):
        trend(results, tolerance, None, as_json=False)


def test_a_page_is_written_where_it_is_asked_for(results: Path, tmp_path: Path) -> None:
    drill = results / "a-region-is-lost"
    compare([drill / "1", drill / "3"], 0.0, tmp_path / "compared.html", as_json=False)
    trend(results, 0.0, tmp_path / "trend.html", as_json=False)
    assert "REGRESSION" in (tmp_path / "compared.html").read_text()
    assert "4 runs" in (tmp_path / "trend.html").read_text()


def test_what_cannot_be_compared_gives_exit_code_2(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    drill = results / "a-region-is-lost"
    assert compare([drill / "1", drill / "4"], 0.0, None, as_json=False) == 2
    assert "never judged" in capsys.readouterr().out


def test_one_run_alone_is_refused(results: Path) -> None:
    with pytest.raises(ConfigError, match="two runs or more"):
        compare([results / "a-region-is-lost" / "1"], 0.0, None, as_json=False)


def test_a_folder_without_runs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there is no run here"):
        trend(tmp_path, 0.0, None, as_json=False)
    with pytest.raises(StoreError, match="nowhere"):
        compare([tmp_path / "nowhere", tmp_path / "elsewhere"], 0.0, None, as_json=False)


@pytest.mark.parametrize("inside", [".", "a-region-is-lost"])
def test_a_trend_follows_every_run_once(inside: str, results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert trend(results / inside, 0.0, None, as_json=True) == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert [r["name"] for r in found["runs"]] == ["1", "2", "3", "4"]
    assert found["regressions"] == [{"measure": "recovery time", "run": 3}]


def test_a_trend_shows_the_course_of_each_measure(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    trend(results, 0.0, None, as_json=False)
    assert "▁▁█·" in capsys.readouterr().out
