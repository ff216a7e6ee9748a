"""A whole drill in virtual time: what it does in which order, what it leaves behind, and what is made of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from harness.drivers import Drivers
from harness.errors import Aborted, CallFailed, NotHealed, Refused, StepFailed
from harness.judge import judge
from harness.load.child import ChildFailed
from harness.model.experiment import Experiment, ProbeSpec, Runbook, StepSpec, StopCondition
from harness.model.history import Audit, Event, History, Outcome, Stream
from harness.model.prices import Prices
from harness.model.verdict import Judgement, Verdict
from harness.plan import Plan, compile_faults
from harness.probes.audit import NotAudited
from harness.probes.records import Records, request_line
from harness.run import Places, alone, carry_out
from harness.store import load_history
from tests.experiments import an_experiment
from tests.test_aws_world import EU, US, FakeSite, World

EVERY = 0.25
MINUTE = timedelta(minutes=1)
STEPS = (
    StepSpec(step="promote the replica", options={"region": EU}, deadline=MINUTE),
    StepSpec(step="point Route 53", options={"from": US, "to": EU}, deadline=MINUTE),
)
BOOK = Runbook(name="fail over", starts_on=US, steps=STEPS, give_up_after=MINUTE)
QUICK = {
    "hypothesis": (ProbeSpec(probe="healthy targets", options={"bound": 2.0}),),
    "steady_for": timedelta(seconds=20),
    "recovered_for": timedelta(seconds=20),
    "restored_for": timedelta(seconds=20),
    "load": None,
}


class Clients(World):
    """A world with clients: those of a region that is broken are refused, and its alarm rings a second later."""

    def __init__(self) -> None:
        super().__init__()
        self.until_sent = 0.0
        self.hit_since: dict[str, float] = {}
        self.down: Callable[[str, float], bool] = lambda _, __: False
        self.immune = False
        self.pass_time(0.0)

    def pass_time(self, seconds: float) -> None:
        super().pass_time(seconds)
        hit = {e["region"] for e in self.experiments.values() if e["status"] == "running"}
        self.hit_since = {r: self.hit_since.get(r, self.clock.now) for r in hit}
        for name, region in self.stack.regions.items():
            rings = name in hit and self.clock.now >= self.hit_since[name] + 1.0
            self.alarms[(name, region.detection_alarm)] = "ALARM" if rings else "OK"

    def serves(self, population: str, stream: Stream, at: float) -> bool:
        """Whether a request of these clients is answered now."""
        home = self.stack.populations[population].home
        alias = next(r for r in self.records if r.get("SetIdentifier") == home)["AliasTarget"]["DNSName"]
        used = {next(r for r in self.stack.regions if r in alias)}
        used |= {self.writers_point_at()} if stream is Stream.WRITE else set()
        return not self.down(population, at) and (self.immune or not used & set(self.hit_since))


class FakeChild:
    """A child that only notes when it is stopped; it may die by itself, or have to be killed."""

    dies_at: float = float("inf")
    stops_with: str = ""

    def __init__(self, world: Clients) -> None:
        self.world = world

    def check(self) -> None:
        if self.world.clock.at() >= self.dies_at:
            raise ChildFailed("prober ended by itself with exit code 1")

    def stop(self) -> None:
        self.world.calls.append("children stopped")
        if self.stops_with:
            raise ChildFailed(self.stops_with)


class FakeDrivers(Drivers):
    """Clients that send a read and a write four times a second, into the same files as the real ones."""

    world: Clients
    audits: Callable[[], Audit]
    slowest_answer = 0.2

    def __init__(self, plan: Plan, folder: Path, loadtests: Path, clock: Any) -> None:
        super().__init__(plan, folder, loadtests, clock)
        self.folder, self.plan, self.sent = folder, plan, clock.at()

    def poll(self) -> Records:
        while self._children and self.sent + EVERY <= self.world.clock.at():
            self.sent += EVERY
            self._send(self.sent)
        return super().poll()

    def _send(self, at: float) -> None:
        for stream, name in ((Stream.READ, "probes"), (Stream.WRITE, "ledger")):
            with (self.folder / f"{name}.jsonl").open("a") as file:
                file.writelines(self._line(p, stream, at) for p in self.plan.stack.populations)

    def _line(self, population: str, stream: Stream, at: float) -> str:
        served = self.world.serves(population, stream, at)
        moment = int(at * 1e9)
        return request_line(
            stream=stream,
            population=population,
            name=stream.value,
            due=moment,
            sent=moment,
            finished=moment + 10_000_000,
            outcome=Outcome.OK if served else Outcome.FAILED,
            write_id=f"{population}-{at}" if stream is Stream.WRITE else None,
        )

    def audit(self, site: Any) -> Audit:
        return self.audits()


@dataclass
class Ended:
    """What a drill left behind."""

    world: Clients
    events: tuple[Event, ...]
    folder: Path
    error: BaseException | None

    @property
    def kinds(self) -> list[str]:
        return [e.kind for e in self.events if e.kind != "alarm"]

    def because(self, kind: str) -> list[str]:
        return [str(e.data["because"]) for e in self.events if e.kind == kind]

    def phases(self) -> list[str]:
        return [e.data["phase"] for e in self.events if e.kind == "phase"]

    def steps(self) -> list[str]:
        return [f"{e.data['step']} {e.data['state']}" for e in self.events if e.kind == "step"]

    def healed(self) -> bool:
        """Whether nothing of the drill is left in the world."""
        running = [i for i, e in self.world.experiments.items() if e["status"] == "running"]
        points_home = next(r for r in self.world.records if r.get("SetIdentifier") == US)["HealthCheckId"]
        return not running and not self.world.templates and points_home == f"check-{US}"

    def history(self) -> History:
        return load_history(self.folder)

    def judged(self) -> Judgement:
        return judge(self.history(), an_experiment().criteria)


@pytest.fixture
def clients(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Clients:
    """A world that drills are run in; the lock and the results are the test's own."""
    world = Clients()
    monkeypatch.setattr("harness.run.Drivers", FakeDrivers)
    monkeypatch.setattr("harness.drivers.start_prober", lambda _: FakeChild(world))
    monkeypatch.setattr("harness.run.tempfile.gettempdir", lambda: str(tmp_path))
    monkeypatch.setattr(FakeDrivers, "world", world, raising=False)
    monkeypatch.setattr(FakeDrivers, "audits", lambda _: Audit(at=world.clock.at(), region=EU, rows={}), raising=False)
    return world


