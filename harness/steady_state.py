"""The steady-state hypothesis of a drill: a gate before anything happens, and a check that the stack returned to it."""

from contextlib import suppress
from datetime import timedelta

from harness.aws.inventory import inventory
from harness.aws.site import Site
from harness.drivers import Drivers
from harness.errors import CallFailed, StepFailed
from harness.journal import Journal
from harness.model.reading import Reading
from harness.observer import Observer
from harness.plan import Plan, plain
from harness.probes.registry import ask_all

GATE_WITHIN = timedelta(minutes=3)
STEADY_WITHIN = timedelta(minutes=10)


class SteadyState:
    """Asks what the hypothesis of a drill asks, and writes down the answers."""

    def __init__(self, plan: Plan, site: Site, journal: Journal, observer: Observer, drivers: Drivers) -> None:
        self._site, self._journal, self._observer, self._drivers = site, journal, observer, drivers
        self._asked = {spec.probe: float(spec.options["bound"]) for spec in plan.experiment.hypothesis}

    def opens(self) -> bool:
        """Whether the hypothesis is met before anything breaks; a run in which it never is proves nothing."""
        try:
            self._site.wait(self._all_paths_answer, GATE_WITHIN, "every population is served")
            self._observer.mark(self._site.clock.at())
            readings = self._read_until_met(GATE_WITHIN)
        except StepFailed as error:
            self._journal.record("void", because=f"no steady state before the fault: {error}")
            return False
        if not self._record("opening", readings):
            unmet = "; ".join(f"{r.probe} of {r.subject}: {_shown(r)}" for r in readings if not r.met)
            self._journal.record("void", because=f"no steady state before the fault: {unmet}")
            return False
        return True

    def closes(self) -> bool:
        """Whether the hypothesis is met again; until it is, the stack has not returned."""
        readings = self._read_until_met(STEADY_WITHIN)
        self._observer.mark(self._site.clock.at())
        if self._record("closing", readings):
            return True
        self._journal.record("void", because="the stack did not return to its steady state")
        return False

    def _all_paths_answer(self) -> bool:
        return len(self._observer.answered) >= self._drivers.paths and not self._observer.unserved()

    def _record(self, gate: str, readings: list[Reading]) -> bool:
        """The readings, and where the stack stands: the two gates side by side show what did not return."""
        met = all(r.met for r in readings)
        stands: dict[str, str] = {}
        with suppress(CallFailed):  # an inventory that cannot be read is none; it decides nothing
            stands = dict(inventory(self._site))
        self._journal.record("steady", gate=gate, met=met, readings=plain(readings), inventory=stands)
        return met

    def _read_until_met(self, within: timedelta) -> list[Reading]:
        """Ask until every answer is tolerated, or the last answers when that does not happen in time."""
        latest: list[Reading] = []

        def met() -> bool:
            latest[:] = ask_all(self._site, self._asked)
            return all(r.met for r in latest)

        with suppress(StepFailed):
            self._site.wait(met, within, "the steady-state hypothesis is met")
        return latest


def _shown(reading: Reading) -> str:
    value = "no reading" if reading.value is None else f"{reading.value:g} {reading.unit}"
    return f"{value}, tolerated is {reading.tolerance}" + (f" ({reading.because})" if reading.because else "")
