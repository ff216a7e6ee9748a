"""latency.hlog: the latencies of the load in the HdrHistogram log format, which other tools read too.

One tagged interval histogram for each population and phase: whole microseconds from the due time, three significant
digits, 1 us to 1 hour. The whole run is the sum of all.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from hdrh.histogram import HdrHistogram

from harness.errors import StoreError
from harness.model.history import Phase, Span
from harness.model.load import Load, Sample

LOWEST_US = 1
HIGHEST_US = 3_600_000_000
DIGITS = 3

Key = tuple[str, Phase]


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What went into the log: recorded, left out for want of an answer, and clipped to 1 us or 1 hour."""

    recorded: int
    unanswered: int
    clipped: int


def write_hlog(path: Path, load: Load, spans: Sequence[Span], wall: str) -> Written:
    """Write the log to a file. Raises StoreError."""
    text, written = hlog(load, spans, wall)
    _save(path, text)
    return written


def hlog(load: Load, spans: Sequence[Span], wall: str) -> tuple[str, Written]:
    """The latencies of the load requests that were answered; each counts in the phase in which it was due.

    `wall` is the ISO time at which `at` was 0, "" when nobody knows it.
    """
    lines, recorded, clipped = [], 0, 0
    for span in spans:
        for population in sorted(load.populations):
            sample = load.phases.between(span.since, span.until, population)
            if sample.latency:
                histogram = empty()
                clipped += _record(histogram, sample)
                recorded += sample.answered
                lines.append(_interval(histogram, population, span))
    unanswered = load.whole.requests - load.whole.answered
    written = Written(recorded=recorded, unanswered=unanswered, clipped=clipped)
    return "\n".join([*_head(wall, written), *lines]) + "\n", written


def read_hlog(path: Path) -> dict[Key, Any]:
    """The histograms by population and phase; a phase that came more than once is summed.

    Raises StoreError, naming file and line.
    """
    histograms: dict[Key, Any] = {}
    for number, line in enumerate(_load(path), 1):
        if not line or line[0] in '#"':
            continue
        try:
            key, histogram = _parsed(line)
        except Exception as error:  # hdrh raises whatever ctypes, zlib and base64 do
            raise StoreError([f"{path}:{number}: not an interval of a histogram log: {error!r}"]) from error
        histograms[key] = total([histograms[key], histogram]) if key in histograms else histogram
    return histograms


def total(histograms: Iterable[Any]) -> Any:
    """The sum of histograms: of all populations and phases it is the global one. Empty for none."""
    whole = empty()
    for each in histograms:
        smallest = each.min_value if not whole.total_count else min(whole.min_value, each.min_value)
        whole.add(each)
        # hdrh takes the minimum of an empty histogram for 0.
        whole.min_value = smallest
    return whole


def empty() -> Any:
    """A histogram of microseconds to record into."""
    return HdrHistogram(LOWEST_US, HIGHEST_US, DIGITS)


def _record(histogram: Any, sample: Sample) -> int:
    """Record values within the range; returns how many had to be clipped to it."""
    clipped = 0
    for micros, count in sorted(sample.latency.items()):
        value = min(max(micros, LOWEST_US), HIGHEST_US)
        # An answer within the first microsecond is no clipping, one before its due time is.
        clipped += count if value != micros != 0 else 0
        histogram.record_value(value, count)
    return clipped


def _head(wall: str, written: Written) -> list[str]:
    start = datetime.fromisoformat(wall).timestamp() if wall else 0.0
    return [
        "#[Histogram log format version 1.3]",
        f"#[StartTime: {start:.3f} (seconds since epoch), {wall or 'unknown'}]",
        f"#[BaseTime: {start:.3f} (seconds since epoch)]",
        "#[Values: microseconds from the due time of answered load requests; Interval_Max in milliseconds]",
        f"#[Recorded: {written.recorded}; unanswered and left out: {written.unanswered}; clipped: {written.clipped}]",
        '"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"',
    ]


def _interval(histogram: Any, population: str, span: Span) -> str:
    tag = f"{quote(population, safe='')}_{span.phase.value.replace(' ', '-')}"
    longest = histogram.get_max_value() / 1e3
    blob = histogram.encode().decode("ascii")
    return f"Tag={tag},{span.since:.3f},{span.until - span.since:.3f},{longest:.3f},{blob}"


def _parsed(line: str) -> tuple[Key, Any]:
    tag, _since, _length, _longest, blob = line.split(",", 4)
    population, _, phase = tag.removeprefix("Tag=").rpartition("_")
    return (unquote(population), Phase(phase.replace("-", " "))), HdrHistogram.decode(blob.encode("ascii"))


def _save(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="ascii")
    except OSError as error:
        raise StoreError([f"{path}: cannot be written: {error.strerror}"]) from error


def _load(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="ascii").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise StoreError([f"{path}: cannot be read: {error}"]) from error