def drilled(
    world: Clients,
    folder: Path,
    tell: Callable[[Event], None] = lambda _: None,
    baseline: Mapping[str, Any] | None = None,
    **changes: Any,
) -> Ended:
    """Carry a drill out to its end, however it ends."""
    experiment: Experiment = replace(an_experiment(runbook=BOOK), **{**QUICK, **changes})
    plan = Plan(
        run="a-run",
        experiment=experiment,
        stack=world.stack,
        templates=compile_faults(experiment, world.stack),
        targets=(),
        pinned=(),
        identity={},
        versions={},
        baseline=baseline,
        estimate="5 USD",
    )
    told: list[Event] = []

    def listen(event: Event) -> None:
        told.append(event)
        tell(event)

    error: BaseException | None = None
    try:
        carry_out(plan, FakeSite(world), Places(loadtests=folder, results=folder, tell=listen))
    except BaseException as raised:
        error = raised
    return Ended(world, tuple(told), next(folder.glob("a-region-is-lost/2*")), error)


# all goes well


def test_a_drill_passes_through_every_phase_and_leaves_nothing(clients: Clients, tmp_path: Path) -> None:
    ended = drilled(clients, tmp_path)
    assert ended.error is None
    assert ended.phases() == ["steady", "impaired", "failing over", "recovered", "failing back", "restored"]
    assert ended.healed()
    assert clients.sources == {US: EU, EU: None, "ap-southeast-1": US}
    assert ended.judged().verdict is Verdict.PASS


def test_the_journal_holds_what_the_drill_is_held_against_and_paid_by(clients: Clients, tmp_path: Path) -> None:
    prices = Prices(name="list", date="2026-11-01", source="made up", fis_action_minute=0.1)
    ended = drilled(clients, tmp_path, baseline={"run": "x", "because": "", "figures": []}, prices=prices)
    history = ended.history()
    held, paid, opened = (history.first(kind) for kind in ("baseline", "prices", "opened"))
    assert held is not None
    assert held.data["run"] == "x"
    assert paid is not None
    assert (paid.data["fis_action_minute"], paid.data["estimate"]) == (0.1, "5 USD")
    assert opened is not None
    assert "business" in opened.data


