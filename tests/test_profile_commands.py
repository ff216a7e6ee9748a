"""`drill profiles`: what profiles there are and what they look like."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from harness import profile_commands
from harness.cli import main
from harness.load.profile_file import FOLDER


def said(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["profiles", *words]) == 0
    return capsys.readouterr().out


def test_every_profile_has_a_line_with_its_course_peak_length_and_requests(capsys: pytest.CaptureFixture[str]) -> None:
    head, *lines = said(capsys).splitlines()
    assert head.split() == ["PROFILE", "COURSE", "PEAK", "LENGTH", "REQUESTS", "ABOUT"]
    assert [line.split()[0] for line in lines] == sorted(path.stem for path in FOLDER.glob("*.yaml"))
    (spike,) = [line for line in lines if line.startswith("spike ")]
    assert "▁▁▁██████▁" in spike
    assert "300/s  8 min   46,800" in spike


def test_one_profile_is_drawn_with_its_figures(capsys: pytest.CaptureFixture[str]) -> None:
    text = said(capsys, "step")
    assert "     120 │" in text
    assert "peak: 120 requests per second; before and after it: 30" in text
    assert 'step: Given the load profile "step"' in text


def test_machines_get_every_point(capsys: pytest.CaptureFixture[str]) -> None:
    listed = {each["name"]: each for each in json.loads(said(capsys, "--json"))["profiles"]}
    assert listed["steady"]["points"] == [[0.0, 60.0], [600.0, 60.0]]
    assert json.loads(said(capsys, "steady", "--json")) == listed["steady"]
    assert (listed["steady"]["requests"], listed["steady"]["lasts_seconds"]) == (36000.0, 600.0)


def test_a_drawing_is_an_svg_that_stands_alone(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    said(capsys, "black-friday", "--svg", str(tmp_path / "day.svg"))
    root = ElementTree.parse(tmp_path / "day.svg").getroot()
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    (course,) = [each for each in root.iter() if each.get("class") == "course"]
    assert course.get("d", "").count("L") == 27


def test_an_unknown_profile_and_a_drawing_of_all_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["profiles", "stedy"]) == 3
    assert "unknown load profile 'stedy'; did you mean 'steady'?" in capsys.readouterr().err
    assert main(["profiles", "--svg", "x.svg"]) == 3
    assert "--svg draws one profile; name it" in capsys.readouterr().err


def test_profiles_that_cannot_be_read_are_refused_together(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(profile_commands, "FOLDER", tmp_path)
    assert main(["profiles"]) == 3
    assert "there is no load profile here; run drill in the project folder" in capsys.readouterr().err
    for name in ("a", "b"):
        (tmp_path / f"{name}.yaml").write_text("kind: none\n")
    assert main(["profiles"]) == 3
    message = capsys.readouterr().err
    assert f"{tmp_path}/a.yaml: kind: unknown kind 'none'" in message
    assert f"{tmp_path}/b.yaml: kind: unknown kind 'none'" in message
