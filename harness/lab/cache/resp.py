"""The protocol of Redis and Valkey, as far as a storefront needs it: commands of strings, and what comes back."""

import asyncio
from collections.abc import Sequence
from typing import Self

Reply = str | int | list["Reply"] | None


class Refused(Exception):
    """The server answered with an error, such as READONLY of a replica."""


class Session:
    """One connection. Every call raises OSError when the connection breaks, Refused when the server refuses."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def open(cls, address: str, port: int, source: str | None = None) -> Self:
        """Dial a server, from an address of one's own if given."""
        return cls(*await asyncio.open_connection(address, port, local_addr=(source, 0) if source else None))

    @property
    def broken(self) -> bool:
        """Whether the server is known to have closed."""
        return self._reader.at_eof() or self._writer.is_closing()

    async def ask(self, *words: str) -> Reply:
        """The answer to a command."""
        (reply,) = await self.ask_all([words])
        return reply

    async def ask_all(self, commands: Sequence[tuple[str, ...]]) -> list[Reply]:
        """The answers to commands that are sent together, in one round trip."""
        self._writer.write(b"".join(map(_encoded, commands)))
        await self._writer.drain()
        return [await self._read() for _ in commands]

    def close(self) -> None:
        """Close at once."""
        self._writer.transport.abort()

    async def _read(self) -> Reply:
        line = (await self._reader.readline()).decode()
        if not line.endswith("\r\n"):
            raise ConnectionError("the server closed")
        kind, rest = line[0], line[1:-2]
        match kind:
            case "+":
                return rest
            case ":":
                return int(rest)
            case "-":
                raise Refused(rest)
            case "$":
                return None if rest == "-1" else (await self._exactly(int(rest))).decode()
            case "*":
                return None if rest == "-1" else [await self._read() for _ in range(int(rest))]
        raise ConnectionError(f"not an answer: {line!r}")

    async def _exactly(self, count: int) -> bytes:
        try:
            return (await self._reader.readexactly(count + 2))[:-2]
        except asyncio.IncompleteReadError as error:
            raise ConnectionError("the server closed") from error


def _encoded(words: tuple[str, ...]) -> bytes:
    parts = [word.encode() for word in words]
    return b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts)
