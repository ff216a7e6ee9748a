"""The record format of the child processes: one JSON line each, times in CLOCK_MONOTONIC nanoseconds.

Children write lines with the `*_line` functions; the harness reads them as model records, in float seconds since the
origin of the run. A file begins with a `started` line and, when its writer ended in order, closes with a `summary`.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.errors import StoreError
from harness.model.history import Answer, Outcome, Redial, Request, Stream, Watch

STREAMS = {stream.value: stream for stream in Stream}
OUTCOMES = {outcome.value: outcome for outcome in Outcome}
REQUEST_KEYS = 11
LOAD_KEYS = 13  # those of harness.load.record too; a load recorded before there were any has the first eleven
BATCH = 1000
SUMMARY_WITHIN = 64 << 10

_dumps = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """What one or more children recorded.

    `summaries` holds the closing line of every writer that ended in order; a writer without one was killed.
    `torn` says that an incomplete last line was left out.
    """

    requests: tuple[Request, ...] = ()
    answers: tuple[Answer, ...] = ()
    watches: tuple[Watch, ...] = ()
    redials: tuple[Redial, ...] = ()
    summaries: tuple[Mapping[str, Any], ...] = ()
    torn: bool = False


def request_line(
    *,
    stream: Stream,
    population: str,
    name: str,
    due: int,
    sent: int,
    finished: int,
    outcome: Outcome,
    region: str | None = None,
    status: int | None = None,
    write_id: str | None = None,
    error: str = "",
) -> str:
    """One request as a line; due, sent and finished in monotonic nanoseconds."""
    return _line(
        stream=stream.value,
        population=population,
        name=name,
        due=due,
        sent=sent,
        finished=finished,
        outcome=outcome.value,
        region=region,
        status=status,
        write_id=write_id,
        error=error,
    )


def answer_line(
    *, population: str, name: str, at: int, addresses: Sequence[str], region: str | None, ttl: float
) -> str:
    """One DNS answer as a line; `at` in monotonic nanoseconds, `ttl` in model seconds as the server said it."""
    return _line(
        stream="dns", population=population, name=name, at=at, addresses=list(addresses), region=region, ttl=ttl
    )


def watch_line(*, population: str, at: int, edge: str, region: str | None) -> str:
    """One edge ("opened" or "closed") of the watched connection as a line; `at` in monotonic nanoseconds."""
    return _line(stream="watch", population=population, at=at, edge=edge, region=region)


def redial_line(*, population: str, sent: int, finished: int, answered: bool, error: str) -> str:
    """One fast dial as a line; sent and finished in monotonic nanoseconds."""
    return _line(stream="redial", population=population, sent=sent, finished=finished, answered=answered, error=error)


def started_line(*, at: int, pid: int) -> str:
    """The first line of a file."""
    return _line(stream="started", at=at, pid=pid)


def summary_line(**figures: Any) -> str:
    """The last line of a file whose writer ended in order."""
    return _line(stream="summary", **figures)


def read_records(path: Path, origin_ns: int) -> Records:
    """Read a whole file; times become seconds since `origin_ns`.

    A torn last line, left by a killed child, is left out. Raises StoreError, naming file and line, for all else.
    """
    try:
        text = path.read_bytes()
    except OSError as error:
        raise StoreError([f"{path}: cannot be read: {error.strerror}"]) from error
    lines = text.split(b"\n")
    tail = lines.pop()
    torn = bool(tail) and not is_whole(tail)
    if tail and not torn:
        lines.append(tail)
    decoder = Decoder(path, origin_ns)
    decoder.feed(lines)
    return decoder.take(torn=torn)


def last_summary(path: Path) -> dict[str, Any] | None:
    """What the closing line of a file says, however long the file is; None where its writer did not end in order."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - SUMMARY_WITHIN))
        tail = file.read().splitlines()
    try:
        document = json.loads(tail[-1]) if tail else None
    except ValueError:
        return None
    if not isinstance(document, dict) or document.pop("stream", None) != "summary":
        return None
    return document


