"""A profile as characters and as SVG."""

from harness.reports.profile_sketch import characters, columns, drawing

SPIKE = ((0.0, 30.0), (500.0, 30.0), (500.0, 300.0), (501.0, 300.0), (501.0, 30.0), (1000.0, 30.0))


def test_a_peak_is_seen_however_short_it_is() -> None:
    assert columns(SPIKE, 10) == [30, 30, 30, 30, 30, 300, 30, 30, 30, 30]
    assert characters(SPIKE, 10) == "▁▁▁▁▁█▁▁▁▁"


def test_what_ends_at_an_edge_belongs_to_the_part_before_it() -> None:
    points = ((0.0, 10.0), (50.0, 80.0), (50.0, 0.0), (100.0, 0.0))
    assert columns(points, 2) == [80, 0]
    assert characters(points, 2) == "█ "


def test_a_profile_of_nothing_is_a_line_of_nothing() -> None:
    assert characters(((0.0, 0.0), (10.0, 0.0)), 4) == "    "


def test_the_drawing_fits_its_width_and_names_its_rates() -> None:
    lines = drawing(SPIKE, 60).splitlines()
    assert max(map(len, lines)) <= 60
    assert [line.split()[0] for line in lines[:10] if line[:8].strip()] == ["300", "240", "180", "120", "60"]
    assert "█" in lines[0]
    assert lines[-1].split() == ["0", "16", "min", "40", "s"]
