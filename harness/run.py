"""Carry out an admitted drill: drive, gate, load, inject, fail over, heal, fail back, audit. The only effects are here.

Every act is announced in the journal before it happens, so that a run that dies can be healed from the journal alone.
"""

import fcntl
import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from harness.aws.site import Site
from harness.capacity_watch import CapacityWatch
from harness.clock import Clock
from harness.digest import digest
from harness.drivers import Drivers
from harness.errors import Aborted, CallFailed, HarnessError, NotHealed, Refused, StepFailed
from harness.failover.registry import STEPS
from harness.healing import heal_all
from harness.interrupts import Interrupts, noting
from harness.journal import FILE_NAME, Journal
from harness.manifest import begin
from harness.model.experiment import StepSpec
from harness.model.history import Event, Phase
from harness.observer import Observer
from harness.plan import Plan, plain
from harness.rehearsal import Rehearsal
from harness.seal import close
from harness.steady_state import SteadyState
from harness.store import PLAN, new_folder, save_audit, save_plan
from harness.strikes import Strikes
from harness.watch import AlarmWatch, ExperimentWatch

ANSWERED_WITHIN_SECONDS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where a run finds its Locust files and keeps its results, who is told in which folder, and what happens."""

    loadtests: Path
    results: Path
    tell: Callable[[Event], None] = field(default=lambda _: None)
    began: Callable[[Path], None] = field(default=lambda _: None)


@contextmanager
def alone(site: Site) -> Iterator[None]:
    """Hold the lock of the stack on this machine. Raises Refused when another drill holds it."""
    stack = site.stack
    identity = f"{stack.stack} {stack.account} {stack.endpoint_url}"
    name = hashlib.sha256(identity.encode()).hexdigest()[:16]
    path = Path(tempfile.gettempdir()) / f"drill-{os.getuid()}-{name}.lock"
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise _not_alone(stack.stack) from None
        # Its last holder may have removed the file after we opened it: then this lock keeps nobody away.
        if not path.exists() or not os.path.samestat(path.stat(), os.fstat(lock.fileno())):
            raise _not_alone(stack.stack)
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


def _not_alone(stack: str) -> Refused:
    return Refused([f"another drill is running on stack {stack}; wait for its end"])


def carry_out(plan: Plan, site: Site, places: Places) -> Path:
    """Run the drill; returns the folder of its closed journal.

    Raises Aborted after everything was healed, NotHealed when something could not be put back. Both leave a journal.
    """
    with alone(site), noting() as interrupts:
        folder = new_folder(places.results, plan.experiment.drill)
        places.began(folder)
        save_plan(folder, plan)
        journal = Journal(folder / FILE_NAME, site.clock, places.tell)
        try:
            Run(
                plan=plan,
                site=site,
                journal=journal,
                folder=folder,
                loadtests=places.loadtests,
                interrupts=interrupts,
            ).carry_out()
        finally:
            journal.close()
            begin(folder)
    return folder


class Run:
    """One run of a plan. The methods follow one another as the phases of a drill do."""

    def __init__(
        self, *, plan: Plan, site: Site, journal: Journal, folder: Path, loadtests: Path, interrupts: Interrupts
    ) -> None:
        self.plan, self.site, self.journal, self.folder = plan, site, journal, folder
        self.experiment = plan.experiment
        self.clock: Clock = site.clock
        self.interrupts = interrupts
        self.observer = Observer()
        self.drivers = Drivers(plan, folder, loadtests, self.clock)
        self.steady = SteadyState(plan, site, journal, self.observer, self.drivers)
        self.alarms = AlarmWatch(plan, site, journal)
        self.capacity = CapacityWatch(plan, site, journal)
        self.experiments = ExperimentWatch(site, journal)
        self.strikes = Strikes(plan, site, journal, self.experiments)
        self.rehearsal = Rehearsal(plan, site, journal, self.drivers, self._enter)
        self.phase: Phase | None = None
        self.healing = False
        self.healed = False

    def carry_out(self) -> None:
        """The whole drill, from opening the journal to closing it."""
        self._open()
        self.site.tick = self._tick
        try:
            self._drive()
        except NotHealed as error:
            self._end_early(error)
            raise Aborted(f"healing succeeded only when it was tried again: {error}") from error
        except HarnessError as error:
            self._end_early(error)
            raise
        except BaseException as error:
            self._end_early(Aborted(f"crashed: {type(error).__name__}: {error}"))
            raise
        close(self.journal, "completed")

    def _open(self) -> None:
        stack = self.plan.stack
        self.journal.record(
            "opened",
            drill=self.experiment.drill,
            run=self.plan.run,
            wall=self.clock.wall().isoformat(),
            monotonic_ns=self.clock.origin_ns,
            time_scale=self.clock.time_scale,
            environment=stack.environment,
            partition_method=stack.partition_method,
            stack=stack.stack,
            populations=list(stack.populations),
            business=stack.business.model_dump() if stack.business else None,
            probe_interval=1 / self.experiment.probe_rate,
            versions=dict(self.plan.versions),
        )
        self.journal.record(
            "admitted",
            faults=plain(self.experiment.faults),
            runbook=plain(self.experiment.runbook),
            sustained_for=self.experiment.sustained_for.total_seconds(),
            criteria=len(self.experiment.criteria),
            plan=digest(self.folder / PLAN).as_json(),
        )
        if self.plan.baseline is not None:
            self.journal.record("baseline", **self.plan.baseline)
        if self.experiment.prices is not None:
            self.journal.record("prices", **plain(self.experiment.prices), estimate=self.plan.estimate)
        self._note_clocks()

    def _note_clocks(self) -> None:
        """What this machine's clock says, and how far that of AWS is from it."""
        facts: dict[str, float] = {}
        with suppress(CallFailed):  # an offset that AWS does not tell is none; it decides nothing
            if (offset := self.site.clock_offset()) is not None:
                facts = {"aws_least": round(offset[0], 3), "aws_most": round(offset[1], 3)}
        self.journal.record("clocks", wall=self.clock.wall().isoformat(), **facts)

    def _drive(self) -> None:
        with self.drivers.driving():
            self.journal.record("driving", **self.drivers.facts())
            self.alarms.follow(self.capacity.begin())
            if self._steady_gate() and self._silent():
                self.rehearsal.begin()
                if self.experiment.faults:
                    self._hold(self.rehearsal.until(self.experiment.strikes_at or timedelta()))
                    self._break_and_recover()
                    self._heal()
                else:
                    self._hold(self.rehearsal.left)
                self._restored()
            self.drivers.stop()
        self.journal.record("drove", **self.drivers.totals())
        self._note_clocks()
        self.capacity.conclude(0.0, self.clock.at(), self.folder)
        self._audit()

    def _tick(self) -> None:
        """One turn of every wait: look at clients, alarms, children and signals."""
        new = self.drivers.poll()
        self.observer.see(new.requests)
        self.drivers.check()
        self.capacity.look()
        tripped = self.alarms.look()
        if not self.healing:
            self.experiments.look()
            self.interrupts.check()
            if tripped and not self.healed:
                raise Aborted(f"stop condition {tripped} tripped")
            self.strikes.look()
            self.rehearsal.look()

    def _enter(self, phase: Phase, since: float | None = None) -> None:
        if self.phase is phase:
            return
        self.phase = phase
        extra = {} if since is None else {"since": round(since, 6)}
        self.journal.record("phase", phase=phase.value, **extra)

    def _hold(self, model: timedelta) -> None:
        """Let so much model time pass, ticking."""
        until = self.clock.at() + self.clock.real(model)
        self.site.wait(lambda: self.clock.at() >= until, model + timedelta(minutes=1), "time passes")

    def _let_answers_arrive(self) -> None:
        """What was due in a phase must not be hit by what ends it: requests under way are answered first."""
        self._hold(self.clock.model(ANSWERED_WITHIN_SECONDS))

    # steady state

    def _steady_gate(self) -> bool:
        if not self.steady.opens():
            return False
        self._enter(Phase.STEADY)
        self._hold(self.experiment.steady_for)
        return True

    def _silent(self) -> bool:
        """Whether the runbook's alarm is silent: one that rings before the fault says nothing about the fault."""
        book = self.experiment.runbook
        alarm = self.plan.stack.regions[book.starts_on].detection_alarm if book else ""
        if book is None or not self.alarms.ringing(book.starts_on, alarm):
            return True
        self.journal.record("void", because=f"alarm {alarm}, which starts the runbook, rang before the fault")
        return False

    # the fault and the response

    def _break_and_recover(self) -> None:
        self.strikes.prepare()
        self.rehearsal.interrupted()
        self._enter(Phase.IMPAIRED)
        self._let_answers_arrive()
        self.observer.mark(self.clock.at())
        if self.strikes.strike():
            self._respond()
            self._recover()

    def _respond(self) -> None:
        """Take the runbook's steps once its alarm rings; without a runbook the stack has to help itself."""
        book = self.experiment.runbook
        if book is None:
            return
        stack = self.plan.stack
        where, alarm = book.starts_on, stack.regions[book.starts_on].detection_alarm
        try:
            self.site.wait(lambda: self.alarms.ringing(where, alarm), book.give_up_after, f"alarm {alarm} rings")
        except StepFailed as error:
            self.journal.record("not recovered", because=f"the runbook never started: {error}")
            return
        self.journal.record("decided", because=f"alarm {alarm} rang", runbook=book.name)
        self._enter(Phase.FAILING_OVER)
        for number, step in enumerate(book.steps, start=1):
            if not self._take(number, step):
                return

    def _take(self, number: int, spec: StepSpec) -> bool:
        kind = STEPS[spec.step]
        facts = {"number": number, "step": spec.step, "options": plain(spec.options)}
        facts["deadline"] = spec.deadline.total_seconds()
        try:
            undo = kind.prepare(self.site, spec.options)
            facts["undo"] = plain(undo)
            self.journal.record("step", state="taking", **facts)
            because = kind.take(self.site, spec.options, spec.deadline)
        except (StepFailed, CallFailed) as error:
            self.journal.record("step", state="failed", because=str(error), **facts)
            return False
        self.journal.record("step", state="taken", because=because, **facts)
        return True

    def _recover(self) -> None:
        """Wait for sustained recovery from all faults, or until the last one is about to expire by itself."""
        expires_at = self.strikes.expires_at
        margin = self.clock.real(self.experiment.sustained_for) + self.drivers.slowest_answer
        since = max(self.clock.at(), self.strikes.last_due)
        limit = min(expires_at - 0.5, since + self.clock.real(self.experiment.give_up_after))
        # Clients may be served from the next probe on only, and must then be seen for as long as it takes.
        last_look = max(limit, self.clock.at() + margin + 2 / self.experiment.probe_rate)

        self.site.wait(
            lambda: self._recovered(margin) or self.clock.at() >= last_look, timedelta(hours=12), "clients are served"
        )
        served = self.observer.served_since()
        if self.observer.first_failure is None:
            self.journal.record("not recovered", because="no client saw an effect")
        elif served is None or not self._recovered(margin):
            unserved = ", ".join(self.observer.unserved()) or "the last failure is too recent"
            self.journal.record("not recovered", because=f"still failing: {unserved}")
        else:
            self.journal.record(
                "recovered", since=round(served, 6), because="every population is served without a failure"
            )
            self._enter(Phase.RECOVERED, since=max(served, self.strikes.struck))
            remaining = max(0.0, expires_at - 0.5 - self.clock.at())
            self._hold(min(self.experiment.recovered_for, self.clock.model(remaining)))

    def _recovered(self, margin: float) -> bool:
        since = self.observer.served_since()
        seen = self.observer.first_failure is not None
        settled = since is not None and self.clock.at() >= max(since, self.strikes.struck) + margin
        return seen and settled and not self.strikes.pending

    # back to where it started

    def _heal(self) -> None:
        self.strikes.conclude()
        self.healing = True
        self._enter(Phase.FAILING_BACK)
        self.experiments.forget()
        self.site.tick = self._tick_while_healing
        heal_all(self.site, self.journal, self.plan.run)
        self.site.tick = self._tick
        self.healing, self.healed = False, True

    def _tick_while_healing(self) -> None:
        """Nothing that is wrong with children or alarms may stop the healing; the next wait tells it."""
        with suppress(HarnessError):
            self._tick()

    def _restored(self) -> None:
        if not self.steady.closes():
            return
        self.rehearsal.interrupted()
        self._enter(Phase.RESTORED)
        self._hold(max(self.experiment.restored_for, self.rehearsal.left))

    def _audit(self) -> None:
        if self.experiment.order_rate <= 0:
            return
        try:
            audit = self.drivers.audit(self.site)
        except HarnessError as error:
            self.journal.record("void", because=f"the ledger was never read back: {error}")
            return
        save_audit(self.folder, audit)
        rows = sum(audit.rows.values())
        self.journal.record("audited", at=audit.at, region=audit.region, rows=rows, unknown=len(audit.unknown))

    def _end_early(self, error: BaseException) -> None:
        """Heal whatever is open, stop the children, then close the journal with the reason."""
        self.healing = True
        self.journal.best_effort = True
        self.journal.record("aborted", because=str(error).removeprefix("aborted: "))
        self._enter(Phase.FAILING_BACK)
        self.site.tick = lambda: None
        try:
            heal_all(self.site, self.journal, self.plan.run)
        finally:
            with suppress(HarnessError):  # why the drill ended matters more than a child that had to be killed
                self.drivers.stop()
        close(self.journal, "aborted")
