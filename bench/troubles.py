"""Servers in trouble, what they really did, and the exact figures that follow from it for uniform arrivals."""

import json
import math
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

HOST, PORT = "127.251.20.1", 28091
URL = f"http://{HOST}:{PORT}"
SLICE = 1e-4  # a stall is cut into due times that lie so far apart, seconds

Spans = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What goes wrong in every `period`; real seconds, `delays` as (milliseconds, share)."""

    period: float
    stalls: Spans = ()
    refusals: Spans = ()
    delays: tuple[tuple[float, float], ...] = ()
    rate: float = 100.0


def plans(seconds: float) -> dict[str, Plan]:
    """The servers, for about so many seconds of load. Trouble is never at the edge of a period."""
    third = seconds / 3
    return {
        "stalls 2 s in 10": Plan(period=10, stalls=((4, 6),)),
        "refuses 1/6 of the time": Plan(period=third, refusals=((0.4 * third, 0.4 * third + third / 6),), rate=200),
        "5 ms, one in ten 60 ms": Plan(period=third, delays=((5, 0.9), (60, 0.1))),
        "stalls 6 %, refuses 4 %": Plan(
            period=seconds,
            stalls=((0.3 * seconds, 0.36 * seconds),),
            refusals=((0.6 * seconds, 0.64 * seconds),),
        ),
    }


@dataclass(slots=True)
class Server:
    """A server that runs; its log can be read when it is over."""

    log: Path
    process: "subprocess.Popen[str]" = field(repr=False)

    def truth(self, since: float = 0.0, until: float = math.inf) -> "Truth":
        """What it did between two moments, seconds after its first request."""
        told = json.loads(self.log.read_text())
        origin = told["origin"]

        def cut(kind: str) -> Spans:
            spans = (((b - origin) / 1e9, (e - origin) / 1e9) for name, b, e in told["spans"] if name == kind)
            return tuple((max(b, since), min(e, until)) for b, e in spans if b < until and e > since)

        stalls = cut("stall")
        served = (((asked - origin) / 1e9, (done - asked) / 1e9) for asked, done in told["served"])
        calm = [took for at, took in served if since <= at < until and not any(b <= at < e for b, e in stalls)]
        return Truth(span=until - since, stalls=stalls, refusals=cut("refusal"), calm=tuple(calm))

    @property
    def origin(self) -> int:
        """When the first request came, monotonic ns."""
        return int(json.loads(self.log.read_text())["origin"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """Exact figures for arrivals that are due evenly over `span` seconds, from the server's log alone."""

    span: float
    stalls: Spans
    refusals: Spans
    calm: tuple[float, ...]

    @property
    def refused(self) -> float:
        """Seconds in which nobody listened."""
        return sum(e - b for b, e in self.refusals)

    @property
    def availability(self) -> float:
        """Percent of the arrivals that found somebody."""
        return 100 * (1 - self.refused / self.span)

    def percentile(self, percent: float) -> float:
        """Latency in ms; infinite where more arrivals than lie above it found nobody."""
        weighed = sorted(self._weighed())
        wanted, gathered = percent / 100 * sum(weight for _, weight in weighed), 0.0
        for value, weight in weighed:
            gathered += weight
            if gathered >= wanted:
                return value * 1e3
        return math.inf

    def _weighed(self) -> Iterator[tuple[float, float]]:
        """(latency, seconds of due times that have it)."""
        for begin, end in self.stalls:
            slices = math.ceil((end - begin) / SLICE)
            each = (end - begin) / slices
            yield from (((n + 0.5) * each, each) for n in range(slices))
        stalled = sum(e - b for b, e in self.stalls)
        share = (self.span - stalled - self.refused) / len(self.calm)
        yield from ((took, share) for took in self.calm)
        yield math.inf, self.refused


@contextmanager
def serving(plan: Plan, folder: Path) -> Iterator[Server]:
    """A server that listens; it writes its log when the block is left."""
    log = folder / "server.json"
    command = [sys.executable, "-m", "bench.troubled_server", HOST, str(PORT), str(log), json.dumps(asdict(plan))]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        if process.stdout.readline() != "listening\n":
            raise OSError(f"the server does not listen on {HOST}:{PORT}")
        yield Server(log, process)
    finally:
        process.terminate()
        process.communicate()
