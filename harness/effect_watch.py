"""Looks for what shows that faults took hold: an API that says "running" has changed nothing yet."""

from collections.abc import Iterable, Mapping
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

import harness.proofs.kinds  # noqa: F401  fills the registry
from harness.aws.site import Site
from harness.errors import HarnessError
from harness.faults.registry import FAULTS
from harness.journal import Journal
from harness.model.experiment import FaultSpec
from harness.proofs.registry import PROOFS, Figure, Proof, Where
from harness.stack.descriptor import Stack

LOOK_EVERY_SECONDS = 0.25
Reading = tuple[FaultSpec, Proof, Where, Figure]  # what a proof shows of a fault before it strikes


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One reading of a proof: when it began, when it was there, and what it was."""

    asked: float
    answered: float
    figure: Figure


@dataclass(slots=True, kw_only=True)
class Awaited:
    """A fault whose effect has not been seen yet. Times are real seconds since the start of the run.

    `without` is when the last look began that did not see it; `shown` those since that did; `look` the one under way.
    `failed` is why the last one gave no reading.
    """

    fault: str
    proof: Proof
    where: Where
    before: Figure
    announced: float
    confirmed: float
    without: float
    shown: tuple[Look, ...] = ()
    failed: str = ""
    look: "Future[Look] | None" = None


class EffectWatch:
    """Reads what proofs show before faults strike, looks until they show another thing, and says which never did."""

    def __init__(self, site: Site, journal: Journal) -> None:
        self._site, self._journal = site, journal
        self._awaited: list[Awaited] = []
        self._next_look = 0.0

    def before(self, faults: Iterable[FaultSpec]) -> list[Reading]:
        """What each proof of the faults reads before they strike."""
        proven = [(spec, PROOFS[FAULTS[spec.fault].proof]) for spec in faults if FAULTS[spec.fault].proof]
        places = [(spec, proof, where_of(spec, self._site.stack)) for spec, proof in proven]
        return [(spec, proof, where, self._read(proof, where)) for spec, proof, where in places]

    def follow(self, before: Iterable[Reading], announced: float, confirmed: float) -> None:
        """Look for the effects of these faults from now on; times are real seconds since the start of the run."""
        self._awaited += [
            Awaited(
                fault=spec.fault,
                proof=proof,
                where=where,
                before=figure,
                announced=announced,
                confirmed=confirmed,
                without=announced,
            )
            for spec, proof, where, figure in before
        ]

    def look(self) -> None:
        """Take in what the last looks saw, and look again when it is time."""
        now = self._site.clock.at()
        self._awaited = [each for each in self._awaited if not self._seen(each)]
        if now >= self._next_look:
            self._next_look = now + LOOK_EVERY_SECONDS
            self._look_again()

    def conclude(self) -> None:
        """Write down whose effect was never seen; nobody looks any more."""
        for each in [each for each in self._awaited if not self._seen(each)]:
            if each.look is not None:
                each.look.cancel()  # nobody asks during the healing, but for a look that is under way
            self._journal.record("no effect", **_facts(each), because=f"{each.where.name}: {_stays(each)}")
        self._awaited.clear()

    def _read(self, proof: Proof, where: Where) -> Figure:
        with suppress(Exception):  # a proof that fails is no reading, and no reason to end a drill
            return proof.read(self._site, where)
        return None

    def _look_again(self) -> None:
        """Ask beside everything else: an answer that does not come must not keep anybody from watching alarms."""
        for each in self._awaited:
            if each.look is None:
                each.look = self._site.beside(partial(self._ask, each.proof, each.where))

    def _ask(self, proof: Proof, where: Where) -> Look:
        asked = self._site.clock.at()
        figure = proof.read(self._site, where)
        return Look(asked=asked, answered=self._site.clock.at(), figure=figure)

    def _seen(self, awaited: Awaited) -> bool:
        """Whether the look that was under way saw the effect; then it is written down."""
        look = awaited.look
        if look is None or not look.done():
            return False
        awaited.look = None
        try:
            found = look.result()
        except Exception as error:  # no reading: an effect that nobody could look at is none that was seen
            awaited.failed = str(error) if isinstance(error, HarnessError) else repr(error)
            return False
        awaited.failed = ""
        if not awaited.proof.shows(awaited.before, found.figure):
            awaited.without, awaited.shown = found.asked, ()
            return False
        awaited.shown = (*awaited.shown, found)
        if len(awaited.shown) < awaited.proof.looks:
            return False
        self._tell(awaited, awaited.shown[0])
        return True

    def _tell(self, awaited: Awaited, found: Look) -> None:
        """`seen` is when the look that saw it ended, `unseen` how long before that the last one without it began."""
        change = f"{awaited.proof.words(awaited.before)} before, {awaited.proof.words(found.figure)} now"
        self._journal.record(
            "effect",
            **_facts(awaited),
            confirmed=round(awaited.confirmed, 6),
            seen=round(found.answered, 6),
            unseen=round(found.answered - awaited.without, 6),
            because=f"{awaited.where.name}: {change}",
        )


def where_of(spec: FaultSpec, stack: Stack) -> Where:
    """Where a fault strikes; one that names a zone strikes in the region of that zone."""
    zone = str(spec.options.get("zone", ""))
    return Where(region=str(spec.options.get("region") or stack.region_of(zone)), zone=zone)


def _stays(awaited: Awaited) -> str:
    if awaited.before is None:
        return "no answer before the fault, so none after it shows anything"
    if awaited.failed:
        return f"{awaited.proof.words(awaited.before)} before, and nobody knows since: {awaited.failed}"
    return f"{awaited.proof.words(awaited.before)}, as before"


def _facts(awaited: Awaited) -> Mapping[str, Any]:
    return {
        "fault": awaited.fault,
        "proof": awaited.proof.name,
        "where": awaited.where.name,
        "announced": round(awaited.announced, 6),
    }
