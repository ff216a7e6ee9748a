"""Puts the faults of a drill in force, each when it is due.

All strikes are announced before they happen, on the one clock of the run; the first one is the beginning of all times.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import harness.proofs.kinds  # noqa: F401  fills the registry
from harness.aws.site import Site
from harness.effect_watch import EffectWatch, Reading
from harness.errors import NotInjected
from harness.faults.injection import Injection, inject
from harness.faults.registry import FAULTS, FaultTemplate
from harness.journal import Journal
from harness.model.experiment import FaultSpec
from harness.plan import Plan, plain
from harness.watch import ExperimentWatch


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
        self._effects = EffectWatch(site, journal)
        self._ready: list[Reading] = []
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
        self._ready = self._effects.before(self._due[0].faults)

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
            self._strike(strike, self._effects.before(strike.faults))
        else:
            self._effects.look()

    def conclude(self) -> None:
        """Write down whose effect was never seen; to be called before healing begins. Nothing strikes any more."""
        self._due.clear()
        self._effects.conclude()

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
        self._effects.follow(before, announced, confirmed)
        return True

    def _real(self, model: timedelta) -> float:
        return self._site.clock.real(model)


def _hit(injection: Injection) -> dict[str, Any]:
    return {
        "experiments": [{"id": e.experiment_id, "region": e.region} for e in injection.experiments],
        "targets": plain(injection.targets),
    }
