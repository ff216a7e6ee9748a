"""What tells one content of a file from another."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.errors import StoreError


@dataclass(frozen=True, slots=True)
class Digest:
    """SHA-256 in hexadecimal, and the size in bytes."""

    sha256: str
    size: int

    def as_json(self) -> dict[str, Any]:
        """As it stands in the journal and the manifest."""
        return {"sha256": self.sha256, "size": self.size}


def digest_of(content: bytes) -> Digest:
    """The digest of some bytes."""
    return Digest(hashlib.sha256(content).hexdigest(), len(content))


def digest(path: Path) -> Digest:
    """The digest of a file. Raises StoreError."""
    try:
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            return Digest(sha256, file.tell())
    except OSError as error:
        raise StoreError([f"{path}: cannot be read: {error.strerror}"]) from error


def digests(data: object) -> dict[str, Digest]:
    """Digests by the name of the file, from JSON data. Raises StoreError."""
    try:
        listed = dict(data.items()) if isinstance(data, Mapping) else {}
        return {str(name): Digest(str(each["sha256"]), int(each["size"])) for name, each in listed.items()}
    except (KeyError, TypeError, ValueError) as error:
        raise StoreError([f"not a list of digests: {type(error).__name__}: {error}"]) from error


def as_json(files: Mapping[str, Digest]) -> dict[str, Any]:
    """Digests as JSON data."""
    return {name: each.as_json() for name, each in sorted(files.items())}
