"""Recovery time against the truth: `python -m bench.recovery_time [--outages N] [--calm MINUTES] [--json FILE]`.

One of three servers is killed, frozen, cut off and taken out of DNS for random spans at random moments. The product
probes all three, at a fixed rate and with redials as well; its own measure is held against what really
happened. Beside it what a loop that asks once a second with `requests` would have said. Real time, loopback.
"""

import argparse
import json
import random
import statistics
import sys
import time
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

from bench.outages import KINDS, REGIONS, STRUCK, Stage, possible, stage
from bench.polling import Poller
from bench.probing import TIMEOUT, Probing, probing
from bench.table import line, table
from harness.measures.recovery_time import recovery_time
from harness.measures.registry import Scope
from harness.model.history import Event, History, Outcome
from harness.probes.records import Records

RATES = (10.0, 20.0, 50.0, 100.0)
CALM, SUSTAINED = 0.45, 0.2  # real seconds
BEFORE = 1.0
ANNOUNCED = 0.2  # before the outage: long enough to say nothing about when it began
SHORTEST, LONGEST = 0.5, 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One outage: what was measured, how sure that was said to be, and the truth; real seconds."""

    true: float
    value: float | None
    resolution: float
    because: str

    @property
    def inside(self) -> bool:
        """Whether the truth lies in what was printed."""
        return self.value is not None and abs(self.value - self.true) <= self.resolution


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """One prober's part of a row: its trials, the share of a core it took, and failures where nothing was wrong."""

    trials: tuple[Trial, ...]
    core: float
    false_failures: int


def outages(kind: str, rate: float, count: int, chance: random.Random, *, redial: bool) -> tuple[Done, list[float]]:
    """What a prober made of so many outages, and the errors of polling (seconds)."""
    with stage(kind, chance) as on, probing(on, rate, redial=redial) as prober:
        poller = Poller(on, TIMEOUT)
        poller.start()
        try:
            core = _strike(on, kind, count, prober)
        finally:
            poller.over.set()
            poller.join()
        polled = [abs(poller.said(a, a + round(LONGEST * 2e9)) - (b - a) / 1e9) for a, b in on.outages]
        return _done(on, prober, core), polled


def _strike(on: Stage, kind: str, count: int, prober: Probing) -> float:
    """Strike so many times; the share of a core that the prober took meanwhile."""
    time.sleep(BEFORE)
    prober.count_cost()
    for _ in range(count):
        on.strike(kind, on.chance.uniform(SHORTEST, LONGEST))
        time.sleep(CALM + on.chance.random() / prober.rate)
    return prober.cost()


def _done(on: Stage, prober: Probing, core: float) -> Done:
    records = prober.stop()
    spans = [((a - prober.origin) / 1e9, (b - prober.origin) / 1e9) for a, b in on.outages]
    spared = [r for r in records.requests if r.population != STRUCK]
    return Done(
        trials=tuple(_trial(span, records, prober.rate, calm_until=spans[0][0]) for span in spans),
        core=core,
        false_failures=sum(r.outcome is not Outcome.OK for r in spared),
    )


def _trial(span: tuple[float, float], records: Records, rate: float, calm_until: float) -> Trial:
    """Measure one outage alone, as the product does: after a calm time, from its injection until healing begins."""
    down, up = span

    def mine(at: float) -> bool:
        return down - CALM + 0.1 <= at <= up + CALM

    facts: list[tuple[float, str, dict[str, Any]]] = [
        (0.0, "admitted", {"sustained_for": SUSTAINED}),
        (down - ANNOUNCED, "injecting", {"fault": "bench"}),
        (up + CALM - 0.05, "healing", {}),
    ]
    history = History(
        drill="bench",
        environment="bench",
        time_scale=1.0,
        populations=tuple(REGIONS),
        events=tuple(Event(seq=n, at=at, kind=kind, data=data) for n, (at, kind, data) in enumerate(facts)),
        requests=tuple(r for r in records.requests if mine(r.sent) or r.sent < calm_until),
        watches=tuple(w for w in records.watches if mine(w.at)),
        redials=tuple(r for r in records.redials if mine(r.sent)),
        probe_interval=1 / rate,
    )
    found = recovery_time(history, Scope())
    value = None if found.evidence.get("at_least") else found.value
    because = f"{found.because} {found.evidence.get('outages')} truth {span}"
    return Trial(true=up - down, value=value, resolution=found.resolution, because=because)


