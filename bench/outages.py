"""What happens to the first of three servers, one for each region, and when it really did."""

import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from bench.zone import Zone, resolving
from harness.lab.network.packets import can_drop

PORT = 28090
# The population, where it sends from, and the server of its region.
REGIONS = {
    "NA": ("127.251.110.1", "127.251.10.1"),
    "EU": ("127.251.120.1", "127.251.20.1"),
    "AP": ("127.251.130.1", "127.251.30.1"),
}
STRUCK = "NA"
NOBODY = "127.251.40.1"
KINDS = ("killed", "frozen", "partitioned", "withdrawn")


def possible(kind: str) -> bool:
    """Whether this user may do it: dropping packets of TCP connections needs CAP_NET_ADMIN."""
    return kind != "partitioned" or can_drop()


@dataclass(slots=True)
class Server:
    """One server process."""

    host: str
    process: "subprocess.Popen[str]" = field(init=False)

    def start(self) -> int:
        """Start it; when it began to listen, monotonic ns."""
        command = [sys.executable, "-m", "bench.bare_server", self.host, str(PORT)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        return self.said()

    def said(self) -> int:
        """The next moment that it prints."""
        assert self.process.stdout is not None
        return int(self.process.stdout.readline())

    def tell(self, number: signal.Signals) -> int:
        """Send a signal; just before that, monotonic ns."""
        at = time.monotonic_ns()
        self.process.send_signal(number)
        return at

    def stop(self) -> None:
        """End it for good."""
        self.process.kill()
        self.process.communicate()


@dataclass(slots=True)
class Stage:
    """The servers, their name server, and when the first population could not be served (monotonic ns)."""

    servers: dict[str, Server]
    zone: Zone
    resolver: str
    chance: random.Random
    outages: list[tuple[int, int]] = field(default_factory=list)

    def strike(self, kind: str, seconds: float) -> None:
        """One outage of that length, or a little longer where the end takes a while."""
        act: Callable[[Server, float], tuple[int, int]] = getattr(self, f"_{kind}")
        self.outages.append(act(self.servers[STRUCK], seconds))

    @property
    def served(self) -> bool:
        """Whether the name of the first region still leads to its server."""
        return REGIONS[STRUCK][0] not in self.zone.withdrawn

    def _killed(self, server: Server, seconds: float) -> tuple[int, int]:
        """kill -9, and a new process that listens when the time is over."""
        began = time.monotonic_ns()
        server.stop()
        time.sleep(seconds)
        return began, server.start()

    def _frozen(self, server: Server, seconds: float) -> tuple[int, int]:
        """SIGSTOP and SIGCONT: requests hang, and what waited is answered in the end."""
        began = server.tell(signal.SIGSTOP)
        time.sleep(seconds)
        return began, server.tell(signal.SIGCONT)

    def _partitioned(self, server: Server, seconds: float) -> tuple[int, int]:
        """Every packet to the server is dropped: dials and requests hang, and are lost."""
        server.tell(signal.SIGUSR1)
        began = server.said()
        time.sleep(seconds)
        server.tell(signal.SIGUSR2)
        return began, server.said()

    def _withdrawn(self, server: Server, seconds: float) -> tuple[int, int]:
        """The server stays; its name has no address for a while, or that of nobody."""
        source = REGIONS[STRUCK][0]
        began = self.zone.withdraw(source, self.chance.choice((None, NOBODY)))
        time.sleep(seconds)
        return began, self.zone.restore(source)


@contextmanager
def stage(kind: str, chance: random.Random) -> Iterator[Stage]:
    """Three regions that serve."""
    with ExitStack() as ending:
        servers = {name: Server(host) for name, (_, host) in REGIONS.items()}
        for server in servers.values():
            server.start()
            ending.callback(server.stop)
        zone = Zone(dict(REGIONS.values()), brief=REGIONS[STRUCK][0] if kind == "withdrawn" else None)
        yield Stage(servers, zone, ending.enter_context(resolving(zone)), chance)
