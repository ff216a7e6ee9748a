"""One public address at which the network listens for dials."""

import asyncio
import contextlib
import errno
import socket
from collections.abc import Callable

from harness.lab.network.packets import Instruction, attach, detach
from harness.lab.network.peers import Ends

_BACKLOG = 1024

Accept = Callable[["Door", socket.socket, tuple[str, int]], object]


class Door:
    """A listening socket before the server at the hidden port of the same address.

    With `alias` dials count as coming from the first of its addresses, not their own, and the server is at the second.
    """

    def __init__(self, address: str, port: int, alias: tuple[str, str] | None, accept: Accept) -> None:
        self.address, self.port = address, port
        self.source: str | None = alias[0] if alias else None
        self.server = alias[1] if alias else address
        self._accept = accept
        self._plug: socket.socket | None = None
        self._sock = socket.socket()
        self._sock.setblocking(False)
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._sock.bind((address, port))
        self._sock.listen(_BACKLOG)
        asyncio.get_running_loop().add_reader(self._sock, self._take)

    def filter(self, program: list[Instruction] | None) -> None:
        """Drop packets of dials inside the kernel, or none."""
        if program is None:
            detach(self._sock)
        else:
            attach(self._sock, program)

    def plug(self) -> None:
        """Without privileges: fill the backlog with a dial of our own, so that the kernel drops further ones."""
        if self._plug is None:
            asyncio.get_running_loop().remove_reader(self._sock)
            self._sock.listen(0)
            self._plug = socket.socket()
            self._plug.setblocking(False)
            self._plug.connect_ex((self.address, self.port))

    def unplug(self, alive: Callable[[Ends], bool]) -> None:
        """Take dials again; of those that waited only the ones whose client is still alive."""
        if self._plug is not None:
            ours = self._plug.getsockname()
            self._plug.close()
            self._plug = None
            self._sock.listen(_BACKLOG)
            self._take(lambda peer: peer != ours and alive((peer, (self.address, self.port))))
            asyncio.get_running_loop().add_reader(self._sock, self._take)

    def close(self) -> None:
        """Listen no more."""
        asyncio.get_running_loop().remove_reader(self._sock)
        self._sock.close()
        if self._plug is not None:
            self._plug.close()

    def _take(self, wanted: Callable[[tuple[str, int]], bool] = lambda peer: True) -> None:
        with contextlib.suppress(BlockingIOError):
            while True:
                try:
                    sock, peer = self._sock.accept()
                except OSError as error:
                    if error.errno == errno.ECONNABORTED:
                        continue
                    raise
                if wanted(peer):
                    self._accept(self, sock, peer)
                else:
                    sock.close()