@dataclass(slots=True)
class Decoder:
    """Turns the lines of one file into records, counting lines for its error messages."""

    path: Path
    origin_ns: int
    line: int = 0
    requests: list[Request] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    watches: list[Watch] = field(default_factory=list)
    redials: list[Redial] = field(default_factory=list)
    summaries: list[Mapping[str, Any]] = field(default_factory=list)

    def feed(self, lines: Sequence[bytes]) -> None:
        """Decode whole lines. Raises StoreError at the first that is none."""
        for start in range(0, len(lines), BATCH):
            batch = lines[start : start + BATCH]
            for document in self._parse(batch):
                self.line += 1
                self._keep(document)

    def take(self, *, torn: bool = False) -> Records:
        """What was decoded since the last take."""
        records = Records(
            requests=tuple(self.requests),
            answers=tuple(self.answers),
            watches=tuple(self.watches),
            redials=tuple(self.redials),
            summaries=tuple(self.summaries),
            torn=torn,
        )
        self.requests, self.answers, self.watches, self.redials, self.summaries = [], [], [], [], []
        return records

    def _parse(self, batch: Sequence[bytes]) -> Iterable[Any]:
        # One call for a thousand lines takes a third of the time of a thousand calls.
        try:
            documents: list[Any] = json.loads(b"[" + b",".join(batch) + b"]")
        except ValueError:
            return map(self._parse_one, batch)
        return documents if len(documents) == len(batch) else map(self._parse_one, batch)

    def _parse_one(self, line: bytes) -> Any:
        try:
            return json.loads(line)
        except ValueError as error:
            raise self._bad(f"not JSON: {error}", self.line + 1) from error

    def _keep(self, document: Any) -> None:
        try:
            stream = document["stream"]
            if stream in STREAMS:
                self.requests.append(_request(document, self.origin_ns))
            elif stream == "dns":
                self.answers.append(_answer(document, self.origin_ns))
            elif stream == "watch":
                self.watches.append(_watch(document, self.origin_ns))
            elif stream == "redial":
                self.redials.append(_redial(document, self.origin_ns))
            elif stream == "summary":
                self.summaries.append(document)
            elif stream != "started":
                raise self._bad(f"unknown stream {stream!r}", self.line)
        except (KeyError, TypeError, ValueError) as error:
            raise self._bad(f"not a record: {error!r}", self.line) from error

    def _bad(self, because: str, line: int) -> StoreError:
        return StoreError([f"{self.path}:{line}: {because}"])


def _line(**document: Any) -> str:
    return _dumps(document) + "\n"


def is_whole(tail: bytes) -> bool:
    """Whether a last line without its end is a whole record, and not what a killed writer left of one."""
    try:
        return isinstance(json.loads(tail), dict)
    except ValueError:
        return False


def _request(d: dict[str, Any], origin_ns: int) -> Request:
    if len(d) != REQUEST_KEYS and (len(d) != LOAD_KEYS or d["stream"] != Stream.LOAD.value):
        raise ValueError(f"{len(d)} keys")
    return Request(
        stream=STREAMS[d["stream"]],
        population=d["population"],
        name=d["name"],
        due=(d["due"] - origin_ns) / 1e9,
        sent=(d["sent"] - origin_ns) / 1e9,
        finished=(d["finished"] - origin_ns) / 1e9,
        outcome=OUTCOMES[d["outcome"]],
        region=d["region"],
        status=d["status"],
        write_id=d["write_id"],
        error=d["error"],
    )


def _answer(d: dict[str, Any], origin_ns: int) -> Answer:
    return Answer(
        at=(d["at"] - origin_ns) / 1e9,
        population=d["population"],
        name=d["name"],
        addresses=tuple(d["addresses"]),
        region=d["region"],
        ttl=float(d["ttl"]),
    )


def _watch(d: dict[str, Any], origin_ns: int) -> Watch:
    return Watch(at=(d["at"] - origin_ns) / 1e9, population=d["population"], edge=d["edge"], region=d["region"])


def _redial(d: dict[str, Any], origin_ns: int) -> Redial:
    return Redial(
        population=d["population"],
        sent=(d["sent"] - origin_ns) / 1e9,
        finished=(d["finished"] - origin_ns) / 1e9,
        answered=bool(d["answered"]),
        error=d["error"],
    )
