"""A rate that was recorded: a CSV of time and rate, or an access log whose requests are counted."""

import csv
import math
import re
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from pathlib import Path

from harness.errors import ConfigError
from harness.load.curves import Points, held

HEADER = ["time", "rate"]
MOST_PROBLEMS = 10
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# Common Log Format, and Combined, which has more at the end: host, identity, user, [time], "request", status, size.
_LOGGED = re.compile(
    r"\S+ \S+ .+? \[(\d\d)/("
    + "|".join(_MONTHS)
    + r")/(\d{4}):(\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)\] \"[^\n]*\" \d{3} "
)


def recorded_points(path: Path, per: float = 1.0) -> Points:
    """The rate of a file: CSV where its name ends so, else an access log counted by `per` seconds.

    Times become seconds since the first one. Raises ConfigError with every problem, each with file and line.
    """
    try:
        text = path.read_text(encoding="utf-8", errors="strict")
    except OSError as error:
        raise ConfigError([f"{path}: {error.strerror}"]) from error
    except UnicodeDecodeError as error:
        raise ConfigError([f"{path}: not UTF-8: {error}"]) from error
    lines = text.splitlines()
    return _of_csv(path, lines) if path.suffix.lower() == ".csv" else _of_log(path, lines, per)


def _of_csv(path: Path, lines: list[str]) -> Points:
    """The points as they stand there: between two of them the rate is a straight line."""
    if not lines or [cell.strip() for cell in lines[0].split(",")] != HEADER:
        raise ConfigError([f"{path}:1: the first line must be {','.join(HEADER)}"])
    found, wrong = [], []
    for number, row in enumerate(csv.reader(lines[1:]), start=2):
        try:
            found.append((number, *_row(row)))
        except ValueError as error:
            wrong.append(f"{path}:{number}: {error}")
    wrong += [f"{path}:{b[0]}: its time is before that of the line above" for a, b in pairwise(found) if b[1] < a[1]]
    if not wrong and (len(found) < 2 or found[-1][1] == found[0][1]):
        wrong.append(f"{path}: a recorded rate takes two moments at least")
    _refuse(path, wrong)
    return tuple((at - found[0][1], rate) for _, at, rate in found)


def _row(row: list[str]) -> tuple[float, float]:
    if len(row) != len(HEADER):
        raise ValueError(f"it has {len(row)} columns, not time and rate")
    return _time(row[0].strip()), _rate(row[1].strip())


def _time(text: str) -> float:
    """Seconds, or ISO 8601 (without an offset: UTC)."""
    try:
        at = float(text)
    except ValueError:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise ValueError(f"{text!r} is no time; write seconds or ISO 8601") from None
        at = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    if not math.isfinite(at):
        raise ValueError(f"{text!r} is no time; write seconds or ISO 8601")
    return at


def _rate(text: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = math.nan
    if not (math.isfinite(rate) and rate >= 0):
        raise ValueError(f"{text!r} is no rate; write requests per second, 0 or more")
    return rate


def _of_log(path: Path, lines: Iterable[str], per: float) -> Points:
    """So many requests in each span: what the points add up to is the number of lines."""
    moments, wrong = [], []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            moments.append(_logged(line))
        except ValueError:
            wrong.append(f"{path}:{number}: not a line of an access log in the Common or Combined Log Format")
    if not moments and not wrong:
        wrong.append(f"{path}: there is no request in it")
    _refuse(path, wrong)
    first = min(moments)
    counts = Counter(int((at - first) // per) for at in moments)
    last = max(counts)
    return held([(n * per, counts[n] / per) for n in range(last + 1)], (last + 1) * per)


def _logged(line: str) -> float:
    found = _LOGGED.match(line)
    if found is None:
        raise ValueError("no line of an access log")
    day, month, year, hour, minute, second, sign, hours, minutes = found.groups()
    offset = timedelta(hours=int(hours), minutes=int(minutes)) * (-1 if sign == "-" else 1)
    date = (int(year), _MONTHS.index(month) + 1, int(day))
    return datetime(*date, int(hour), int(minute), int(second), tzinfo=timezone(offset)).timestamp()


def _refuse(path: Path, wrong: list[str]) -> None:
    """Say the first of many: a file of another format is wrong in every line."""
    if len(wrong) > MOST_PROBLEMS:
        wrong = [*wrong[:MOST_PROBLEMS], f"{path}: and {len(wrong) - MOST_PROBLEMS} lines more"]
    if wrong:
        raise ConfigError(wrong)