def test_the_journal_tells_the_whole_course_in_order(clients: Clients, tmp_path: Path) -> None:
    course = [k for k in drilled(clients, tmp_path).kinds if k not in {"phase", "step"}]
    assert course == [
        "opened", "admitted", "clocks", "driving", "steady", "injecting", "injected", "effect", "decided", "recovered",
        "healing", "experiment", "healed", "failing back", "failed back", "steady", "drove", "clocks", "audited",
        "closed",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("announced", "call"),
    [
        ("injecting", "fis:CreateTemplate"),
        ("step promote the replica taking", f"rds:Promote {EU}"),
        ("step point Route 53 taking", "route53:Change 1"),
        ("healing", "fis:Stop"),
        ("step promote the replica undoing", f"rds:Delete {US}"),
    ],
)
def test_every_act_is_on_disk_before_it_happens(clients: Clients, tmp_path: Path, announced: str, call: str) -> None:
    made: dict[str, int] = {}

    def note(event: Event) -> None:
        detail = f" {event.data['step']} {event.data['state']}" if event.kind == "step" else ""
        made.setdefault(event.kind + detail, sum(c.startswith(call) for c in clients.calls))

    ended = drilled(clients, tmp_path, note)
    after = sum(c.startswith(call) for c in ended.world.calls)
    # Pointing the writers is a change of Route 53 too, and belongs to the promotion.
    assert made[announced] == (1 if call.startswith("route53") else 0)
    assert after > made[announced]


def test_healed_is_written_only_once_nothing_is_in_force(clients: Clients, tmp_path: Path) -> None:
    states: list[list[str]] = []

    def note(event: Event) -> None:
        if event.kind == "healed":
            states.append([e["status"] for e in clients.experiments.values()])

    drilled(clients, tmp_path, note)
    assert states == [["stopped"]]


def test_the_undo_of_each_step_is_on_disk_when_it_is_announced(clients: Clients, tmp_path: Path) -> None:
    begun = [e.data for e in drilled(clients, tmp_path).events if e.kind == "step" and e.data["state"] == "taking"]
    assert [s["undo"].get("primary", s["undo"].get("zone_id")) for s in begun] == [US, ""]


def test_a_drill_without_a_runbook_takes_no_step(clients: Clients, tmp_path: Path) -> None:
    ended = drilled(clients, tmp_path, runbook=None)
    assert ended.steps() == []
    assert "decided" not in ended.kinds
    assert "failing over" not in ended.phases()


def test_both_gates_keep_their_readings_and_where_the_stack_stood(clients: Clients, tmp_path: Path) -> None:
    opening, closing = [e.data for e in drilled(clients, tmp_path).events if e.kind == "steady"]
    assert (opening["gate"], opening["met"], closing["gate"], closing["met"]) == ("opening", True, "closing", True)
    assert opening["inventory"][f"database in {EU}"] == "replica"
    assert closing["inventory"][f"database in {EU}"] == "primary"


def test_recovery_is_recorded_since_it_began_not_since_it_was_known(clients: Clients, tmp_path: Path) -> None:
    (event,) = [e for e in drilled(clients, tmp_path).events if e.kind == "recovered"]
    assert event.data["since"] <= event.at - 1.0 - FakeDrivers.slowest_answer


# the steady gate


def test_a_stack_that_is_not_steady_is_never_broken(clients: Clients, tmp_path: Path) -> None:
    clients.capacity[EU] = 1
    ended = drilled(clients, tmp_path)
    assert "injecting" not in ended.kinds
    assert clients.experiments == {}
    assert ended.because("void") == [
        f"no steady state before the fault: healthy targets of {EU}: 1 targets, tolerated is at least 2 targets"
    ]
    assert ended.judged().verdict is Verdict.INCONCLUSIVE


def test_a_population_that_is_not_served_keeps_the_gate_shut(clients: Clients, tmp_path: Path) -> None:
    clients.down = lambda population, _: population == "AP"
    ended = drilled(clients, tmp_path)
    assert "injecting" not in ended.kinds
    assert "every population is served: not within" in ended.because("void")[0]


def test_a_probe_that_fails_is_no_reading_and_keeps_the_gate_shut(clients: Clients, tmp_path: Path) -> None:
    clients.broken["elb:TargetHealth"] = "Throttling"
    (reason,) = drilled(clients, tmp_path).because("void")
    assert "healthy targets of all: no reading" in reason
    assert "Throttling" in reason


# the fault


@pytest.mark.parametrize("call", ["fis:CreateTemplate", "fis:Start", "fis:ResolvedTargets"])
def test_a_fault_that_cannot_be_injected_leaves_nothing(clients: Clients, tmp_path: Path, call: str) -> None:
    clients.broken[call] = "AccessDeniedException"
    ended = drilled(clients, tmp_path)
    assert ended.error is None
    assert "injected" not in ended.kinds
    assert ended.healed()
    assert "AccessDeniedException" in ended.because("void")[0]
    assert ended.judged().verdict is Verdict.INCONCLUSIVE