def row(kind: str, rate: float, redial: bool, done: Done, polled: list[float]) -> dict[str, Any]:
    """One line of the table; milliseconds."""
    errors = sorted(abs(t.value - t.true) * 1e3 for t in done.trials if t.value is not None) or [float("nan")]
    sure = [t.resolution * 1e3 for t in done.trials if t.value is not None] or [float("nan")]
    return {
        "outage": kind,
        "reads per second": round(rate),
        "prober": "adaptive" if redial else "fixed",
        "outages": len(done.trials),
        "not measured": sum(t.value is None for t in done.trials),
        "error p50 ms": statistics.median(errors),
        "error p90 ms": errors[int(0.9 * (len(errors) - 1))],
        "error max ms": errors[-1],
        "printed ± p50 ms": statistics.median(sure),
        "truth inside": sum(t.inside for t in done.trials),
        "failures elsewhere": done.false_failures,
        "prober, % of a core": 100 * done.core,
        "1 Hz polling p50 ms": statistics.median(polled) * 1e3,
        "1 Hz polling max ms": max(polled) * 1e3,
    }


def calm(minutes: float, rate: float, chance: random.Random) -> dict[str, Any]:
    """Nothing is broken for a while: what the adaptive prober says of that, and what it costs."""
    with stage("calm", chance) as on, probing(on, rate, redial=True) as prober:
        time.sleep(BEFORE)
        prober.count_cost()
        time.sleep(60 * minutes)
        core = prober.cost()
        records = prober.stop()
    return {
        "calm minutes": minutes,
        "reads per second": round(rate),
        "reads": len(records.requests),
        "reads that failed": sum(r.outcome is not Outcome.OK for r in records.requests),
        "closed connections": sum(w.edge == "closed" for w in records.watches),
        "redials": len(records.redials),
        "prober, % of a core": 100 * core,
    }


def main() -> None:
    """Run every row and print the table; exit code 1 when a truth lay outside once, or calm was called an outage."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--outages", type=int, default=7, help="for each row (default: 7, 224 in all)")
    parser.add_argument("--kinds", nargs="*", choices=KINDS, default=KINDS, help="none leaves the calm alone")
    parser.add_argument("--rates", nargs="+", type=float, default=RATES)
    parser.add_argument("--calm", type=float, default=0.5, help="minutes in which nothing is broken (default: 0.5)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    chance, rows = random.Random(options.seed), []
    for kind in [k for k in options.kinds if _said_possible(k)]:
        for rate, redial in product(options.rates, (False, True)):
            done, polled = outages(kind, rate, options.outages, chance, redial=redial)
            rows.append(row(kind, rate, redial, done, polled))
            print("\n".join([line(rows[-1]), *_outside(done)]), file=sys.stderr)
    quiet = [calm(options.calm, max(options.rates), chance)] if options.calm else []
    print("\n".join([*table(rows), "", *table(quiet)]))
    if options.json:
        options.json.write_text(json.dumps({"outages": rows, "calm": quiet}, indent=2) + "\n")
    wrong = any(r["truth inside"] < r["outages"] or r["failures elsewhere"] for r in rows)
    sys.exit(1 if wrong or any(c["reads that failed"] for c in quiet) else 0)


def _said_possible(kind: str) -> bool:
    if not possible(kind):
        print(f"{kind}: skipped, dropping packets needs CAP_NET_ADMIN (try `unshare -Ur`)", file=sys.stderr)
    return possible(kind)


def _outside(done: Done) -> list[str]:
    return [f"OUTSIDE: {t}" for t in done.trials if not t.inside]


if __name__ == "__main__":
    main()
