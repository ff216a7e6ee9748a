"""Labs and drills as a person runs them: in processes of their own, seen from outside."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from harness.aws.site import Site
from harness.clock import Clock
from harness.lab import launcher
from harness.probes.registry import ask_all
from harness.stack.descriptor import read_stack

PROJECT = Path(__file__).parents[2]
QUICK = "tests/drills/quick_region_loss.feature"
HYPOTHESIS = {"regions answering": 3.0, "healthy targets": 2.0, "replication lag": 1.0}


@contextmanager
def a_lab(slot: int | None = None, **recipe: Any) -> Iterator[launcher.Lab]:
    """A lab of one's own."""
    lab = launcher.start(recipe, slot)
    try:
        yield lab
    finally:
        lab.stop()


def drill(*words: str | Path, wait: float = 150.0) -> subprocess.CompletedProcess[str]:
    """Run a drill command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "harness.cli", *map(str, words)],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=wait,
        check=False,
    )


def start_drill(lab: launcher.Lab, results: Path, feature: str = QUICK, *more: str) -> "subprocess.Popen[str]":
    """Start a drill on a lab; its output can be followed."""
    command = [sys.executable, "-u", "-m", "harness.cli", "run", "--stack", str(lab.descriptor)]
    return subprocess.Popen(
        [*command, "--results", str(results), feature, *more],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def put_alarm(lab: launcher.Lab, name: str, state: str, region: str = "eu-west-1") -> None:
    """An alarm on a metric that nobody publishes, in the given state."""
    stack = read_stack(lab.descriptor)
    cloudwatch = Site(stack, Clock()).aws.client("cloudwatch", region)
    cloudwatch.put_metric_alarm(
        AlarmName=name,
        Namespace="Drill/Test",
        MetricName="nobody-publishes-this",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1.0,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="ignore",
    )
    cloudwatch.set_alarm_state(AlarmName=name, StateValue=state, StateReason="test")


def follow_until(process: "subprocess.Popen[str]", words: str) -> str:
    """Read the drill's output until a line holds these words; everything read so far."""
    assert process.stdout
    said = ""
    for line in process.stdout:
        said += line
        if words in line:
            return said
    raise AssertionError(f"the drill ended without saying {words!r}:\n{said}")


def kill(process: "subprocess.Popen[str]") -> None:
    """kill -9."""
    os.kill(process.pid, signal.SIGKILL)
    process.wait(10)
    if process.stdout:
        process.stdout.close()


def unhealthy(lab: launcher.Lab) -> list[str]:
    """What is wrong with a lab after a drill, once it had a moment to settle; empty when it is healthy."""
    stack = read_stack(lab.descriptor)
    site = Site(stack, Clock(time_scale=stack.time_scale))
    deadline = time.monotonic() + 10
    while (wrong := _wrong(site)) and time.monotonic() < deadline:
        time.sleep(0.1)
    return wrong


def _wrong(site: Site) -> list[str]:
    unmet = [f"{r.probe} of {r.subject}: {r.value} {r.because}" for r in ask_all(site, HYPOTHESIS) if not r.met]
    running = [f"experiment {e.experiment_id}" for r in site.stack.regions for e in site.fis(r).of_run(None)]
    desired = [
        f"{r}: {c.desired} desired"
        for r, each in site.stack.regions.items()
        if (c := site.autoscaling(r).capacity(each.auto_scaling_group)) and c.desired != 2
    ]
    records = site.route53.records(site.stack.entry.zone_id, site.stack.entry.record)
    regions = {r["AliasTarget"]["DNSName"].split(".")[1] for r in records if "AliasTarget" in r}
    lost = [f"no record points at {r}" for r in site.stack.regions if r not in regions]
    return unmet + running + desired + lost + _refused_orders(site)


def _refused_orders(site: Site) -> list[str]:
    """Every region must take an order: writers find the primary."""
    refused = []
    for region, each in site.stack.regions.items():
        answer = requests.post(f"{each.url}/orders", json={"id": "after", "sku": "sku-1"}, timeout=5)
        if answer.status_code != 201:
            refused.append(f"{region} refuses orders with {answer.status_code}")
    return refused
