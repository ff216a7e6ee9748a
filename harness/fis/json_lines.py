"""Where each part of a JSON text stands."""

import json
import re
from dataclasses import dataclass

from harness.fis.problem import under

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')


@dataclass(slots=True)
class _Open:
    """An object or list that is being read: in an object `at` is the key of the member, in a list its number."""

    pointer: str
    at: str | int | None


def lines(text: str) -> dict[str, int]:
    """JSON pointer -> line, for every part of a text that is JSON; a member stands where its key does."""
    found, open_, line, seen = {"": 1}, list[_Open](), 1, 0
    for token in _TOKEN.finditer(text):
        line += text.count("\n", seen, token.start())
        seen, word = token.start(), token[0]
        inner = open_[-1] if open_ else None
        if word in "}]":
            open_.pop()
        elif word == "," and inner is not None:
            inner.at = inner.at + 1 if isinstance(inner.at, int) else None
        elif inner is not None and inner.at is None:
            inner.at = str(json.loads(word))
            found[under(inner.pointer, inner.at)] = line
        elif word != ":":
            pointer = under(inner.pointer, inner.at) if inner else ""
            found.setdefault(pointer, line)
            if word in "{[":
                open_.append(_Open(pointer, 0 if word == "[" else None))
    return found


def line_of(pointer: str, known: dict[str, int]) -> int:
    """The line of a part, or of the nearest one around it that is there."""
    while pointer not in known:
        pointer = pointer.rpartition("/")[0]
    return known[pointer]
