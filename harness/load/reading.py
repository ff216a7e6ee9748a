"""Reads load.jsonl, of whatever size: in parts beside each other on all cores, each of them line by line.

The format is that of `harness.probes.records`, of which load has requests, the first and the last line only.
"""

import os
import pickle
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import msgspec

from harness.errors import StoreError
from harness.load.gathering import Gathering
from harness.load.record import LoadRecord
from harness.load.settings import LOAD
from harness.model.load import Load, merged
from harness.probes.records import is_whole

STEM = LOAD.removesuffix(".jsonl")
AT_ONCE = 1 << 18
ONE_PART = 64 << 20


class _Started(msgspec.Struct, tag_field="stream", tag="started"):
    pass


class _Summary(msgspec.Struct, tag_field="stream", tag="summary"):
    pass


_DECODER = msgspec.json.Decoder(LoadRecord | _Started | _Summary)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """Whole lines of a file, [since, until) in bytes, and over which edges they are counted."""

    path: Path
    since: int
    until: int
    phases: tuple[int, ...]
    slots: tuple[int, ...]
    origin_ns: int


def read_load(
    path: Path, origin_ns: int, phases: tuple[int, ...] = (), slots: tuple[int, ...] = (), one_part: int = ONE_PART
) -> Load:
    """Count the requests of a file over the edges of phases and slots, in ns since `origin_ns`.

    A file of more than `one_part` bytes is read by several processes. A torn last line, left by a killed child, is left
    out. Raises StoreError, naming file and line, for all else.
    """
    try:
        ends = _ends(path, one_part)
    except OSError as error:
        raise StoreError([f"{path}: cannot be read: {error.strerror}"]) from error
    parts = [
        _Part(path=path, since=a, until=b, phases=phases, slots=slots, origin_ns=origin_ns)
        for a, b in zip([0, *ends], ends, strict=False)
    ]
    return _count(parts[0]) if len(parts) == 1 else merged(_beside(parts))


def read_loads(
    paths: Iterable[Path], origin_ns: int, phases: tuple[int, ...] = (), slots: tuple[int, ...] = ()
) -> Load:
    """Count the requests of several files, one of each Locust process, as those of one load. Raises StoreError."""
    return merged([read_load(path, origin_ns, phases, slots) for path in paths])


def load_files(folder: Path) -> tuple[Path, ...]:
    """The files in the folder of a run that hold its load: load.jsonl, load-1.jsonl and so on."""
    further = (path for path in folder.glob(f"{STEM}-*.jsonl") if path.stem.removeprefix(f"{STEM}-").isdecimal())
    return tuple(p for p in (folder / LOAD, *sorted(further, key=_number)) if p.exists())


def _number(path: Path) -> int:
    return int(path.stem.removeprefix(f"{STEM}-"))


def _ends(path: Path, one_part: int) -> list[int]:
    """Where the parts end: after a line, or with the file."""
    size = path.stat().st_size
    count = 1 if size <= one_part else os.cpu_count() or 1
    ends = set()
    with path.open("rb") as file:
        for n in range(1, count):
            file.seek(size * n // count)
            file.readline()
            ends.add(file.tell())
    return sorted({*ends, size})


def _beside(parts: list[_Part]) -> list[Load]:
    """Count each part in a process of its own; they end with this call, however it ends."""
    command = [sys.executable, "-m", "harness.load.reading"]
    with ExitStack() as ended:
        children = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) for _ in parts]
        for child in children:
            ended.enter_context(child)
            ended.callback(child.kill)
        for child, part in zip(children, parts, strict=True):
            assert child.stdin is not None
            pickle.dump(part, child.stdin)
            child.stdin.close()
        return [_answer(child, part) for child, part in zip(children, parts, strict=True)]


def _answer(child: "subprocess.Popen[bytes]", part: _Part) -> Load:
    assert child.stdout is not None
    answer = child.stdout.read()
    if not answer:
        raise StoreError([f"{part.path}: the process that read it ended with exit code {child.wait()}"])
    counted: Load | list[str] = pickle.loads(answer)
    if isinstance(counted, list):
        raise StoreError(counted)
    return counted


def _child() -> None:
    """Read a part from stdin, count it, and write the load or the problems to stdout."""
    part: _Part = pickle.load(sys.stdin.buffer)
    try:
        answer: Load | list[str] = _count(part)
    except StoreError as error:
        answer = list(error.problems)
    pickle.dump(answer, sys.stdout.buffer)


def _count(part: _Part) -> Load:
    gathering = Gathering(part.phases, part.slots, part.origin_ns)
    for since, lines in _lines(part):
        gathering.add([r for r in _decoded(part.path, since, lines) if type(r) is LoadRecord])
    return gathering.load()


def _lines(part: _Part) -> Iterator[tuple[int, bytes]]:
    """Whole lines with the byte at which they begin."""
    with part.path.open("rb") as file:
        file.seek(part.since)
        begin, rest = part.since, b""
        while begin + len(rest) < part.until:
            text = rest + file.read(min(AT_ONCE, part.until - begin - len(rest)))
            whole = text.rfind(b"\n") + 1
            if whole:
                yield begin, text[:whole]
            begin, rest = begin + whole, text[whole:]
    if rest and is_whole(rest):
        yield begin, rest


def _decoded(path: Path, since: int, lines: bytes) -> list[LoadRecord | _Started | _Summary]:
    try:
        return _DECODER.decode_lines(lines)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise StoreError([_first_wrong(path, since, lines)]) from None


def _first_wrong(path: Path, since: int, lines: bytes) -> str:
    for number, line in enumerate(lines.splitlines(), _lines_before(path, since) + 1):
        try:
            _DECODER.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            return f"{path}:{number}: not a record of load: {error}"
    return f"{path}: not records of load"


def _lines_before(path: Path, since: int) -> int:
    count = 0
    with path.open("rb") as file:
        while since > 0 and (text := file.read(min(AT_ONCE, since))):
            count += text.count(b"\n")
            since -= len(text)
    return count


if __name__ == "__main__":
    _child()
