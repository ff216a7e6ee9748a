"""HTTP/1.1 messages as they come over a connection: heads, bodies of a known length, in chunks, or to the end."""

from dataclasses import dataclass

_LONGEST_HEAD, _LARGEST_BODY = 64 << 10, 1 << 20
_MOST_DIGITS = 18  # of a length
_END = b"\r\n\r\n"
_HOP_BY_HOP = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"te",
        b"trailers",
        b"transfer-encoding",
        b"upgrade",
    }
)
_NOT_PASSED_ON = _HOP_BY_HOP | {b"content-length", b"x-client-source", b"x-forwarded-for", b"expect"}
_NOTED = frozenset({b"connection", b"content-length", b"transfer-encoding", b"cookie", b"expect"})

Data = bytes | bytearray


class Malformed(Exception):
    """No message that could be passed on; `status` is what its sender is answered."""

    def __init__(self, status: int, because: str) -> None:
        super().__init__(because)
        self.status = status


@dataclass(frozen=True, slots=True)
class Head:
    """The first line, header lines to pass on (each with its end), what others say, and where the body begins."""

    start: bytes
    lines: bytes
    noted: dict[bytes, bytes]
    end: int

    @property
    def length(self) -> int | None:
        """Content-Length."""
        length = self.noted.get(b"content-length")
        return None if length is None else int(length)

    @property
    def chunked(self) -> bool:
        """Whether the body comes in chunks."""
        return b"transfer-encoding" in self.noted

    def keeps(self, version: bytes) -> bool:
        """Whether the connection stays open after the message."""
        wish = self.noted.get(b"connection", b"").lower()
        return b"close" not in wish if version == b"HTTP/1.1" else b"keep-alive" in wish


def head_of(data: Data) -> Head | None:
    """The head that some bytes begin with; none while it is not whole."""
    end = data.find(_END)
    if end > _LONGEST_HEAD or (end < 0 and len(data) > _LONGEST_HEAD):
        raise Malformed(431, "the head is too large")
    if end < 0:
        return None
    start, *lines = bytes(data[:end]).split(b"\r\n")
    # What some take for the end of a line would hide a header, and with that another message, from us.
    if any(sign in line for line in (start, *lines) for sign in (b"\n", b"\r", b"\0")):
        raise Malformed(400, "a line is wrong")
    noted: dict[bytes, bytes] = {}
    passed = []
    for line in lines:
        name, colon, value = line.partition(b":")
        if not colon or not name or name[-1:] in b" \t" or name[:1] in b" \t":
            raise Malformed(400, "a header line is wrong")
        name = name.lower()
        if name in _NOTED:
            _note(noted, name, value.strip())
        if name not in _NOT_PASSED_ON:
            passed.append(line)
    passed.append(b"")
    return Head(start, b"\r\n".join(passed), noted, end + 4)


def _note(noted: dict[bytes, bytes], name: bytes, value: bytes) -> None:
    if name == b"content-length" and not (
        value.isdigit() and len(value) <= _MOST_DIGITS and noted.get(name, value) == value
    ):
        raise Malformed(400, "the content length is wrong")
    if name == b"transfer-encoding" and value.lower() != b"chunked":
        raise Malformed(501, "the transfer encoding is not known")
    noted[name] = noted[name] + b"; " + value if name in noted and name != b"content-length" else value


def body_of(data: Data, head: Head, most: int = _LARGEST_BODY) -> tuple[bytes, int] | None:
    """The body after a head that says how it ends, and where it ends; none while it is not whole."""
    if head.chunked:
        return _from_chunks(data, head.end, most)
    end = head.end + (head.length or 0)
    if end - head.end > most:
        raise Malformed(413, "the body is too large")
    return (bytes(data[head.end : end]), end) if len(data) >= end else None


def _from_chunks(data: Data, at: int, most: int) -> tuple[bytes, int] | None:
    parts, size = list[bytes](), 0
    while (line := data.find(b"\r\n", at)) >= 0:
        length = _chunk_length(bytes(data[at:line]))
        if length == 0:
            return _after_trailers(data, line, b"".join(parts))
        begin, at = line + 2, line + 2 + length + 2
        size += length
        if size > most:
            raise Malformed(413, "the body is too large")
        if len(data) < at:
            return None
        if data[at - 2 : at] != b"\r\n":
            raise Malformed(400, "a chunk is wrong")
        parts.append(bytes(data[begin : at - 2]))
    return None


def _chunk_length(line: bytes) -> int:
    digits = line.partition(b";")[0].strip()
    if not digits or len(digits) > _MOST_DIGITS or digits.strip(b"0123456789abcdefABCDEF"):
        raise Malformed(400, "the length of a chunk is wrong")
    return int(digits, 16)


def _after_trailers(data: Data, line: int, body: bytes) -> tuple[bytes, int] | None:
    """The last chunk's line ends at `line`; what follows it, to an empty line, is left out."""
    end = data.find(_END, line)
    return None if end < 0 else (body, end + 4)
