"""What an instance of finite capacity does under load, and what a request costs: `python -m bench.capacity`.

A lab with one instance is asked straight, not through its balancer. Arrivals are Poisson, whatever the instance does;
latency counts from when a request was due. Beside the mean stands what queueing theory says of one server with a
constant service time (M/D/1), which is what the instance should be.
"""

import argparse
import asyncio
import json
import random
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import boto3
import psutil
import yaml

from bench.table import table
from harness.lab import launcher, truth
from harness.lab.addresses import HIDDEN, INSTANCE_PORT

US = "us-east-1"
CPU_MS, QUEUE = 10.0, 50
LOADS = (0.25, 0.5, 0.75, 0.9, 1.2, 2.0)  # of what the CPU can do
SPAN = 8.0  # real seconds of load
REQUESTS = 1500  # of each path, for what it costs
PATHS = {
    "GET /health": ("GET", "/health", None),
    "GET /catalogue": ("GET", "/catalogue", None),
    "GET /search": ("GET", "/search?q=le", None),
    "POST /cart": ("POST", "/cart", {"sku": "SKU-01"}),
    "POST /orders": ("POST", "/orders", {"id": "bench", "sku": "SKU-01"}),
}


@contextmanager
def instance(**recipe: Any) -> Iterator[tuple[launcher.Lab, str]]:
    """A lab with one instance, and its URL."""
    with launcher.start({"regions": [US], "instances_per_region": 1, **recipe}) as lab:
        (started,) = (e for e in truth.events(lab.directory) if e["kind"] == "instance_started")
        yield lab, f"http://{started['address']}:{INSTANCE_PORT + HIDDEN}"


async def load(url: str, rate: float, span: float) -> list[tuple[int, float]]:
    """Poisson arrivals for a time; status and milliseconds of each since it was due."""
    chance, answers, asked = random.Random(rate), [], []

    async def ask(session: aiohttp.ClientSession, due: float) -> None:
        async with session.get(f"{url}/catalogue") as answer:
            await answer.read()
            answers.append((answer.status, 1000 * (time.monotonic() - due)))

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        due = end = time.monotonic()
        end += span
        while (due := due + chance.expovariate(rate)) < end:
            await asyncio.sleep(due - time.monotonic())
            asked.append(asyncio.create_task(ask(session, due)))
        await asyncio.gather(*asked)
    return answers


def loaded(lab: launcher.Lab, url: str, part: float) -> dict[str, Any]:
    """One row: a load, and what came of it."""
    rate, began = part * 1000 / CPU_MS, time.time()
    answers = asyncio.run(load(url, rate, SPAN))
    times = sorted(ms for status, ms in answers if status == 200)
    asked = len(answers) / SPAN
    rho = asked * CPU_MS / 1000
    return {
        "asked / s": asked,
        "served / s": len(times) / max(SPAN, time.time() - began),
        "503 / s": (len(answers) - len(times)) / SPAN,
        "mean ms": statistics.mean(times),
        "M/D/1 mean ms": CPU_MS * (1 + rho / (2 * (1 - rho))) if rho < 1 else None,
        "P50 ms": times[len(times) // 2],
        "P95 ms": times[int(len(times) * 0.95)],
        "CPUUtilization %": utilization(lab, began + 1, began + SPAN),
    }


def utilization(lab: launcher.Lab, since: float, until: float) -> float:
    """The average that CloudWatch of the lab tells."""
    stack = yaml.safe_load(lab.descriptor.read_text())
    cloudwatch = boto3.client(
        "cloudwatch",
        region_name=US,
        endpoint_url=stack["endpoint_url"],
        aws_access_key_id="any",
        aws_secret_access_key="key",
    )
    points = cloudwatch.get_metric_statistics(
        Namespace="AWS/EC2",
        MetricName="CPUUtilization",
        Dimensions=[{"Name": "AutoScalingGroupName", "Value": stack["regions"][US]["auto_scaling_group"]}],
        StartTime=datetime.fromtimestamp(since, UTC),
        EndTime=datetime.fromtimestamp(until, UTC),
        Period=10,
        Statistics=["Average"],
    )["Datapoints"]
    return statistics.mean(point["Average"] for point in points)


async def ask_many(url: str, method: str, path: str, body: Any) -> None:
    """One after the other over one connection."""
    async with aiohttp.ClientSession() as session:
        for _ in range(REQUESTS):
            async with session.request(method, url + path, json=body) as answer:
                await answer.read()
                assert answer.status < 300, answer.status


def process(url: str) -> psutil.Process:
    """The process of the instance."""
    host = urlsplit(url).hostname
    for found in psutil.net_connections("inet4"):
        if found.status == psutil.CONN_LISTEN and found.laddr == (host, INSTANCE_PORT + HIDDEN):
            return psutil.Process(found.pid)
    raise LookupError(url)


def cost(url: str, name: str) -> dict[str, Any]:
    """One row: what a request costs the process of the instance."""
    running = process(url)
    asyncio.run(ask_many(url, *PATHS[name]))
    before, began = running.cpu_times(), time.monotonic()
    asyncio.run(ask_many(url, *PATHS[name]))
    after, spent = running.cpu_times(), time.monotonic() - began
    used = after.user + after.system - before.user - before.system
    return {"request": name, "CPU ms": f"{1000 * used / REQUESTS:.2f}", "wall ms": f"{1000 * spent / REQUESTS:.2f}"}


def main(argv: list[str] | None = None) -> int:
    """Print both tables."""
    parser = argparse.ArgumentParser(prog="python -m bench.capacity", description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path, help="write the rows here, too")
    arguments = parser.parse_args(argv)
    limits = {"cpu_ms": CPU_MS, "wait_ms": 0, "workers": QUEUE, "queue": QUEUE}
    with instance(instance=limits) as (lab, url):
        loads = [loaded(lab, url, part) for part in LOADS]
    with instance() as (_, url):
        costs = [cost(url, name) for name in PATHS]
    with instance(instance={**limits, "cpu_ms": 0.001}) as (_, url):
        costs.append({**cost(url, "GET /catalogue"), "request": "GET /catalogue, through the queue"})
    for rows in (loads, costs):
        print(*table(rows), "", sep="\n")
    if arguments.json:
        arguments.json.write_text(json.dumps({"loads": loads, "costs": costs}, indent=1), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
