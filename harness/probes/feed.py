"""The records of the children while they are still being written."""

from collections.abc import Iterable
from pathlib import Path

from harness.probes.records import Decoder, Records


class Feed:
    """Follows files that children append to; each poll reads only what is new.

    A file that does not exist yet has nothing new. A line still being written is left for the next poll.
    """

    def __init__(self, paths: Iterable[Path], origin_ns: int) -> None:
        self._tails = [_Tail(path, origin_ns) for path in paths]

    def poll(self) -> Records:
        """What was recorded since the last poll, by file. Raises StoreError, naming file and line."""
        each = [tail.read() for tail in self._tails]
        return Records(
            requests=tuple(r for new in each for r in new.requests),
            answers=tuple(a for new in each for a in new.answers),
            watches=tuple(w for new in each for w in new.watches),
            redials=tuple(r for new in each for r in new.redials),
            summaries=tuple(s for new in each for s in new.summaries),
        )


class _Tail:
    def __init__(self, path: Path, origin_ns: int) -> None:
        self._path = path
        self._offset = 0
        self._decoder = Decoder(path, origin_ns)

    def read(self) -> Records:
        try:
            with self._path.open("rb") as file:
                file.seek(self._offset)
                new = file.read()
        except FileNotFoundError:
            return Records()
        whole = new.rfind(b"\n") + 1
        if whole:
            self._offset += whole
            self._decoder.feed(new[: whole - 1].split(b"\n"))
        return self._decoder.take()
