"""Time to detect against the truth: `python -m bench.detection [--alarms N] [--json FILE]`.

A lab runs; a region of it is broken through its FIS and healed, again and again. The product's prober and its watch on
alarms look on as `drill run` does, and its own measure is held against the lab's truth log: from the moment the fault
was in force to the moment the alarm moved. Beside it what the API alone tells: the alarm's StateUpdatedTimestamp minus
the start time of the FIS experiment. Model seconds are what a report says; the lab runs 10 times faster.
"""

import argparse
import json
import random
import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import harness.faults.kinds
import harness.measures.kinds  # noqa: F401  fills the registries
from bench.table import line, table
from harness.aws.site import Site
from harness.clock import Clock
from harness.faults.injection import heal, inject
from harness.journal import Journal
from harness.lab import launcher, truth
from harness.load.child import Child
from harness.load.prober_child import prober_settings, start_prober
from harness.measures.registry import Scope, find
from harness.model.experiment import BlastRadius, Experiment, FaultSpec
from harness.model.history import Event, History, Request
from harness.observer import Observer
from harness.plan import Plan, compile_faults, plain
from harness.probes.feed import Feed
from harness.stack.descriptor import Stack, read_stack
from harness.watch import AlarmWatch

REGION = "eu-west-1"
FAULTS = ("region isolation", "region loss", "instance loss")
WITHIN = timedelta(minutes=10)
CALM_BEFORE = 3.0  # real seconds of records before a fault: the measure learns how long an answer takes
CALM_AFTER = 1.0  # real seconds of records after the alarm
PERIOD = 1.0  # real seconds of an alarm's period: faults begin anywhere in it


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One alarm that rang: what was measured, how sure that was said to be, the truth, what the API told; model s."""

    true: float
    unsure: float
    value: float | None
    resolution: float
    api: float

    @property
    def inside(self) -> bool:
        """Whether the truth, as far as the lab itself knows it, lies in what was printed."""
        return self.value is not None and abs(self.value - self.true) <= self.resolution + self.unsure


class Watching:
    """A lab under watch: prober, observer and alarms, as in a drill."""

    def __init__(self, lab: launcher.Lab, stack: Stack, plan: Plan, folder: Path) -> None:
        self.lab, self.stack, self.plan = lab, stack, plan
        self.clock = Clock(time_scale=stack.time_scale)
        self.site = Site(stack, self.clock, self.tick)
        self.journal = Journal(folder / "journal.jsonl", self.clock)
        self.alarms = AlarmWatch(plan, self.site, self.journal)
        self.observer = Observer()
        self.settings = prober_settings(stack, folder, order_prefix=plan.run)
        self.feed = Feed([self.settings.probes, self.settings.ledger], self.clock.origin_ns)
        self.requests: list[Request] = []
        self.prober: Child = start_prober(self.settings)

    def close(self) -> None:
        """End the prober."""
        self.prober.stop()
        self.journal.close()

    def tick(self) -> None:
        """One turn of every wait."""
        new = self.feed.poll().requests
        self.observer.see(new)
        self.requests += new
        self.prober.check()
        self.alarms.look()

    @property
    def ringing(self) -> bool:
        """Whether the alarm of the region rings."""
        return self.alarms.ringing(REGION, self.stack.regions[REGION].detection_alarm)

    def hold(self, real_seconds: float) -> None:
        """Let so much time pass."""
        until = self.clock.at() + real_seconds
        self.site.wait(lambda: self.clock.at() >= until, WITHIN, "time passes")

    def settle(self) -> None:
        """Wait until the alarm is silent and everybody has been served for a while."""
        self.site.wait(lambda: not self.ringing, WITHIN, "the alarm falls silent")
        self.observer.mark(self.clock.at())
        self.site.wait(self._calm, WITHIN, "every population is served")

    def _calm(self) -> bool:
        since = self.observer.served_since()
        return since is not None and not self.ringing and self.clock.at() - since > CALM_BEFORE

    def trial(self, number: int) -> Trial:
        """Break, wait for the alarm, heal; hold the measure against the truth."""
        run = f"{self.plan.run}-{number}"
        announced = self.journal.record("injecting", templates=plain(self.plan.templates))
        injection = inject(self.site, self.plan.templates, run)
        self.journal.record("injected")
        self.site.wait(lambda: self.ringing, WITHIN, "the alarm rings")
        rang = self.journal.events[-1]
        self.hold(CALM_AFTER)
        self.journal.record("healing")
        heal(self.site, [REGION], run)
        self.hold(CALM_AFTER)
        (experiment,) = injection.experiments
        return self._held(announced, rang, experiment.experiment_id)

    def _held(self, announced: Event, rang: Event, experiment: str) -> Trial:
        found = find("time to detect")
        assert found is not None
        measured = found.take(self._history(announced), Scope())
        value = None if measured.evidence.get("at_least") else measured.value
        told = self.site.aws.client("fis", REGION).get_experiment(id=experiment)["experiment"]["startTime"]
        api = (datetime.fromisoformat(rang.data["reported"]) - told).total_seconds() * self.clock.time_scale
        true, unsure = self._true(announced)
        return Trial(true=true, unsure=unsure, value=value, resolution=measured.resolution, api=api)

    def _history(self, announced: Event) -> History:
        events = self.journal.events[announced.seq :]
        admitted = Event(seq=announced.seq - 1, at=announced.at, kind="admitted", data={"sustained_for": 10.0})
        return History(
            drill="bench",
            environment="lab",
            time_scale=self.clock.time_scale,
            populations=tuple(self.stack.populations),
            events=(admitted, *events),
            requests=tuple(r for r in self.requests if r.due >= announced.at - CALM_BEFORE),
            probe_interval=1 / self.settings.probe_rate,
        )

    def _true(self, announced: Event) -> tuple[float, float]:
        """From the first thing that broke to the alarm by the truth log, and how unsure that is; model seconds."""
        since = self.clock.origin_ns + announced.at * 1e9
        told = sorted((e for e in truth.events(self.lab.directory) if e["at_ns"] >= since), key=lambda e: e["at_ns"])
        began, over = broken(told)
        name = self.stack.regions[REGION].detection_alarm
        rang = next(e for e in told if e["kind"] == "alarm" and (e["name"], e["state"]) == (name, "ALARM"))
        middle, half = (over + began) / 2, (over - began) / 2
        scale = self.clock.time_scale / 1e9
        return (rang["at_ns"] - middle) * scale, half * scale


def broken(told: list[dict[str, Any]]) -> tuple[int, int]:
    """Between which moments the first thing broke: the lab says when it began with it, and when it was done."""
    first = next(e for e in told if e["kind"] in ("cut", "instance_stopping"))
    if first["kind"] == "cut":
        return first["began_ns"], first["done_ns"]
    return first["at_ns"], next(e["at_ns"] for e in told if e["kind"] == "instance_stopped")


@contextmanager
def watching(fault: str) -> Iterator[Watching]:
    """A lab of one's own that is watched."""
    with launcher.start({}) as lab, tempfile.TemporaryDirectory() as folder:
        stack = read_stack(lab.descriptor)
        watch = Watching(lab, stack, _plan(fault, stack), Path(folder))
        try:
            yield watch
        finally:
            watch.close()


