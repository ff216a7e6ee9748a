"""TLS without sockets: bytes in, bytes out."""

import ssl
from typing import Any


class Secrecy:
    """The client's end of one TLS session."""

    def __init__(self, context: ssl.SSLContext, host: str) -> None:
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._session: Any = context.wrap_bio(self._incoming, self._outgoing, server_hostname=host)

    def shake(self, received: bytes) -> tuple[bytes, bool]:
        """Take a part of the handshake: what to send, and whether it is done. Raises ssl.SSLError."""
        self._incoming.write(received)
        try:
            self._session.do_handshake()
        except ssl.SSLWantReadError:
            return self._outgoing.read(), False
        return self._outgoing.read(), True

    def sealed(self, data: bytes) -> bytes:
        """What to send instead."""
        self._session.write(data)
        return self._outgoing.read()

    def opened(self, received: bytes) -> bytes:
        """What was meant; nothing when it was the session's own affair. Raises ssl.SSLError."""
        self._incoming.write(received)
        parts = []
        try:
            while part := self._session.read(1 << 16):
                parts.append(part)
        except ssl.SSLWantReadError:
            pass
        return b"".join(parts)
