"""What a request costs the lab: CPU of balancer, network and instances a request, and how many a second it takes.

Closed loop over keep-alive connections, `--connections` at a time, through the whole lab: client, network, balancer,
network, instance, network, database. With `--path /health` the database is asked but one statement. Prints a markdown
table; --json writes the same.
"""

import argparse
import asyncio
import json
import os
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import uvloop

from bench.table import table
from harness.lab import launcher
from harness.lab.addresses import BALANCER_PORT, FIRST_SLOT, Addresses

_TICK = os.sysconf("SC_CLK_TCK")
_HEAD_END = b"\r\n\r\n"


class Client(asyncio.Protocol):
    """One connection: asks, reads the answer, asks again. Reads Content-Length only."""

    def __init__(self, request: bytes, latencies: list[float], statuses: dict[bytes, int]) -> None:
        self.request, self.latencies, self.statuses = request, latencies, statuses
        self.buffer = b""
        self.began = 0.0
        self.lost = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        """Ask for the first time."""
        self.transport = transport
        self._ask()

    def data_received(self, data: bytes) -> None:
        """Ask again when the answer is whole."""
        self.buffer += data
        end = self.buffer.find(_HEAD_END)
        if end < 0:
            return
        head = self.buffer[:end]
        length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n", 1)[0])
        if len(self.buffer) < end + 4 + length:
            return
        self.latencies.append(time.perf_counter() - self.began)
        self.statuses[head.split(b" ", 2)[1]] += 1
        self.buffer = b""
        self._ask()

    def connection_lost(self, exc: Exception | None) -> None:
        """Say that it is over."""
        if not self.lost.done():
            self.lost.set_result(None)

    def _ask(self) -> None:
        self.began = time.perf_counter()
        self.transport.write(self.request)


def cpu(pid: int) -> float:
    """Seconds of CPU that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICK


def family(root: int) -> dict[int, str]:
    """The processes below a process, itself too: pid -> name."""
    parents: dict[int, list[int]] = defaultdict(list)
    names: dict[int, str] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            pid, _, rest = path.read_text().partition(" (")
        except OSError:
            continue
        name, _, fields = rest.rpartition(") ")
        parents[int(fields.split()[1])].append(int(pid))
        names[int(pid)] = name
    found, waiting = {}, [root]
    while waiting:
        pid = waiting.pop()
        found[pid] = names.get(pid, "?")
        waiting += parents[pid]
    return found


def part_of(name: str) -> str:
    """balancer, network, instance, database, or daemon."""
    for part, known in {"balancer": "balancer", "network": "network", "i-": "instance", "postgres": "database"}.items():
        if name.startswith(part):
            return known
    return "daemon"


async def drive(where: Addresses, region: str, path: str, connections: int, seconds: float) -> dict[str, Any]:
    """Ask for so long; returns the latencies and how many of each status."""
    loop = asyncio.get_running_loop()
    latencies, statuses = list[float](), defaultdict[bytes, int](int)
    host, source = where.load_balancer(region), where.population("NA")
    request = f"GET {path} HTTP/1.1\r\nHost: shop\r\nUser-Agent: bench\r\nAccept: */*\r\n\r\n".encode()
    clients = [
        (await loop.create_connection(lambda: Client(request, latencies, statuses), host, BALANCER_PORT,
                                      local_addr=(source, 0)))[0]
        for _ in range(connections)
    ]  # fmt: skip
    await asyncio.sleep(1)  # everything is open and warm
    latencies.clear()
    statuses.clear()
    began = time.perf_counter()
    await asyncio.sleep(seconds)
    spent = time.perf_counter() - began
    found = {"latencies": sorted(latencies), "statuses": dict(statuses), "seconds": spent}
    for client in clients:
        client.abort()
    return found


def run(args: argparse.Namespace, connections: int) -> dict[str, Any]:
    """One row: a lab of its own, driven by so many connections."""
    recipe = {
        "regions": ["us-east-1"],
        "instances_per_region": args.instances,
        "sticky": not args.free,
        "alarm_period": 60,
    }
    with launcher.start(recipe, args.slot) as lab:
        where, names = Addresses(lab.slot), family(lab.pid)
        before = {pid: cpu(pid) for pid in names}
        found = uvloop.run(drive(where, "us-east-1", args.path, connections, args.seconds))
        used: dict[str, float] = defaultdict(float)
        for pid, name in names.items():
            if Path(f"/proc/{pid}").exists():
                used[part_of(name)] += cpu(pid) - before[pid]
    latencies, count = found["latencies"], len(found["latencies"])
    all_of_them = count / found["seconds"] * (found["seconds"] + 1)  # the warm second costs too
    row: dict[str, Any] = {"path": args.path, "connections": connections, "requests/s": count / found["seconds"]}
    row |= {
        f"{part} µs": used[part] / all_of_them * 1e6
        for part in ("balancer", "network", "instance", "database", "daemon")
    }
    row |= {"p50 ms": latencies[count // 2] * 1e3, "p99 ms": latencies[int(count * 0.99)] * 1e3}
    others = {status.decode(): n for status, n in found["statuses"].items() if status != b"200"}
    row |= {"not 200": ", ".join(f"{n} times {status}" for status, n in sorted(others.items())) or 0}
    return row


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--connections", type=int, nargs="+", default=[8, 32])
    parser.add_argument("--instances", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--path", default="/catalogue")
    parser.add_argument("--slot", type=int, default=FIRST_SLOT + 110)
    parser.add_argument("--free", action="store_true", help="without sticky sessions")
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    rows = [run(args, connections) for connections in args.connections]
    print("\n".join(table(rows)))
    if args.json:
        args.json.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
