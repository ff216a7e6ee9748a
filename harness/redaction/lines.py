"""The lines of a file, one at a time: a record of millions is never held whole."""

from collections.abc import Iterator
from pathlib import Path

from harness.redaction.redactor import Redactor


def redacted_lines(path: Path, redactor: Redactor) -> Iterator[str]:
    """Each line of a file with pseudonyms; what is no UTF-8 comes through as it was."""
    replace = redactor.json if path.suffix in (".json", ".jsonl") else redactor.text
    with path.open(encoding="utf-8", errors="surrogateescape", newline="\n") as file:
        yield from map(replace, file)


def copy_redacted(source: Path, target: Path, redactor: Redactor) -> None:
    """Write a file anew with pseudonyms."""
    with target.open("w", encoding="utf-8", errors="surrogateescape", newline="") as file:
        file.writelines(redacted_lines(source, redactor))