def _plan(fault: str, stack: Stack) -> Plan:
    experiment = Experiment(
        drill="bench",
        stack=stack.stack,
        hypothesis=(),
        faults=(FaultSpec(fault=fault, options={"region": REGION}, lasts=timedelta(minutes=10)),),
        load=None,
        criteria=(),
        blast_radius=BlastRadius(regions=(REGION,)),
    )
    templates = compile_faults(experiment, stack)
    return Plan(
        run="bench", experiment=experiment, stack=stack, templates=templates, targets=(), pinned=(), identity={},
        versions={},
    )  # fmt: skip


def trials(fault: str, alarms: int, chance: random.Random) -> tuple[list[Trial], float]:
    """So many alarms of one fault, and the time scale of the lab."""
    done = []
    with watching(fault) as watch:
        for number in range(alarms):
            watch.settle()
            watch.hold(chance.random() * PERIOD)
            done.append(watch.trial(number))
            print(f"{fault}: {done[-1]}", file=sys.stderr)
        return done, watch.clock.time_scale


def row(fault: str, done: list[Trial], scale: float) -> dict[str, Any]:
    """One line of the table."""
    errors = sorted(abs(t.value - t.true) for t in done if t.value is not None)
    api = sorted(abs(t.api - t.true) for t in done)
    return {
        "fault": fault,
        "alarms": len(done),
        "not measured": len(done) - len(errors),
        "truth, median s": statistics.median(t.true for t in done),
        "truth known to, max s": f"{max(t.unsure for t in done):.2f}",
        **_quantiles("error", errors, scale),
        "resolution, median s": statistics.median(t.resolution for t in done),
        "truth inside": sum(t.inside for t in done),
        **_quantiles("API timestamps", api, scale),
    }


def _quantiles(name: str, errors: list[float], scale: float) -> dict[str, str]:
    """p50, p90 and max in model seconds, and in real ones."""
    picked = {"p50": statistics.median(errors), "p90": errors[int(0.9 * (len(errors) - 1))], "max": errors[-1]}
    return {f"{name} {key}, s (real s)": f"{value:.2f} ({value / scale:.3f})" for key, value in picked.items()}


def main() -> None:
    """Run every fault and print the table; exit code 1 when the truth lay outside once."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--alarms", type=int, default=5, help="for each fault (default: 5)")
    parser.add_argument("--only", help="the faults whose name contains this")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    chance, rows = random.Random(options.seed), []
    for fault in FAULTS:
        if (options.only or "") in fault:
            rows.append(row(fault, *trials(fault, options.alarms, chance)))
            print(line(rows[-1]), file=sys.stderr)
    print("\n".join(table(rows)))
    if options.json:
        options.json.write_text(json.dumps(rows, indent=2) + "\n")
    sys.exit(0 if all(r["truth inside"] == r["alarms"] for r in rows) else 1)


if __name__ == "__main__":
    main()
