"""Who still holds his end of a connection, asked of the kernel: both ends are sockets of this machine."""

import socket
import struct
from pathlib import Path

_ESTABLISHED = "01"

Ends = tuple[tuple[str, int], tuple[str, int]]


def established() -> set[Ends]:
    """Every established TCP socket as (its own address, its peer's)."""
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    fields = (line.split(maxsplit=4) for line in lines)
    return {(_address(own), _address(peer)) for _, own, peer, state, _ in fields if state == _ESTABLISHED}


def _address(text: str) -> tuple[str, int]:
    host, port = text.split(":")
    return socket.inet_ntoa(struct.pack("=I", int(host, 16))), int(port, 16)
