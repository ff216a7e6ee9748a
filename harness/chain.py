"""A chain of lines: each holds a digest of itself and of the one before, so none can be changed, moved or left out."""

import hashlib
import re
from dataclasses import dataclass

_LINE = re.compile(rb'(?P<body>.*),"chain":"(?P<chain>[0-9a-f]{64})"}')


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """What became of a chain: its last value, which the next line goes on from.

    `lines` are all there are; the first `unchained` of them carry no link; `broken` is the number of the first one that
    does not follow from those before it.
    """

    value: str
    lines: int
    unchained: int
    broken: int | None = None


def beginning(before: bytes = b"") -> str:
    """What a chain begins with: the digest of all that stood before its first line."""
    return hashlib.sha256(before).hexdigest()


def link(previous: str, body: bytes) -> str:
    """The value of a line from that of the line before it."""
    return hashlib.sha256(previous.encode() + b"\n" + body).hexdigest()


def chained(previous: str, body: str) -> tuple[str, str]:
    """A JSON object as a line of the chain, without its line end, and the value of that line."""
    value = link(previous, body.encode())
    return f'{body[:-1]},"chain":"{value}"}}', value


def whole_lines(content: bytes) -> tuple[bytes, bytes]:
    """The content up to its last line end, and the torn line after it."""
    end = content.rfind(b"\n") + 1
    return content[:end], content[end:]


def read_chain(content: bytes) -> Chain:
    """Follow the chain through a file; a torn last line is left out."""
    lines = [line + b"\n" for line in whole_lines(content)[0].split(b"\n")[:-1]]
    links = [_LINE.fullmatch(line[:-1]) for line in lines]
    first = next((n for n, found in enumerate(links) if found), len(lines))
    value, broken = beginning(b"".join(lines[:first])), None
    for number, found in enumerate(links[first:], start=first + 1):
        expected = found and link(value, found["body"] + b"}")
        stated = found["chain"].decode() if found else ""
        broken = broken or (None if stated == expected else number)
        value = stated or beginning(b"".join(lines[:number]))
    return Chain(value=value, lines=len(lines), unchained=first, broken=broken)
