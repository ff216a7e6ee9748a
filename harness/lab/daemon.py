"""The process of a lab: `python -m harness.lab.daemon --slot N --directory DIR --recipe FILE-or-JSON`.

It prints what it is doing, line by line, then `ready`, or `failed: ...` and ends with status 1. It ends on SIGTERM or
SIGINT, or when the pipe `--parent-pipe-fd` reaches its end, and then removes its directory unless told to keep it.
"""

import argparse
import asyncio
import contextlib
import logging
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.lab.addresses import BALANCER_PORT, DNS_PORT, Addresses
from harness.lab.launcher import FAILED, lock_path, runtime
from harness.lab.plane import DataPlane
from harness.lab.recipe import Recipe
from harness.lab.truth import Truth

if TYPE_CHECKING:
    from harness.lab.control.plane import ControlPlane

log = logging.getLogger("lab")

BOOT_DEADLINE = 30.0  # real seconds
_LOOK = 0.02

MakePlane = Callable[[Recipe, int, Path, Truth], DataPlane]


class NotReady(Exception):
    """The lab did not become healthy end to end in time."""


class Lost(Exception):
    """A part without which there is no lab ended by itself."""


class Daemon:
    """One lab, brought up and taken down in the running loop."""

    def __init__(self, recipe: Recipe, slot: int, directory: Path, make_plane: MakePlane = DataPlane) -> None:
        self.recipe, self.directory, self.addresses = recipe, directory, Addresses(slot)
        self.truth = Truth(directory / "truth.jsonl")
        self.plane = make_plane(recipe, slot, directory, self.truth)
        self.control: ControlPlane | None = None

    async def up(self, say: Callable[[str], None] = lambda line: None) -> None:
        """Start both planes and wait until every region is healthy end to end.

        Raises DataPlaneError, NotReady, or OSError when an address is taken.
        """
        began = time.monotonic()
        # Importing moto takes as long as starting the data plane, so they share the two cores.
        loop = asyncio.get_running_loop()
        say("starting network, databases and balancers; loading the control plane")
        control = loop.run_in_executor(None, self._load, loop)
        try:
            await self.plane.start()
        finally:
            self.control = await control
        say(f"data plane is up after {time.monotonic() - began:.2f} s; launching instances")
        await self.control.start()
        say(f"instances listen after {time.monotonic() - began:.2f} s; waiting for health")
        await self._healthy()
        self.control.watch()
        self._describe()
        self.truth.write("ready", seconds=time.monotonic() - began)
        say(f"healthy after {time.monotonic() - began:.2f} s")

    async def until_lost(self) -> None:
        """Raises Lost once a part of the lab ended by itself: what is left would look like a stack that fails."""
        lost = await self.plane.until_lost()
        self.truth.write("lost", because=lost)
        raise Lost(lost)

    def _load(self, loop: asyncio.AbstractEventLoop) -> "ControlPlane":
        from harness.lab import descriptor  # noqa: F401  (so that it need not be loaded when all waits for it)
        from harness.lab.control.lab import Lab
        from harness.lab.control.plane import ControlPlane

        lab = Lab(recipe=self.recipe, addresses=self.addresses, plane=self.plane, truth=self.truth, loop=loop)
        return ControlPlane(lab)

    def _describe(self) -> None:
        from harness.lab import descriptor

        assert self.control is not None
        descriptor.write(self.directory / "stack.yaml", self.control.lab, self.control.deployed)

    async def down(self) -> None:
        """Stop everything."""
        await asyncio.gather(self.plane.stop(), *([self.control.close()] if self.control is not None else []))
        self.truth.close()

    async def _healthy(self) -> None:
        """Wait until every target is healthy, every replica streams and every region answers as clients see it."""
        waiting = ""
        try:
            async with asyncio.timeout(BOOT_DEADLINE):
                while waiting := await self._missing():
                    await asyncio.sleep(_LOOK)
        except TimeoutError:
            raise NotReady(f"not healthy after {BOOT_DEADLINE:g} s: {waiting}") from None

    async def _missing(self) -> str:
        assert self.control is not None
        for missing in (self.control.capacity.missing, self.control.tasks.missing):
            if waiting := next(filter(None, map(missing, self.recipe.regions)), ""):
                return waiting
        replicas = [identifier for identifier, s in self.plane.databases().items() if s.role == "replica"]
        problems = await asyncio.gather(*map(self._streams, replicas), *map(self._answers, self.recipe.regions))
        return next(filter(None, problems), "")

    async def _streams(self, replica: str) -> str:
        return "" if await self.plane.replica_lag(replica) is not None else f"{replica} does not stream"

    async def _answers(self, region: str) -> str:
        """What keeps a region from answering /health at the address that the lab's DNS gives for its balancer."""
        from harness.lab.control.zones import balancer_name

        try:
            async with asyncio.timeout(1):
                address = await resolve(balancer_name(region), self.addresses)
                status = await get(address, BALANCER_PORT, "/health", self.addresses.everybody_else)
        except (OSError, TimeoutError) as error:
            return f"{region} does not answer: {error!r}"
        return "" if status == 200 else f"{region} answers /health with {status}"


