"""Data loss against the truth: `python -m bench.data_loss [--kills N] [--only TEXT] [--json FILE]`.

The host of a PostgreSQL primary dies under 200 to 1000 acknowledged writes a second: the primary with all its processes
and the link to its standby are frozen at one moment and then killed, or stay frozen as a host that is gone. The standby
is promoted and read back, and the product's measures are held against what the writer was told and the survivor holds.
Beside it what monitoring said right before the kill. Then split brain, retries and writes that nobody made.

The writer is the benchmark's own (bench/ledger_writer.py, asyncpg, an open loop in a process of its own); records,
their reader, the audit over HTTP and the measures are the product's. Real time (scale 1), loopback.
"""

import argparse
import asyncio
import json
import random
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.loss_scenarios import SCENARIOS, Found, near
from bench.loss_trial import AFTER, Trial, driven
from bench.replicated_pair import Said
from bench.table import line, table

KILLS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One row: how commits are made, how far the standby is, at which rates it is tried."""

    mode: str
    delay_ms: float
    rates: tuple[float, ...]
    connections: int

    @property
    def name(self) -> str:
        """As the table shows it."""
        return f"{self.mode}, {self.delay_ms:.0f} ms"


FAST, SLOW = (1000.0, 500.0, 200.0), (500.0, 350.0, 200.0)
SETTINGS = (
    Setting(mode="async", delay_ms=0, rates=FAST, connections=8),
    Setting(mode="async", delay_ms=40, rates=FAST, connections=8),
    Setting(mode="async", delay_ms=110, rates=FAST, connections=8),
    Setting(mode="remote_write", delay_ms=40, rates=SLOW, connections=48),
    Setting(mode="remote_apply", delay_ms=40, rates=SLOW, connections=48),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Death:
    """One kill: what came of it, what monitoring said before it, and how long the freezing took (s)."""

    trial: Trial
    said: Said
    freezing: float


async def host_death(setting: Setting, rate: float, hangs: bool, chance: random.Random) -> Death:
    """Kill the primary's host, or leave it frozen, promote the standby, move the clients, read back."""
    clients = near(rate, setting.connections)
    async with driven(setting.mode, setting.delay_ms, clients, chance) as drive:
        said = await drive.pair.said()
        dead = drive.pair.freeze_host()
        freezing = (time.monotonic_ns() - dead) / 1e9
        if not hangs:
            drive.pair.kill_host()
        await drive.pair.promote()
        await drive.move("NA", drive.pair.far)
        await asyncio.sleep(AFTER)
        await drive.stop()
        if hangs:
            drive.pair.kill_host()
        return Death(trial=await drive.take(dead), said=said, freezing=freezing)


def row(setting: Setting, done: list[Death]) -> dict[str, Any]:
    """One line of the table; milliseconds."""
    trials = [death.trial for death in done]
    lost = [len(t.truth.lost) for t in trials]
    errors = [t.error * 1e3 for t in trials]
    return {
        "commits, one-way delay": setting.name,
        "kills": len(done),
        "acknowledged /s": _span([t.rate for t in trials]),
        "lost writes": _span(lost),
        "exact": sum(t.exact for t in trials),
        "no answer, but there": _span([t.unsure[0] for t in trials]),
        "data loss ms": _span([t.seconds * 1e3 for t in trials]),
        "error p50 ms": statistics.median(errors),
        "error max ms": max(errors),
        "within 5 ms": sum(t.near for t in trials),
        "± p50 ms": statistics.median(t.measured["data loss"].resolution * 1e3 for t in trials),
        "truth inside": sum(t.inside for t in trials),
        "replay_lag error p50 ms": _off(done, lambda said: said.replay_lag),
        "replay age error p50 ms": _off(done, lambda said: said.replay_age),
        "WAL behind KiB": _span([d.said.wal_bytes / 1024 for d in done]),
    }


def _off(done: list[Death], lag: Callable[[Said], float]) -> float:
    return statistics.median(abs(lag(d.said) - d.trial.seconds) * 1e3 for d in done)


def _span(values: list[Any]) -> str:
    return f"{statistics.median(values):.0f} [{min(values):.0f}-{max(values):.0f}]"


def right(setting: Setting, done: list[Death]) -> bool:
    """Whether every trial of a row is, most are near, and nothing was lost that was synchronous.

    Not all must be near: a machine that stalls the clients blurs what they saw, and the resolution says so.
    """
    trials = [death.trial for death in done]
    kept = setting.mode == "async" or not any(t.truth.lost for t in trials)
    return kept and all(_right(t) for t in trials) and 2 * sum(t.near for t in trials) > len(trials)


def _right(trial: Trial) -> bool:
    others = trial.value("duplicate writes") == trial.value("unknown writes") == 0
    return trial.right and others


async def measure(kills: int, seed: int, only: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]], bool]:
    """The rows of both tables, and whether all is well."""
    chance, rows, found, well = random.Random(seed), [], [], True
    for setting in (s for s in SETTINGS if only in s.name):
        done = []
        for n in range(kills):
            rate = setting.rates[n % len(setting.rates)]
            done.append(await host_death(setting, rate, bool(n % 2), chance))
            _progress(setting.name, rate, done[-1])
        rows.append(row(setting, done))
        well = well and right(setting, done)
        print(line(rows[-1]), file=sys.stderr)
    for name, scenario in SCENARIOS.items():
        if only in name:
            outcome = await scenario(chance)
            found.append(_found(name, outcome))
            well = well and outcome.right
            print(line(found[-1]), file=sys.stderr)
    return rows, found, well


def _progress(name: str, rate: float, death: Death) -> None:
    t = death.trial
    said = t.measured["data loss"]
    parts = (
        f"{len(t.truth.lost)} lost, {'exact' if t.exact else 'NOT EXACT'}",
        f"true {t.seconds * 1e3:.1f} ms, error {t.error * 1e3:.2f} ± {said.resolution * 1e3:.2f} ms",
        f"frozen within {death.freezing * 1e3:.2f} ms",
    )
    print(f"{name}, {rate:.0f}/s: {'; '.join(parts)}", file=sys.stderr)


def _found(name: str, found: Found) -> dict[str, Any]:
    trial = found.trial
    pairs = {
        "lost": (len(trial.truth.lost), trial.value("lost writes")),
        "duplicate": (found.duplicates, trial.value("duplicate writes")),
        "unknown": (found.unknown, trial.value("unknown writes")),
    }
    counts = {f"{kind}: true, measured": f"{true}, {measured:.0f}" for kind, (true, measured) in pairs.items()}
    said = trial.measured["data loss"]
    return {
        "scenario": name,
        **counts,
        "data loss true ms": trial.seconds * 1e3,
        "measured ms": f"{trial.value('data loss') * 1e3:.1f} ± {said.resolution * 1e3:.1f}",
        "right": "yes" if found.right else "NO",
    }


def main() -> None:
    """Run everything and print the tables; exit code 1 when a count is wrong or a truth lay outside."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=KILLS, help=f"for each row (default: {KILLS}, 40 in all)")
    parser.add_argument("--only", default="", help="only rows and scenarios with this in their name")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    rows, found, well = asyncio.run(measure(options.kills, options.seed, options.only))
    for each in filter(None, (rows, found)):
        print("\n".join(table(each)), end="\n\n")
    if options.json:
        options.json.write_text(json.dumps({"kills": rows, "scenarios": found}, indent=2) + "\n")
    sys.exit(0 if well else 1)


if __name__ == "__main__":
    main()
