"""Heads of answers: parsed once, and known again by their bytes. A server's heads hardly differ within a second."""

from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie

from harness.probes.http import Response

MOST = 4096
Cookies = tuple[tuple[str, str | None], ...]


@dataclass(frozen=True, slots=True)
class Head:
    """What a client needs of a head. `length` is that of the body, None where it is framed otherwise.

    `cookies` are set, those with None taken away; `keeps` says that the connection may carry another request.
    """

    status: int
    region: str | None
    instance: str | None
    cookies: Cookies
    encoding: str
    length: int | None
    keeps: bool


class Heads:
    """The heads that were seen."""

    def __init__(self) -> None:
        self._known: dict[bytes, Head] = {}
        self.get = self._known.get

    def learn(self, response: Response, first: bytes) -> Head:
        """The head of a response; its bytes are known from now on, where `first`, which came first, holds them all."""
        head = head_of(response)
        end = first.find(b"\r\n\r\n") + 4
        if head.length is not None and end >= 4 and first[9:12] == str(head.status).encode():  # and is no interim one
            if len(self._known) >= MOST:
                self._known.clear()
            self._known[first[:end]] = head
        return head


def head_of(response: Response) -> Head:
    """The head of a complete response."""
    assert response.status is not None
    return Head(
        status=response.status,
        region=response.region,
        instance=response.instance,
        cookies=tuple(pair for text in response.cookies for pair in cookie_pairs(text)),
        encoding=response.headers.get("content-encoding", "").lower(),
        length=response.length,
        keeps=response.reusable,
    )


def cookie_pairs(text: str) -> Cookies:
    """What one Set-Cookie header sets; nothing when it is malformed."""
    try:
        parsed = SimpleCookie(text)
    except CookieError:
        return ()
    return tuple((name, None if m["max-age"] == "0" else m.coded_value) for name, m in parsed.items())
