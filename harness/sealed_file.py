"""A JSON file that holds a digest of itself, so that whoever reads it knows that nobody changed it."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from harness.digest import digest_of
from harness.errors import StoreError

SEAL = "seal"
Kept = TypeVar("Kept")


def sealed(content: Mapping[str, Any]) -> str:
    """JSON that people can read, with the digest of all the rest of it as `seal`."""
    return _dumped({**content, SEAL: digest_of(_dumped(content).encode()).sha256})


def _dumped(content: Mapping[str, Any]) -> str:
    return json.dumps(content, indent=2, sort_keys=True, allow_nan=False) + "\n"


def read_sealed(path: Path, what: str, form: int, made: Callable[[Mapping[str, Any]], Kept]) -> Kept:
    """What `made` makes of the content of a file; `what` says what the file should be, `form` is its `format`.

    Raises StoreError when the file is missing, is something else, or anything in it was changed.
    """
    try:
        content = path.read_bytes()
        data = json.loads(content)
        kept, written = made(data), data["format"]
        same = sealed({key: each for key, each in data.items() if key != SEAL}).encode() == content
    except OSError as error:
        raise StoreError([f"{path}: {error.strerror}"]) from error
    except StoreError as error:
        raise StoreError([f"{path}: not {what}: {error.problems[0]}"]) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise StoreError([f"{path}: not {what}: {type(error).__name__}: {error}"]) from error
    if not same:
        raise StoreError([f"{path}: it was changed: it does not hold the digest of itself"])
    if written != form:
        raise StoreError([f"{path}: its format is {written}; this version of drill reads {form}"])
    return kept
