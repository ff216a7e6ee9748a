"""Puts the faults of a drill in force, each when it is due, and looks for what shows that they took hold.

All strikes are announced before they happen, on the one clock of the run; the first one is the beginning of all times.
"""

from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

import harness.proofs.kinds  # noqa: F401  fills the registry
from harness.aws.site import Site
from harness.errors import HarnessError, NotInjected
from harness.faults.injection import Injection, inject
from harness.faults.registry import FAULTS, FaultTemplate
from harness.journal import Journal
from harness.model.experiment import FaultSpec
from harness.plan import Plan, plain
from harness.proofs.registry import PROOFS, Figure, Proof, Where
from harness.stack.descriptor import Stack
from harness.watch import ExperimentWatch

LOOK_EVERY_SECONDS = 0.25
Reading = tuple[FaultSpec, Proof, Where, Figure]  # what a proof shows of a fault before it strikes


@dataclass(frozen=True, slots=True, kw_only=True)
class Strike:
    """The faults that strike at the same time, and the templates that they came to."""

    after: timedelta
    faults: tuple[FaultSpec, ...]
    templates: tuple[FaultTemplate, ...]

    @property
    def name(self) -> str:
        """The names of the faults, as the journal has them."""
        return " + ".join(spec.fault for spec in self.faults)


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


def strikes_of(plan: Plan) -> tuple[Strike, ...]:
    """The strikes of a plan, in the order of their times."""
    faults = plan.experiment.faults
    return tuple(
        Strike(
            after=after,
            faults=tuple(f for f in faults if f.after == after),
            templates=tuple(t for t in plan.templates if t.after == after),
        )
        for after in sorted({f.after for f in faults})
    )


class Strikes:
    """The strikes of one run: `strike` begins with the first, `look` goes on, `conclude` says what was never seen."""

    def __init__(self, plan: Plan, site: Site, journal: Journal, experiments: ExperimentWatch) -> None:
        self._plan, self._site, self._journal, self._experiments = plan, site, journal, experiments
        self._due = list(strikes_of(plan))
        self._ready: list[Reading] = []
        self._awaited: list[Awaited] = []
        self._next_look = 0.0
        self._striking = False
        self.began = self.struck = 0.0  # when the first fault was announced, and the last one confirmed

    @property
    def pending(self) -> bool:
        """Whether a fault is still to strike, or striking."""
        return bool(self._due) or self._striking

    @property
    def last_due(self) -> float:
        """When the last fault strikes; real seconds since the start of the run."""
        return self.began + self._real(max(s.after for s in self._plan.experiment.faults))

    @property
    def expires_at(self) -> float:
        """When the last fault ends by itself; real seconds since the start of the run."""
        return self.began + self._real(max(s.after + s.lasts for s in self._plan.experiment.faults))

    def prepare(self) -> None:
        """Read what the proofs of the first faults show without them."""
        self._ready = list(self._before(self._due[0]))

    def strike(self) -> bool:
        """Put the first faults in force; whether that worked. Where it did not, the run is void."""
        return self._strike(self._due.pop(0), self._ready)

    def look(self) -> None:
        """Put in force what is due, and look for effects; to be called on every turn of every wait."""
        if self._striking or not self.began:
            return
        now = self._site.clock.at()
        if self._due and now >= self.began + self._real(self._due[0].after):
            strike = self._due.pop(0)
            self._strike(strike, list(self._before(strike)))
        else:
            self._awaited = [each for each in self._awaited if not self._seen(each)]
            if now >= self._next_look:
                self._next_look = now + LOOK_EVERY_SECONDS
                self._look_again()

    def conclude(self) -> None:
        """Write down whose effect was never seen; to be called before healing begins. Nothing strikes any more."""
        self._due.clear()
        for each in [each for each in self._awaited if not self._seen(each)]:
            if each.look is not None:
                each.look.cancel()  # nobody asks during the healing, but for a look that is under way
            self._journal.record("no effect", **_facts(each), because=f"{each.where.name}: {_stays(each)}")
        self._awaited.clear()

    def _strike(self, strike: Strike, before: list[Reading]) -> bool:
        self._striking = True
        try:
            return self._inject(strike, before)
        except NotInjected as error:
            self._journal.record("void", because=str(error))
            self._due.clear()
            return False
        finally:
            self._striking = False

    def _before(self, strike: Strike) -> Iterator[Reading]:
        """What each proof of the faults reads before they strike."""
        for spec in strike.faults:
            proof = PROOFS.get(FAULTS[spec.fault].proof)
            if proof is not None:
                where = where_of(spec, self._plan.stack)
                yield spec, proof, where, self._read(proof, where)

    def _read(self, proof: Proof, where: Where) -> Figure:
        with suppress(Exception):  # a proof that fails is no reading, and no reason to end a drill
            return proof.read(self._site, where)
        return None

    def _inject(self, strike: Strike, before: list[Reading]) -> bool:
        announced = self._site.clock.at()
        self.began = self.began or announced
        facts = {"fault": strike.name, "options": plain(strike.faults[0].options)}
        self._journal.record(
            "injecting", at=announced, **facts, faults=plain(strike.faults), templates=plain(strike.templates)
        )
        injection = inject(self._site, strike.templates, self._plan.run)
        self._experiments.follow(injection.experiments)
        expires = announced + self._real(max(s.lasts for s in strike.faults))
        confirmed = self.struck = self._site.clock.at()
        self._journal.record(
            "injected",
            at=confirmed,
            **facts,
            **_hit(injection),
            proofs={spec.fault: FAULTS[spec.fault].proof for spec in strike.faults},
            families={spec.fault: FAULTS[spec.fault].family.value for spec in strike.faults},
            expires_at=round(expires, 6),
        )
        for spec, proof, where, figure in before:
            awaited = Awaited(
                fault=spec.fault,
                proof=proof,
                where=where,
                before=figure,
                announced=announced,
                confirmed=confirmed,
                without=announced,
            )
            self._awaited.append(awaited)
        return True

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

    def _real(self, model: timedelta) -> float:
        return self._site.clock.real(model)


def where_of(spec: FaultSpec, stack: Stack) -> Where:
    """Where a fault strikes; one that names a zone strikes in the region of that zone."""
    zone = str(spec.options.get("zone", ""))
    of_zone = (name for name, region in stack.regions.items() if zone in region.zones)
    return Where(region=str(spec.options.get("region") or next(of_zone, "")), zone=zone)


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


def _hit(injection: Injection) -> dict[str, Any]:
    return {
        "experiments": [{"id": e.experiment_id, "region": e.region} for e in injection.experiments],
        "targets": plain(injection.targets),
    }
