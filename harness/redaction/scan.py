"""Looks through every byte of a folder for what should have been replaced."""

import html
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from harness.redaction.patterns import END, START, is_long
from harness.redaction.pseudonyms import Replaced
from harness.seal import names

_CHUNK = 1 << 22
_ANYWHERE = frozenset({"host", "path", "uuid", "mail", "access key"})


class Scan:
    """Knows every original in each spelling that a file of a run can have it in."""

    def __init__(self, originals: Iterable[Replaced]) -> None:
        # A plain word in an ARN ("user/drill") was replaced there and nowhere else.
        each = [(found, spelt) for found in originals if found.kind != "part" for spelt in _spellings(found)]
        self._patterns = [(found, spelt.lower(), re.compile(_pattern(found, spelt.lower()))) for found, spelt in each]

    def folder(self, folder: Path) -> Iterator[tuple[str, Replaced]]:
        """Each file in which an original stands, with that original; names of files count."""
        for name in names(folder):
            yield from ((name, found) for found in self.text(name))
            if not name.endswith("/"):
                yield from self._file(folder, name)

    def _file(self, folder: Path, name: str) -> Iterator[tuple[str, Replaced]]:
        with (folder / name).open(encoding="utf-8", errors="surrogateescape", newline="\n") as file:
            while lines := file.readlines(_CHUNK):
                yield from ((name, found) for found in self.text("".join(lines)))

    def text(self, text: str) -> Iterator[Replaced]:
        """The originals that stand in a text."""
        lower = text.lower()
        yield from (found for found, spelt, known in self._patterns if spelt in lower and known.search(lower))


def _spellings(found: Replaced) -> set[str]:
    text = f"://{found.original}" if found.kind == "label" else found.original
    return {text, json.dumps(text)[1:-1], html.escape(text), html.escape(text, quote=False)}


def _pattern(found: Replaced, text: str) -> str:
    """As strict as what replaces: a short name is only found as a word, a number as a whole number."""
    literal = re.escape(text)
    if found.kind in ("account", "address"):
        return rf"(?<![0-9])(?<![0-9]\.){literal}(?![0-9])" if found.kind == "address" else rf"(?<!\d){literal}(?!\d)"
    if found.kind == "address (IPv6)":
        return rf"(?<![0-9a-f:]){literal}(?![0-9a-f])(?!:[0-9a-f])"
    if found.kind in _ANYWHERE or is_long(text):
        return literal + (r"(?!\d)" if text[-1].isdigit() else "")
    return rf"{'' if found.kind == 'label' else START}{literal}{END}"
