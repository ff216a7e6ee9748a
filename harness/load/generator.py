"""How Locust is started, as whoever runs a drill asks for it: with its web UI, and with workers of other machines."""

import os
import socket
from dataclasses import dataclass, field
from typing import Self

from harness.errors import ConfigError

UI = "DRILL_UI"
EXPECT_WORKERS = "DRILL_EXPECT_WORKERS"
BIND = "DRILL_LOAD_BIND"
LOOPBACK = "127.0.0.1"
LOCUST_PORT = 5557
WAIT_FOR_WORKERS = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A host and a port."""

    host: str = LOOPBACK
    port: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Generator:
    """`ui` is where the web UI listens, None without one. With `expect_workers` above 0 Locust is a master that binds
    at `bind` and waits for so many workers, for at most `wait_for_workers` seconds."""

    ui: Address | None = None
    expect_workers: int = 0
    bind: Address = field(default_factory=lambda: Address(port=LOCUST_PORT))
    wait_for_workers: float = WAIT_FOR_WORKERS

    @classmethod
    def asked_for(cls) -> Self:
        """What `drill run` and pytest options left in the environment. Raises ConfigError."""
        wrong = []
        expected = os.environ.get(EXPECT_WORKERS, "0")
        if not expected.isdecimal():
            wrong.append(f"{EXPECT_WORKERS}: {expected!r} is no number of workers")
        host, _, port = os.environ.get(BIND, "").rpartition(":") if BIND in os.environ else (LOOPBACK, "", "5557")
        if not (host and port.isdecimal() and 0 < int(port) < 65536):
            wrong.append(f"{BIND}: write an address and a port, such as 10.0.0.5:{LOCUST_PORT}")
        if wrong:
            raise ConfigError(wrong)
        ui = Address(port=free_port()) if os.environ.get(UI) else None
        return cls(ui=ui, expect_workers=int(expected), bind=Address(host=host, port=int(port)))


ALONE = Generator()


def free_port() -> int:
    """A port of loopback that nobody listens on at this moment."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as sock:
        sock.bind((LOOPBACK, 0))
        return int(sock.getsockname()[1])
