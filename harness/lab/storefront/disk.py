"""The disk of an instance: a directory of real files that takes so many bytes and no more."""

import errno
import os
import threading
from pathlib import Path

DISK_BYTES = 64 << 20
ORDERS = "orders.log"
_SEGMENT_BYTES = 1 << 20


class Disk:
    """Files below `directory`. Its size is kept by those who write: they take bytes before, and give them back after.

    May be used from several threads.
    """

    def __init__(self, directory: Path, size: int = DISK_BYTES) -> None:
        self.directory, self.size = directory, size
        self.used = 0
        self._lock = threading.Lock()
        directory.mkdir(parents=True, exist_ok=True)
        for path in directory.iterdir():  # of a process before this one, which was killed
            if path.name.startswith(ORDERS):
                self.used += path.stat().st_size
            else:
                path.unlink()

    @property
    def free(self) -> int:
        """How many bytes it still takes."""
        return self.size - self.used

    def take(self, count: int) -> None:
        """Set bytes aside for a file. Raises OSError (ENOSPC) when there are not as many."""
        if not self.takes(count):
            raise OSError(errno.ENOSPC, "no space left on the instance's disk")

    def takes(self, count: int) -> bool:
        """Set bytes aside if there are as many."""
        taken = self.take_up_to(count)
        if taken < count:
            self.give_back(taken)
        return taken == count

    def take_up_to(self, count: int) -> int:
        """Set aside as many of the bytes as there are; returns how many."""
        with self._lock:
            taken = max(0, min(count, self.free))
            self.used += taken
            return taken

    def give_back(self, count: int) -> None:
        """Bytes are free again."""
        with self._lock:
            self.used -= count


class OrderLog:
    """A line for each order that an instance was asked for, in the file `orders.log`; the one before is kept."""

    def __init__(self, disk: Disk) -> None:
        self._disk = disk
        self._path, self._before = disk.directory / ORDERS, disk.directory / f"{ORDERS}.1"
        self._file = self._open()
        self._bytes = self._path.stat().st_size
        self._bytes_before = self._before.stat().st_size if self._before.exists() else 0

    def append(self, order: str, sku: str) -> None:
        """Write one line, which is not synced. Raises OSError when the disk is full."""
        line = f"{order} {sku}\n".encode()
        self._disk.take(len(line))
        if self._bytes > _SEGMENT_BYTES:
            self._rotate()
        os.write(self._file, line)
        self._bytes += len(line)

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)

    def _rotate(self) -> None:
        os.close(self._file)
        self._path.replace(self._before)
        self._disk.give_back(self._bytes_before)
        self._file, self._bytes, self._bytes_before = self._open(), 0, self._bytes

    def _open(self) -> int:
        return os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
