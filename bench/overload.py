"""Whether a region that was overloaded comes back by itself when the load falls to a tenth: `python -m bench.overload`.

The storefront of scenarios/stacks/storefront-black-friday.yaml, one region that must not grow, is asked through its
balancer by clients that give up after five seconds. Arrivals are Poisson; latency counts from when a request was due.
"""

import argparse
import asyncio
import json
import random
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import yaml

from bench.table import table
from harness.lab import launcher

STACK = Path(__file__).parent.parent / "scenarios/stacks/storefront-black-friday.yaml"
US = "us-east-1"
PATIENCE_S, QUIET_S, CALM_S = 5.0, 5.0, 10.0
LONGEST_S = 2.0  # that the region may take to come back
QUICK_MS = 250.0


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: when it was due and how long it took (seconds), and its status; 0: its client gave up."""

    due: float
    seconds: float
    status: int


async def load(url: str, rate: float, span: float, *, new_connections: bool) -> list[Asked]:
    """Poisson arrivals for a time; returns when each was answered or given up."""
    chance, found, tasks = random.Random(rate), list[Asked](), set[asyncio.Task[None]]()
    connector = aiohttp.TCPConnector(limit=0, force_close=new_connections)

    async def ask(session: aiohttp.ClientSession, due: float) -> None:
        try:
            async with session.get(f"{url}/catalogue") as answer:
                await answer.read()
                status = answer.status
        except (aiohttp.ClientError, TimeoutError):
            status = 0
        found.append(Asked(due, time.monotonic() - due, status))

    timeout, began = aiohttp.ClientTimeout(total=PATIENCE_S), time.monotonic()
    async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
        due = began
        while (due := due + chance.expovariate(rate)) < began + span:
            await asyncio.sleep(due - time.monotonic())
            task = asyncio.create_task(ask(session, due))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
        await asyncio.gather(*tasks)
    return sorted(found, key=lambda one: one.due)


async def fall(url: str, low: float, high: float, span: float, *, new_connections: bool) -> list[list[Asked]]:
    """Quiet, too much, and from the moment that this ends quiet again, whoever still waits."""
    before = await load(url, low, QUIET_S, new_connections=new_connections)
    crowd = asyncio.create_task(load(url, high, span, new_connections=new_connections))
    await asyncio.sleep(span)
    after = await load(url, low, CALM_S, new_connections=new_connections)
    return [before, await crowd, after]


def back_after(asked: list[Asked]) -> float:
    """Seconds from the first request to the first one after which none is slow or fails."""
    bad = [one.due for one in asked if one.status != 200 or 1000 * one.seconds > QUICK_MS]
    return max(bad) - asked[0].due if bad else 0.0


def row(name: str, asked: list[Asked], span: float) -> dict[str, Any]:
    """One line of the table."""
    times = sorted(1000 * one.seconds for one in asked if one.status == 200) or [0.0]
    return {
        "phase": name,
        "asked / s": len(asked) / span,
        "200 / s": sum(one.status == 200 for one in asked) / span,
        "503 / s": sum(one.status == 503 for one in asked) / span,
        "other / s": sum(one.status not in (0, 200, 503) for one in asked) / span,
        "gave up / s": sum(one.status == 0 for one in asked) / span,
        "P50 ms": times[len(times) // 2],
        "P95 ms": times[int(len(times) * 0.95)],
    }


def measure(recipe: dict[str, Any], times: float, span: float, *, new_connections: bool) -> tuple[list[Any], float]:
    """The rows of one fall from `times` the capacity to a tenth of that, and when the region was back."""
    capacity = recipe["instances_per_region"] * 1000 / recipe["instance"]["cpu_ms"]
    low, high = times * capacity / 10, times * capacity
    with launcher.start(recipe) as lab:
        url = yaml.safe_load(lab.descriptor.read_text())["regions"][US]["url"]
        phases = asyncio.run(fall(url, low, high, span, new_connections=new_connections))
    name = f"{times:g} times, {'new' if new_connections else 'kept'} connections"
    spans = (QUIET_S, span, CALM_S)
    rows = [
        row(f"{name}: {phase}", asked, length)
        for phase, asked, length in zip(("before", "overload", "after"), phases, spans, strict=True)
    ]
    return rows, back_after(phases[2])


def main(argv: list[str] | None = None) -> int:
    """Print the table; exit code 1 when the region did not come back within two seconds."""
    parser = argparse.ArgumentParser(prog="python -m bench.overload", description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=float, nargs="*", default=[2.0, 4.0], help="of the capacity")
    parser.add_argument("--span", type=float, default=12.0, help="seconds of overload")
    parser.add_argument("--queue", type=int, help="another queue than the stack's")
    parser.add_argument("--json", type=Path, help="write the rows here, too")
    options = parser.parse_args(argv)
    recipe = {**yaml.safe_load(STACK.read_text())["lab"], "regions": [US]}
    del recipe["scaling"]
    if options.queue is not None:
        recipe["instance"]["queue"] = options.queue
    rows, back = list[Any](), list[float]()
    for times in options.times:
        for new_connections in (False, True):
            some, after = measure(recipe, times, options.span, new_connections=new_connections)
            rows += some
            back.append(after)
    print(*table(rows), "", f"back after {', '.join(f'{seconds:.1f}' for seconds in back)} s", sep="\n")
    if options.json:
        options.json.write_text(json.dumps({"rows": rows, "back_after_s": back}, indent=1), encoding="utf-8")
    return 0 if max(back) <= LONGEST_S else 1


if __name__ == "__main__":
    sys.exit(main())
