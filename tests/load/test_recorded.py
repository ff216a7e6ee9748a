"""Recorded rates: a CSV of time and rate, and access logs whose requests are counted."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import ConfigError
from harness.load.curves import requests_of
from harness.load.recorded import recorded_points

LINE = '192.0.2.7 - {user} [{at}] "GET /catalogue HTTP/1.1" 200 512'


def written(folder: Path, text: str, name: str = "rate.csv") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def line(at: str, user: str = "-") -> str:
    return LINE.format(at=at, user=user)


def problems(path: Path) -> list[str]:
    with pytest.raises(ConfigError) as refused:
        recorded_points(path)
    return list(refused.value.problems)


def test_a_csv_gives_its_points_from_its_first_time_on(tmp_path: Path) -> None:
    path = written(tmp_path, "time,rate\n100,10\n160,20\n160,40\n220,0\n")
    assert recorded_points(path) == ((0, 10), (60, 20), (60, 40), (120, 0))


def test_times_may_be_iso_8601_with_and_without_an_offset(tmp_path: Path) -> None:
    path = written(tmp_path, "time,rate\n2026-11-27T08:00:00Z,5\n2026-11-27T09:01:00+01:00,7\n2026-11-27T08:02:00,9\n")
    assert recorded_points(path) == ((0, 5), (60, 7), (120, 9))


def test_every_bad_line_of_a_csv_is_named_at_once(tmp_path: Path) -> None:
    path = written(tmp_path, "time,rate\nnoon,10\n60,fast\n50,-1\n70,nan\n80\n")
    assert problems(path) == [
        f"{path}:2: 'noon' is no time; write seconds or ISO 8601",
        f"{path}:3: 'fast' is no rate; write requests per second, 0 or more",
        f"{path}:4: '-1' is no rate; write requests per second, 0 or more",
        f"{path}:5: 'nan' is no rate; write requests per second, 0 or more",
        f"{path}:6: it has 1 columns, not time and rate",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", ":1: the first line must be time,rate"),
        ("at,requests\n0,1\n", ":1: the first line must be time,rate"),
        ("time,rate\n0,1\n", ": a recorded rate takes two moments at least"),
        ("time,rate\n5,1\n5,2\n", ": a recorded rate takes two moments at least"),
        ("time,rate\n5,1\n4,2\n", ":3: its time is before that of the line above"),
    ],
)
def test_a_csv_that_is_no_course_of_time_is_refused(tmp_path: Path, text: str, said: str) -> None:
    path = written(tmp_path, text)
    assert problems(path) == [f"{path}{said}"]


def test_an_access_log_is_counted_by_second_whatever_the_order_and_the_zone(tmp_path: Path) -> None:
    lines = [
        line("27/Nov/2026:08:00:01 +0000"),
        line("27/Nov/2026:08:00:00 +0000"),
        line("27/Nov/2026:09:00:01 +0100", user="a user"),
        line("27/Nov/2026:03:00:03 -0500") + ' "-" "a browser"',
        "",
    ]
    path = written(tmp_path, "\n".join(lines), "access.log")
    assert recorded_points(path) == ((0, 1), (1, 1), (1, 2), (2, 2), (2, 0), (3, 0), (3, 1), (4, 1))


@given(st.lists(st.integers(0, 300), min_size=1, max_size=100), st.sampled_from([1.0, 7.0, 60.0]))
def test_no_request_of_a_log_is_lost(tmp_path_factory: pytest.TempPathFactory, moments: list[int], per: float) -> None:
    lines = [line(f"27/Nov/2026:08:{at // 60:02d}:{at % 60:02d} +0000") for at in moments]
    path = written(tmp_path_factory.mktemp("log"), "\n".join(lines), "access.log")
    assert requests_of(recorded_points(path, per)) == pytest.approx(len(moments))


def test_lines_that_are_none_of_an_access_log_are_named_and_a_foreign_file_not_line_by_line(tmp_path: Path) -> None:
    path = written(tmp_path, "\n".join(["date time status"] * 30 + [line("99/Foo/2026:08:00:00 +0000")]), "access.log")
    said = problems(path)
    assert said[0] == f"{path}:1: not a line of an access log in the Common or Combined Log Format"
    assert len(said) == 11
    assert said[-1] == f"{path}: and 21 lines more"


def test_a_date_that_is_none_is_a_bad_line(tmp_path: Path) -> None:
    path = written(tmp_path, line("31/Feb/2026:08:00:00 +0000"), "access.log")
    assert re.search(r"access\.log:1: not a line of an access log", problems(path)[0])


def test_an_empty_log_a_missing_file_and_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    assert problems(written(tmp_path, "\n", "access.log")) == [f"{tmp_path}/access.log: there is no request in it"]
    assert problems(tmp_path / "none.csv") == [f"{tmp_path}/none.csv: No such file or directory"]
    (tmp_path / "bytes.csv").write_bytes(b"\xff\xfe")
    assert "not UTF-8" in problems(tmp_path / "bytes.csv")[0]
