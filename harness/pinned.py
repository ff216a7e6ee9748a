"""The files that a drill was made of, as they were when it was read."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.digest import digest_of
from harness.errors import ConfigError


@dataclass(frozen=True, slots=True, kw_only=True)
class Pinned:
    """One file and its text; `kind` is what it is to the drill.

    That is "feature", "criteria", "runbook", "stack", "experiment", "load profile", "recorded rate", "prices" or
    "load test".
    """

    kind: str
    path: str
    text: str

    def as_json(self) -> dict[str, Any]:
        """As plan.json holds it, with the digest that the file can be found by."""
        return {"kind": self.kind, "path": self.path, "text": self.text, **digest_of(self.text.encode()).as_json()}


def pin(kind: str, path: Path) -> Pinned:
    """Read a file. Raises ConfigError."""
    try:
        return Pinned(kind=kind, path=_shown(path), text=path.read_bytes().decode("utf-8"))
    except OSError as error:
        raise ConfigError([f"{path}: {error.strerror}"]) from error
    except UnicodeDecodeError as error:
        raise ConfigError([f"{path}: not UTF-8: {error}"]) from error


def _shown(path: Path) -> str:
    """As a person would type it in the project, where it lies inside."""
    here, there = Path.cwd(), path.resolve()
    return str(there.relative_to(here)) if there.is_relative_to(here) else str(there)