def test_an_experiment_that_fails_at_once_is_void(
    clients: Clients, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.test_aws_world.STARTED", {"status": "failed", "reason": "no permission"})
    ended = drilled(clients, tmp_path)
    assert ended.because("void") == [f"not injected: experiment E1 in {US} failed: no permission"]
    assert ended.healed()


def test_a_fault_that_no_client_saw_is_not_recovered_from(clients: Clients, tmp_path: Path) -> None:
    clients.immune = True
    ended = drilled(clients, tmp_path)
    assert "no client saw an effect" in ended.because("not recovered")
    assert "recovered" not in ended.phases()
    assert ended.judged().verdict is Verdict.INCONCLUSIVE


def test_a_population_that_stays_down_is_named_and_its_drill_does_not_pass(clients: Clients, tmp_path: Path) -> None:
    clients.down = lambda population, _: population == "EU" and bool(clients.hit_since)
    ended = drilled(clients, tmp_path)
    assert ended.because("not recovered") == ["still failing: EU read, EU write"]
    assert ended.judged().verdict is not Verdict.PASS
    assert ended.healed()


# the runbook


def test_a_step_that_misses_its_deadline_ends_the_runbook_and_is_undone(clients: Clients, tmp_path: Path) -> None:
    clients.promotion_takes = 8.0
    ended = drilled(clients, tmp_path)
    assert ended.steps()[:2] == ["promote the replica taking", "promote the replica failed"]
    assert not any(s.startswith("point Route 53") for s in ended.steps())
    assert "promote the replica undone" in ended.steps()
    assert "not within 60 s" in next(e.data["because"] for e in ended.events if e.data.get("state") == "failed")
    assert ended.judged().verdict is not Verdict.PASS


def test_a_step_that_cannot_be_prepared_is_failed_and_never_undone(clients: Clients, tmp_path: Path) -> None:
    step = StepSpec(step="set capacity", options={"region": EU, "instances": 4}, deadline=MINUTE)

    def lose_group(event: Event) -> None:
        if event.kind == "decided":
            clients.broken["autoscaling:Describe"] = "ValidationError"
        if event.kind == "not recovered":
            clients.broken.clear()

    ended = drilled(clients, tmp_path, lose_group, runbook=replace(BOOK, steps=(step,)))
    assert ended.steps() == ["set capacity failed"]


def test_a_runbook_whose_alarm_never_rings_never_starts(clients: Clients, tmp_path: Path) -> None:
    ended = drilled(clients, tmp_path, runbook=replace(BOOK, starts_on=EU))
    assert "the runbook never started" in ended.because("not recovered")[0]
    assert "decided" not in ended.kinds
    assert ended.healed()


# the end comes early


def interrupt_at(world: Clients, phase: str) -> Callable[[Event], None]:
    """A stop condition that trips when the drill enters the phase."""

    def trip(event: Event) -> None:
        if event.data.get("phase") == phase:
            world.alarms[(EU, "enough")] = "ALARM"

    return trip


@pytest.mark.parametrize("phase", ["steady", "impaired", "failing over", "recovered"])
def test_a_stop_condition_that_trips_heals_and_aborts(clients: Clients, tmp_path: Path, phase: str) -> None:
    stop = StopCondition(alarm="enough", region=EU)
    clients.alarms[(EU, "enough")] = "OK"
    ended = drilled(clients, tmp_path, interrupt_at(clients, phase), stop_conditions=(stop,))
    assert isinstance(ended.error, Aborted)
    assert ended.because("aborted") == ["stop condition enough tripped"]
    assert ended.events[-1].data["status"] == "aborted"
    assert ended.healed()
    assert ended.judged().verdict is Verdict.INCONCLUSIVE


def test_a_stop_condition_that_trips_while_failing_back_does_not_stop_the_healing(
    clients: Clients, tmp_path: Path
) -> None:
    stop = StopCondition(alarm="enough", region=EU)
    ended = drilled(clients, tmp_path, interrupt_at(clients, "failing back"), stop_conditions=(stop,))
    assert ended.error is None
    assert ended.events[-1].data["status"] == "completed"
    assert ended.healed()


def test_a_prober_that_dies_heals_and_ends_the_drill(
    clients: Clients, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FakeChild, "dies_at", 6.0)
    ended = drilled(clients, tmp_path)
    assert isinstance(ended.error, ChildFailed)
    assert ended.because("aborted") == ["prober ended by itself with exit code 1"]
    assert ended.events[-1].data["status"] == "aborted"
    assert ended.healed()


def test_a_crash_of_our_own_heals_and_keeps_its_cause(
    clients: Clients, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: Any) -> None:
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr("harness.run.Run._recover", crash)
    ended = drilled(clients, tmp_path)
    assert isinstance(ended.error, ZeroDivisionError)
    assert ended.because("aborted") == ["crashed: ZeroDivisionError: by zero"]
    assert ended.healed()


def test_a_fault_that_cannot_be_healed_leaves_the_journal_open_for_drill_heal(clients: Clients, tmp_path: Path) -> None:
    clients.broken["fis:Stop"] = "InternalServerException"
    ended = drilled(clients, tmp_path)
    assert isinstance(ended.error, NotHealed)
    assert ended.kinds[-1] == "not healed"
    assert "healed" not in ended.kinds
    assert "promote the replica undone" in ended.steps()


def test_a_stop_condition_that_nobody_can_see_ends_the_drill(clients: Clients, tmp_path: Path) -> None:
    def hide(event: Event) -> None:
        if event.data.get("phase") == "impaired":
            clients.broken["cloudwatch:Describe"] = "Throttling"

    stop = StopCondition(alarm="enough", region=EU)
    ended = drilled(clients, tmp_path, hide, stop_conditions=(stop,))
    assert isinstance(ended.error, CallFailed)
    assert ended.healed()


def test_without_a_stop_condition_alarms_that_cannot_be_seen_are_no_reading(clients: Clients, tmp_path: Path) -> None:
    clients.broken["cloudwatch:Describe"] = "Throttling"
    ended = drilled(clients, tmp_path)
    assert ended.error is None
    assert "the runbook never started" in ended.because("not recovered")[0]


# after healing


def test_a_stack_that_does_not_come_back_is_void(clients: Clients, tmp_path: Path) -> None:
    def lose(event: Event) -> None:
        if event.kind == "healed":
            clients.in_service[EU] = 1

    ended = drilled(clients, tmp_path, lose)
    assert ended.because("void") == ["the stack did not return to its steady state"]
    assert "restored" not in ended.phases()
    assert ended.judged().verdict is Verdict.INCONCLUSIVE


def test_a_ledger_that_cannot_be_read_back_is_void(
    clients: Clients, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: FakeDrivers) -> Audit:
        raise NotAudited("HTTP 503")

    monkeypatch.setattr(FakeDrivers, "audits", refuse)
    ended = drilled(clients, tmp_path)
    assert ended.because("void") == ["the ledger was never read back: not audited: HTTP 503"]
    assert ended.history().audit is None


def test_what_the_surviving_database_holds_is_kept(
    clients: Clients, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = Audit(at=33.0, region=EU, rows={"NA-1": 2}, unknown=("x",))
    monkeypatch.setattr(FakeDrivers, "audits", lambda _: held)
    ended = drilled(clients, tmp_path)
    assert ended.history().audit == held
    (event,) = [e for e in ended.events if e.kind == "audited"]
    assert (event.at, dict(event.data)) == (33.0, {"region": EU, "rows": 2, "unknown": 1})


def test_without_orders_there_is_no_ledger_to_read(clients: Clients, tmp_path: Path) -> None:
    assert "audited" not in drilled(clients, tmp_path, order_rate=0.0).kinds


# one drill at a time


def test_a_stack_is_drilled_by_one_at_a_time(clients: Clients, tmp_path: Path) -> None:
    site = FakeSite(clients)
    with (
        alone(site),
        pytest.raises(Refused, match="another drill is running on stack storefront"),
        alone(site),
    ):
        pass


def test_the_lock_is_free_again_after_a_drill_that_failed(clients: Clients) -> None:
    site = FakeSite(clients)
    with pytest.raises(StepFailed), alone(site):
        raise StepFailed("on purpose")
    with alone(site):
        pass


def test_a_clock_that_is_set_during_the_drill_is_void(clients: Clients, tmp_path: Path) -> None:
    def set_the_clock(event: Event) -> None:
        if event.kind == "injected":
            clients.clock.was_set = 30.0

    ended = drilled(clients, tmp_path, set_the_clock)
    assert "clocks apart: the clock of this machine was moved by 30 s during the run" in ended.judged().voids


def test_a_clock_that_is_far_from_that_of_aws_is_void(clients: Clients, tmp_path: Path) -> None:
    clients.offset = (8.0, 9.2)
    assert (
        "clocks apart: the clock of AWS is at least 8 s ahead of this machine's"
        in drilled(clients, tmp_path).judged().voids
    )


def test_clocks_that_agree_or_are_not_known_are_no_void(clients: Clients, tmp_path: Path) -> None:
    assert not any("clocks" in cause for cause in drilled(clients, tmp_path).judged().voids)
    clients.offset = None
    assert not any("clocks" in cause for cause in drilled(clients, tmp_path / "again").judged().voids)
