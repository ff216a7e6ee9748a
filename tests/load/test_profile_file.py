"""Load profiles as files: every one of this project is sound, and what is wrong is said all at once."""

from datetime import timedelta
from pathlib import Path

import pytest

from harness.errors import ConfigError
from harness.load.curves import requests_of
from harness.load.profile_file import FOLDER, KINDS, find_profile, read_profile
from harness.model.experiment import LoadProfile


def written(folder: Path, text: str, name: str = "mine.yaml") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def read(folder: Path, text: str) -> LoadProfile:
    return read_profile(written(folder, text)).load


def problems(folder: Path, text: str) -> list[str]:
    path = written(folder, text)
    with pytest.raises(ConfigError) as refused:
        read_profile(path)
    return [problem.removeprefix(f"{path}: ") for problem in refused.value.problems]


def test_there_is_a_profile_of_every_kind() -> None:
    assert {read_profile(path).kind for path in FOLDER.glob("*.yaml")} == set(KINDS)


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.yaml")), ids=lambda p: p.stem)
def test_every_profile_of_this_project_says_what_it_is_about_and_adds_up(path: Path) -> None:
    found = read_profile(path)
    assert found.about
    assert found.load.name == path.stem
    assert found.load.rate == found.load.points[0][1]
    assert requests_of(found.load.points) > 1000
    assert found.load.lasts >= timedelta(seconds=30)


def test_a_profile_says_the_load_and_who_sends_it(tmp_path: Path) -> None:
    text = """
        kind: steady
        rate: 60
        lasts: 20 minutes
        base: 15
        mix: {browse: 3, checkout: 1}
        think_time: 3 s
        most_at_once: 500
        workers: 2
    """
    assert read(tmp_path, text) == LoadProfile(
        rate=15,
        name="mine",
        points=((0, 60), (1200, 60)),
        mix={"browse": 3, "checkout": 1},
        think_time=3,
        most_at_once=500,
        workers=2,
    )


def test_what_a_profile_does_not_say_is_as_of_every_load(tmp_path: Path) -> None:
    load = read(tmp_path, "kind: steady\nrate: 60\nlasts: 1 minute")
    assert (load.mix, load.think_time, load.most_at_once, load.workers) == (LoadProfile().mix, 0, 0, 1)


def test_a_replay_is_scaled_and_compressed_and_its_file_belongs_to_it(tmp_path: Path) -> None:
    (tmp_path / "day.csv").write_text("time,rate\n0,10\n100,30\n")
    found = read_profile(
        written(tmp_path, "kind: replay\nfile: day.csv\ntimes: 2\ncompressed_to: 10 s"),
    )
    assert found.load.points == ((0, 20), (10, 60))
    assert found.files == (tmp_path / "mine.yaml", tmp_path / "day.csv")


def test_black_friday_is_ten_times_its_rate_when_the_doors_open(tmp_path: Path) -> None:
    load = read(tmp_path, 'kind: black-friday\nrate: 7\nlasts: 24 minutes\ndoors_open: "09:30"')
    assert max(rate for _, rate in load.points) == 70
    assert next(at for at, rate in load.points if rate == 70) == pytest.approx(9.5 * 60)


def test_every_problem_comes_at_once_with_its_key(tmp_path: Path) -> None:
    text = """
        kind: spike
        rate: "30"
        peak: .nan
        lasts: long
        affter: 1 minute
        mix: {brows: 1, order: -1}
        workers: 0
        think_time: 5
        most_at_once: 1.5
    """
    said = problems(tmp_path, text)
    assert [each.partition(":")[0] for each in said] == [
        "mix",
        "think_time",
        "most_at_once",
        "workers",
        "rate",
        "peak",
        "lasts",
        "affter",
    ]
    assert "unknown journey 'brows'; did you mean 'browse'?; order has the weight -1" in said[0]
    assert "5 is no span of time; write a number and a unit, such as 20 minutes or 90 s" in said[1]
    assert said[-1] == "affter: unknown key; remove it or correct its spelling"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("kind: stedy\nrate: 1", "kind: unknown kind 'stedy'; did you mean 'steady'?"),
        ("rate: 1", "kind: unknown kind 'None'; known are black-friday"),
        ("kind: [steady]", "kind: unknown kind"),
        ("- steady", "a load profile is a mapping that says its kind"),
        ("", "a load profile is a mapping that says its kind"),
        ("kind: steady\nrate: 60\nlasts: 0 s", "lasts: Input should be greater than 0"),
        ("kind: steady\nrate: 60\nlasts: 200 hours", "lasts: '200 hours' is longer than a week"),
        ("kind: steady\nrate: 0\nlasts: 1 min", "base: it is 0"),
        ("kind: ramp\nfrom: 0\nto: 50\nwithin: 1 min", "base: it is 0"),
        ("kind: step\nfrom: 0\nto: 1000000\nby: 0.001\nevery: 1 s", "by: it takes more than 5000 steps"),
        ("kind: sine\nlow: 1\nhigh: 2\nperiod: 1 s\nlasts: 1 hour", "period: 3600 waves are too many"),
        ("kind: black-friday\nrate: 1\nlasts: 1 h\ndoors_open: 8:00", "doors_open: a time of day is written in quotes"),
        ('kind: black-friday\nrate: 1\nlasts: 1 h\ndoors_open: "23:00"', "doors_open: the rush and its fading do not"),
        ('kind: black-friday\nrate: 1\nlasts: 1 h\ndoors_open: "00:00"', "doors_open: the doors open after midnight"),
        ("kind: black-friday\nrate: 1\nlasts: 1 h\nhours: [1, 2]", "hours: "),
        ("kind: black-friday\nrate: 9000000\nlasts: 1 h", "its highest rate is more than 10,000,000"),
        ("kind: steady\nrate: 60\nlasts: 1 min\nmix: {browse: 0}", "mix: no journey has a weight above 0"),
        ("kind: steady\nrate: yes\nlasts: 1 min", "rate: Input should be a valid number"),
    ],
)
def test_what_cannot_be_sent_is_refused_with_its_remedy(tmp_path: Path, text: str, said: str) -> None:
    (problem,) = problems(tmp_path, text)
    assert problem.startswith(said)


def test_the_problems_of_a_recorded_file_name_that_file(tmp_path: Path) -> None:
    (tmp_path / "day.csv").write_text("time,rate\n0,10\nlate,30\n")
    assert problems(tmp_path, "kind: replay\nfile: day.csv") == [
        f"{tmp_path}/day.csv:3: 'late' is no time; write seconds or ISO 8601"
    ]


def test_a_recording_of_too_many_points_says_how_to_have_fewer(tmp_path: Path) -> None:
    rows = "".join(f"{n},{n % 7 + 1}\n" for n in range(6000))
    (tmp_path / "day.csv").write_text("time,rate\n" + rows)
    (said,) = problems(tmp_path, "kind: replay\nfile: day.csv")
    assert said == "6000 points are more than 5000; count by longer spans: counted_by: 1 minute"


def test_an_unknown_profile_is_told_with_the_closest_one() -> None:
    assert find_profile("sine") == FOLDER / "sine.yaml"
    with pytest.raises(ValueError, match="unknown load profile 'black-fryday'; did you mean 'black-friday'"):
        find_profile("black-fryday")