async def resolve(name: str, addresses: Addresses) -> str:
    """Ask the lab's DNS for the address of a name. Raises OSError when there is none."""
    from dnslib import DNSRecord

    loop, reply = asyncio.get_running_loop(), asyncio.get_running_loop().create_future()

    class Client(asyncio.DatagramProtocol):
        def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
            if not reply.done():
                reply.set_result(data)

    transport, _ = await loop.create_datagram_endpoint(
        Client, local_addr=(addresses.everybody_else, 0), remote_addr=(addresses.dns, DNS_PORT)
    )
    with contextlib.closing(transport):
        transport.sendto(DNSRecord.question(name).pack())
        answers = DNSRecord.parse(await reply).rr
    if not answers:
        raise OSError(f"{name} has no address")
    return str(answers[-1].rdata)


async def get(address: str, port: int, path: str, source: str) -> int:
    """The status of a GET. Raises OSError when the connection fails or is closed without an answer."""
    reader, writer = await asyncio.open_connection(address, port, local_addr=(source, 0))
    with contextlib.closing(writer):
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n".encode())
        words = (await reader.readline()).split()
    if len(words) < 2:
        raise ConnectionError("no answer")
    return int(words[1])


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m harness.lab.daemon", description="Run one lab until told to end.")
    parser.add_argument("--slot", type=int, required=True)
    parser.add_argument("--directory", type=Path, required=True)
    parser.add_argument("--recipe", default="{}", help="a YAML or JSON file, or JSON itself")
    parser.add_argument("--parent-pipe-fd", type=int, help="end when this pipe does")
    parser.add_argument("--keep", action="store_true", help="keep the directory, with logs and truth")
    return parser.parse_args(argv)


def _recipe(text: str) -> Recipe:
    if text.lstrip().startswith("{"):
        return Recipe.model_validate_json(text)
    import yaml

    return Recipe.model_validate(yaml.safe_load(Path(text).read_text(encoding="utf-8")) or {})


def _ending(pipe: int | None) -> asyncio.Event:
    """Set on a signal, or at the end of the parent's pipe."""
    loop, end = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, end.set)
    if pipe is not None:

        def readable() -> None:
            if not os.read(pipe, 64):
                loop.remove_reader(pipe)
                end.set()

        loop.add_reader(pipe, readable)
    return end


async def _run(arguments: argparse.Namespace) -> int:
    end, directory = _ending(arguments.parent_pipe_fd), arguments.directory
    (directory / "pid").write_text(str(os.getpid()), encoding="utf-8")
    daemon = Daemon(_recipe(arguments.recipe), arguments.slot, directory)
    try:
        await _unless(end, daemon.up(_say))
        if not end.is_set():
            _say("ready")
            _detach_output()
            await _unless(end, daemon.until_lost())
    except Exception as error:
        log.exception("the lab failed")
        _say(f"{FAILED}{error or repr(error)}")
        return 1
    finally:
        await daemon.down()
    return 0


async def _unless(end: asyncio.Event, work: Coroutine[Any, Any, None]) -> None:
    """Do some work; give it up when told to end. Raises what it raises."""
    doing, told = asyncio.create_task(work), asyncio.create_task(end.wait())
    try:
        await asyncio.wait((doing, told), return_when=asyncio.FIRST_COMPLETED)
        if doing.done():
            doing.result()
    finally:
        doing.cancel()
        told.cancel()
        await asyncio.gather(doing, told, return_exceptions=True)


def _say(line: str) -> None:
    log.info(line)
    with contextlib.suppress(BrokenPipeError):
        print(line, flush=True)


def _detach_output() -> None:
    """Stop writing to the launcher, who may be gone from now on."""
    sink = os.open(os.devnull, os.O_WRONLY)
    os.dup2(sink, sys.stdout.fileno())
    os.close(sink)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one lab; the exit status is 0 when it was told to end."""
    arguments = _arguments(argv)
    arguments.directory.mkdir(parents=True, exist_ok=True)
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s.%(msecs)03d %(name)s %(message)s")
    # API threads hold the interpreter for short turns only, so that DNS answers and timers stay punctual.
    sys.setswitchinterval(0.0005)
    status = asyncio.run(_run(arguments))
    if status == 0 and not arguments.keep:
        shutil.rmtree(arguments.directory, ignore_errors=True)
        if arguments.directory == runtime() / f"slot-{arguments.slot}":
            lock_path(arguments.slot).unlink(missing_ok=True)
    return status


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    # Threads that wait on idle connections must not hold up the end.
    os._exit(code)
