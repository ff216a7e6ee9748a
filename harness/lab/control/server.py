"""The HTTP server of the AWS API: a thread a connection, kept alive, in front of the one lock."""

import logging
import socket
import threading
from typing import Any

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

log = logging.getLogger("lab.api")


class _Handler(WSGIRequestHandler):
    # Keep-alive; without Nagle, or its wait for delayed acknowledgements costs 40 ms a call.
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def handle_expect_100(self) -> bool:
        # At once, and not again by werkzeug: clients of S3 wait a second for it before they send.
        self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        self.wfile.flush()
        del self.headers["Expect"]
        return True

    def log(self, type: str, message: str, *arguments: Any) -> None:
        log.debug(message, *arguments)


def serve(application: Any, address: str, port: int) -> BaseWSGIServer:
    """Listen now, answer in threads until `shutdown()`. Raises OSError when the port is taken."""
    # werkzeug ends the process where it cannot bind, so the socket is bound here.
    with socket.create_server((address, port), backlog=128) as listener:
        server = make_server(address, port, application, True, 1, _Handler, fd=listener.fileno())
    server.daemon_threads = True  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, name="api", daemon=True).start()
    return server
