"""The load profile of a run: when it begins, and which phase of the run it is that the load is in."""

from collections.abc import Callable
from datetime import timedelta

from harness.aws.site import Site
from harness.drivers import Drivers
from harness.journal import Journal
from harness.model.experiment import LoadProfile
from harness.model.history import Phase
from harness.model.rate import surges
from harness.plan import Plan

LEAD_SECONDS = 0.5  # real; until then every generator knows when the profile begins

Enter = Callable[[Phase, float | None], None]


def course(load: LoadProfile, window: timedelta) -> list[tuple[float, Phase]]:
    """The phases of a profile with their beginnings in model seconds: loaded, scaling after a surge, then settling."""
    allowed = window.total_seconds()
    found = [(0.0, Phase.LOADED)]
    for at in surges_of(load, window):
        found += [(at, Phase.SCALING), (at + allowed, Phase.LOADED)]
    end = load.lasts.total_seconds()
    found = [*(each for each in found if each[0] < end), (end, Phase.SETTLING)]
    return [each for n, each in enumerate(found) if n + 1 == len(found) or found[n + 1][0] > each[0]]


def surges_of(load: LoadProfile, window: timedelta) -> list[float]:
    """When each surge of a profile begins, in model seconds; a jump from the base rate into it is one."""
    return surges(((load.points[0][0], load.rate), *load.points), load.rate, window.total_seconds())


class Rehearsal:
    """Begins the load profile of a drill and follows it; without one it does nothing."""

    def __init__(self, plan: Plan, site: Site, journal: Journal, drivers: Drivers, enter: Enter) -> None:
        self._load = plan.experiment.load
        self._clock = site.clock
        self._journal = journal
        self._drivers = drivers
        self._enter = enter
        self._window = plan.experiment.scaling_window
        self._due: list[tuple[float, Phase]] = []
        self._began: float | None = None

    def begin(self) -> None:
        """Have the profile begin shortly; the journal says when before anybody is told."""
        load = self._load
        if load is None or not load.points:
            return
        self._began = self._clock.at() + LEAD_SECONDS
        self._due = course(load, self._window)
        self._journal.record(
            "profile",
            name=load.name,
            points=[list(point) for point in load.points],
            rate=load.rate,
            began=round(self._began, 6),
            surges=surges_of(load, self._window),
        )
        self._drivers.begin_profile(self._began)

    def look(self) -> None:
        """Enter the phases that have begun since the last look."""
        while self._due and self._clock.at() >= self._moment(self._due[0][0]):
            since, phase = self._due.pop(0)
            self._enter(phase, self._moment(since))

    def interrupted(self) -> None:
        """A fault strikes: from now on the phases are those of the fault."""
        self._due.clear()

    def until(self, elapsed: timedelta) -> timedelta:
        """How much model time is left until so much of the profile has passed; none without a profile."""
        if self._began is None:
            return timedelta()
        left = self._clock.model(self._moment(elapsed.total_seconds()) - self._clock.at())
        return max(timedelta(), left)

    @property
    def left(self) -> timedelta:
        """How much model time is left of the profile."""
        return self.until(self._load.lasts) if self._load else timedelta()

    def _moment(self, elapsed: float) -> float:
        assert self._began is not None
        return self._began + self._clock.real(timedelta(seconds=elapsed))
