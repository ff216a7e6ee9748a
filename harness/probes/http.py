"""HTTP/1.1 without sockets: writing a request and reading one response, exactly as many bytes as it has."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

HEAD_LIMIT = 65536
SERVED_BY = "x-served-by"
NO_BODY = (204, 304)


class ProtocolViolation(OSError):
    """Bytes that are not an HTTP response."""


class Url:
    """The parts of an entry URL that a client needs."""

    __slots__ = ("host", "path", "port", "secure")

    def __init__(self, text: str) -> None:
        parts = urlsplit(text)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"not an http or https URL: {text!r}")
        self.secure = parts.scheme == "https"
        self.host: str = parts.hostname
        self.port: int = parts.port or (443 if self.secure else 80)
        self.path = parts.path.rstrip("/")

    @property
    def authority(self) -> str:
        """The Host header."""
        usual = 443 if self.secure else 80
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == usual else f"{host}:{self.port}"


def request_bytes(
    url: Url, method: str, path: str, *, body: Any = None, headers: Mapping[str, str] | None = None
) -> bytes:
    """A whole request; `body` is sent as JSON."""
    lines = [f"{method} {url.path}{path} HTTP/1.1", f"Host: {url.authority}", "User-Agent: drill", "Accept: */*"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    payload = b""
    if body is not None:
        payload = json.dumps(body).encode()
        lines += ["Content-Type: application/json", f"Content-Length: {len(payload)}"]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + payload


class Response:
    """Reads one response from the bytes it is fed; interim 1xx responses are skipped.

    `complete` turns True with the last byte. `status` is None until the head has come; `length` is that of the body
    where the head tells it.
    """

    __slots__ = (
        "_buffer",
        "_chunked",
        "_left",
        "_version",
        "body",
        "complete",
        "cookies",
        "headers",
        "length",
        "status",
    )

    def __init__(self) -> None:
        self.status: int | None = None
        self.headers: dict[str, str] = {}
        self.cookies: list[str] = []
        self.body = bytearray()
        self.complete = False
        self._buffer = bytearray()
        self._chunked = False
        self._left: int | None = None
        self._version = ""
        self.length: int | None = None

    def feed(self, data: bytes) -> bool:
        """Take more bytes; returns `complete`. Raises ProtocolViolation."""
        self._buffer += data
        while self.status is None:
            if not self._read_head():
                return False
        self._read_body()
        return self.complete

    def end(self) -> bool:
        """The other side closed: completes a body without a length, and nothing else. Returns `complete`."""
        if self.status is not None and self._left is None and not self._chunked:
            self.complete = True
        return self.complete

    @property
    def reusable(self) -> bool:
        """Whether the connection may carry another request."""
        said = [each.strip() for each in self.headers.get("connection", "").lower().split(",")]
        closing = "close" in said or (self._version == "HTTP/1.0" and "keep-alive" not in said)
        return self.complete and not closing and not self._buffer and (self._chunked or self._left is not None)

    @property
    def region(self) -> str | None:
        """The region named by X-Served-By (region/zone/instance), or None where no app answered."""
        return self.headers.get(SERVED_BY, "").split("/")[0] or None

    @property
    def instance(self) -> str | None:
        """The instance named by X-Served-By, or None."""
        parts = self.headers.get(SERVED_BY, "").split("/")
        return parts[2] if len(parts) > 2 and parts[2] else None

    def _read_head(self) -> bool:
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            if len(self._buffer) > HEAD_LIMIT:
                raise ProtocolViolation("response head too long")
            return False
        lines = self._buffer[:end].decode("latin-1").split("\r\n")
        del self._buffer[: end + 4]
        status = _status(lines[0])
        if status >= 200:
            self._read_headers(lines[1:])
            self._version = lines[0].partition(" ")[0]
            self._frame(status)
            self.status = status
        return True

    def _read_headers(self, lines: list[str]) -> None:
        for line in lines:
            name, _, value = line.partition(":")
            key = name.strip().lower()
            if key == "set-cookie":
                self.cookies.append(value.strip())
            self.headers[key] = value.strip()

    def _frame(self, status: int) -> None:
        self._chunked = "chunked" in self.headers.get("transfer-encoding", "").lower()
        length = self.headers.get("content-length")
        if status in NO_BODY:
            self._chunked, self._left = False, 0
        elif length is not None and not self._chunked:
            if not length.isdecimal():
                raise ProtocolViolation(f"bad content length {length!r}")
            self._left = int(length)
        self.length = self._left

    def _read_body(self) -> None:
        if self.complete:
            return
        if self._chunked:
            self._read_chunks()
        elif self._left is None:
            self.body += self._buffer
            self._buffer.clear()
        else:
            taken = min(self._left, len(self._buffer))
            self.body += self._buffer[:taken]
            del self._buffer[:taken]
            self._left -= taken
            self.complete = self._left == 0

    def _read_chunks(self) -> None:
        while (end := self._buffer.find(b"\r\n")) >= 0:
            size = _chunk_size(self._buffer[:end])
            if size == 0:
                self._read_trailers(end)
                return
            if len(self._buffer) < end + 2 + size + 2:
                return
            self.body += self._buffer[end + 2 : end + 2 + size]
            del self._buffer[: end + 2 + size + 2]

    def _read_trailers(self, end: int) -> None:
        # "0\r\n" trailers "\r\n": without trailers the empty line follows at once.
        if self._buffer[end : end + 4] == b"\r\n\r\n":
            del self._buffer[: end + 4]
            self.complete = True
        elif (blank := self._buffer.find(b"\r\n\r\n", end + 2)) >= 0:
            del self._buffer[: blank + 4]
            self.complete = True


def _status(line: str) -> int:
    version, _, rest = line.partition(" ")
    code = rest[:3]
    if not version.startswith("HTTP/1.") or not code.isdecimal():
        raise ProtocolViolation(f"not an HTTP response: {line[:40]!r}")
    return int(code)


def _chunk_size(field: bytearray) -> int:
    try:
        return int(field.split(b";")[0], 16)
    except ValueError as error:
        raise ProtocolViolation(f"bad chunk size {bytes(field[:20])!r}") from error
