"""What `drill profiles` does."""

import json
from pathlib import Path
from shutil import get_terminal_size
from typing import Any

from harness.errors import ConfigError, Refused
from harness.load.curves import requests_of
from harness.load.profile_file import FOLDER, ProfileFile, find_profile, read_profile
from harness.measures.units import amount
from harness.reports.profile_sketch import characters, draw, drawing
from harness.store import save_text

HEAD = ("PROFILE", "COURSE", "PEAK", "LENGTH", "REQUESTS", "ABOUT")


def show(name: str | None, svg: Path | None, *, as_json: bool) -> int:
    """List every load profile, or draw one. Raises Refused where there is none, and ConfigError with every problem."""
    if name is None:
        if svg is not None:
            raise Refused(["--svg draws one profile; name it: drill profiles black-friday --svg FILE"])
        found = _all()
        print(json.dumps({"profiles": [_described(each) for each in found]}, indent=2) if as_json else _listing(found))
        return 0
    try:
        one = read_profile(find_profile(name))
    except ValueError as error:
        raise Refused([str(error)]) from error
    if svg is not None:
        save_text(svg, draw(one.load.points, f"{one.load.name}: {one.about}") + "\n")
    print(json.dumps(_described(one), indent=2) if as_json else _explained(one))
    return 0


def _all() -> list[ProfileFile]:
    found: list[ProfileFile] = []
    wrong: list[str] = []
    for path in sorted(FOLDER.glob("*.yaml")):
        try:
            found.append(read_profile(path))
        except ConfigError as error:
            wrong += error.problems
    if wrong:
        raise ConfigError(wrong)
    if not found:
        raise Refused([f"{FOLDER}: there is no load profile here; run drill in the project folder"])
    return found


def _listing(found: list[ProfileFile]) -> str:
    rows = [HEAD, *map(_row, found)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD) - 1)]
    return "\n".join("  ".join([*(c.ljust(w) for c, w in zip(row, widths, strict=False)), row[-1]]) for row in rows)


def _row(each: ProfileFile) -> tuple[str, ...]:
    points = each.load.points
    figures = (f"{_peak(each):g}/s", amount(points[-1][0], "s"), f"{requests_of(points):,.0f}")
    return (each.load.name, characters(points), *figures, each.about)


def _explained(one: ProfileFile) -> str:
    load = one.load
    mix = ", ".join(f"{name} {weight}" for name, weight in load.mix.items())
    lines = [
        f"{load.name}: {one.about}",
        drawing(load.points, min(get_terminal_size().columns, 120)),
        f"kind: {one.kind}, from {', '.join(map(str, one.files))}",
        f"peak: {_peak(one):g} requests per second; before and after it: {load.rate:g}",
        f"length: {amount(load.points[-1][0], 's')} of model time",
        f"requests: {requests_of(load.points):,.0f}; on a lab whose time runs N times faster, an Nth of them",
        f"mix: {mix}; think time {amount(load.think_time, 's')}",
        f"at once: {load.most_at_once or 'as many as there are shoppers'}; workers: {load.workers}",
        f'step: Given the load profile "{load.name}"',
    ]
    return "\n".join(lines)


def _described(one: ProfileFile) -> dict[str, Any]:
    load = one.load
    return {
        "name": load.name,
        "about": one.about,
        "kind": one.kind,
        "files": [str(path) for path in one.files],
        "base": load.rate,
        "peak": _peak(one),
        "lasts_seconds": load.points[-1][0],
        "requests": round(requests_of(load.points), 3),
        "mix": dict(load.mix),
        "think_time_seconds": load.think_time,
        "most_at_once": load.most_at_once,
        "workers": load.workers,
        "points": [list(point) for point in load.points],
    }


def _peak(one: ProfileFile) -> float:
    return max(rate for _, rate in one.load.points)
