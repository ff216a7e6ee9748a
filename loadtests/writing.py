"""Writing requests: what is the same in all of them is written once."""

from typing import Any

import msgspec

from harness.probes.http import Url

MOST = 4096
ENCODE = msgspec.json.Encoder().encode


class Requests:
    """Requests to one entry, as bytes."""

    def __init__(self, url: Url) -> None:
        self._url = url
        self._rest = f"Host: {url.authority}\r\nUser-Agent: drill\r\nAccept: */*\r\nAccept-Encoding: gzip, deflate\r\n"
        self._known: dict[tuple[str, str], bytes] = {}

    def written(self, method: str, path: str, cookies: bytes, body: Any = None) -> bytes:
        """A whole request; `cookies` is a header line or nothing, `body` is sent as JSON."""
        head = self._known.get((method, path)) or self._head(method, path)
        if body is None:
            return head + cookies + b"\r\n"
        payload = ENCODE(body)
        return b"%s%sContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (
            head,
            cookies,
            len(payload),
            payload,
        )

    def _head(self, method: str, path: str) -> bytes:
        if len(self._known) >= MOST:
            self._known.clear()
        made = f"{method} {self._url.path}{path} HTTP/1.1\r\n{self._rest}".encode("latin-1")
        self._known[method, path] = made
        return made
