"""Faults that strike one after the other, and what shows that they took hold; in virtual time."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from harness.effect_watch import where_of
from harness.model.experiment import BlastRadius, FaultSpec, StopCondition
from harness.model.history import Event
from harness.model.verdict import Verdict
from harness.plan import problems
from harness.reports.episodes import faults
from harness.reports.hold import holds
from harness.stack.descriptor import Stack
from tests.experiments import an_experiment
from tests.test_aws_world import EU, US, FakeEc2, FakeSite, World
from tests.test_run_course import Clients, Ended, clients, drilled

assert clients
SCALE = 10.0
FIVE, MINUTE = timedelta(minutes=5), timedelta(minutes=1)
BOTH = BlastRadius(regions=(US, EU))


def spec(fault: str = "region loss", region: str = US, after: timedelta = timedelta(), **options: object) -> FaultSpec:
    return FaultSpec(fault=fault, options={"region": region, **options}, lasts=FIVE, after=after)


def events(ended: Ended, kind: str) -> list[Event]:
    return [e for e in ended.events if e.kind == kind]


def test_the_effect_of_a_fault_is_written_down_beside_what_the_api_said(clients: Clients, tmp_path: Path) -> None:
    ended = drilled(clients, tmp_path)
    ((effect,), (injecting,), (injected,)) = (events(ended, k) for k in ("effect", "injecting", "injected"))
    assert effect.data["because"] == f"{US}: answers before, does not answer now"
    assert (effect.data["fault"], effect.data["proof"]) == ("region loss", "region answers")
    assert (effect.data["announced"], effect.data["confirmed"]) == (injecting.at, injected.at)
    assert effect.at >= effect.data["seen"] >= injected.at
    assert effect.data["seen"] - effect.data["unseen"] >= injecting.at


def test_a_fault_that_changed_nothing_makes_the_run_void(clients: Clients, tmp_path: Path) -> None:
    clients.unmoved = clients.immune = True
    ended = drilled(clients, tmp_path, runbook=None, faults=(spec("instance loss"),))
    (unseen,) = events(ended, "no effect")
    assert unseen.data["because"] == f"{US}: 2 running, as before"
    judged = ended.judged()
    assert judged.verdict is Verdict.INCONCLUSIVE
    assert judged.voids == (
        f"instance loss was in force and changed nothing: instances running of {US}: 2 running, as before",
    )


def test_a_fault_that_clients_noticed_is_no_void_though_nothing_else_shows_it(clients: Clients, tmp_path: Path) -> None:
    clients.unmoved = True
    ended = drilled(clients, tmp_path)
    assert len(events(ended, "no effect")) == 1
    assert ended.judged().voids == ()


def test_what_clients_noticed_of_one_fault_does_not_show_that_another_took_hold(
    clients: Clients, tmp_path: Path
) -> None:
    faults = (spec(), spec("cpu stress", region=EU, percent=5), spec("instance reboot", region=EU))
    clients.is_hit = lambda region: region == US and World.is_hit(clients, region)  # type: ignore[method-assign]
    ended = drilled(clients, tmp_path, faults=faults)
    assert ended.judged().voids == (
        f"cpu stress was in force and changed nothing: answer time of {EU}: 4 ms, as before",
    )


def test_a_fault_that_clients_did_not_notice_is_no_void_when_it_is_seen_to_hold(
    clients: Clients, tmp_path: Path
) -> None:
    clients.immune = True
    ended = drilled(clients, tmp_path, runbook=None)
    assert len(events(ended, "effect")) == 1
    assert ended.judged().voids == ()


def test_a_fault_that_only_clients_can_show_is_void_when_they_do_not(clients: Clients, tmp_path: Path) -> None:
    clients.immune = True
    ended = drilled(clients, tmp_path, runbook=None, faults=(spec("instance reboot"),))
    assert ended.judged().voids == (
        "nothing shows that instance reboot took hold: no client noticed it, and nothing else tells it",
    )


def test_what_cannot_be_read_before_the_fault_proves_nothing(clients: Clients, tmp_path: Path) -> None:
    clients.broken["ec2:Describe"] = "Throttled"
    ended = drilled(clients, tmp_path, faults=(spec("instance loss"),))
    assert [e.data["because"] for e in events(ended, "no effect")] == [
        f"{US}: no answer before the fault, so none after it shows anything"
    ]


def test_a_look_that_fails_is_no_reading_and_says_so(
    clients: Clients, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def running(self: FakeEc2, tags: object) -> dict[str, str]:
        asked.append(self.region)
        if len(asked) > 1:
            raise KeyError("Placement")
        return {"i-1": f"{US}a"}

    monkeypatch.setattr(FakeEc2, "running", running)
    ended = drilled(clients, tmp_path, faults=(spec("instance loss"),))
    assert ended.error is None
    assert [e.data["because"] for e in events(ended, "no effect")] == [
        f"{US}: 1 running before, and nobody knows since: KeyError('Placement')"
    ]


def test_a_later_fault_strikes_when_it_is_due(clients: Clients, tmp_path: Path) -> None:
    ended = drilled(clients, tmp_path, faults=(spec(), spec(region=EU, after=MINUTE)), runbook=None)
    first, second = events(ended, "injecting")
    assert second.at - first.at == pytest.approx(MINUTE.total_seconds() / SCALE, abs=0.2)
    assert [t["region"] for t in second.data["templates"]] == [EU]
    assert {e["region"] for e in clients.experiments.values()} == {US, EU}


def test_faults_at_the_same_time_strike_together(clients: Clients, tmp_path: Path) -> None:
    ended = drilled(clients, tmp_path, faults=(spec("region isolation"), spec("instance loss")), runbook=None)
    (injecting,) = events(ended, "injecting")
    assert injecting.data["fault"] == "region isolation + instance loss"
    assert {e.data["fault"] for e in events(ended, "effect")} == {"region isolation", "instance loss"}


def test_clients_have_not_recovered_before_the_last_fault_struck(clients: Clients, tmp_path: Path) -> None:
    short = FaultSpec(fault="region loss", options={"region": US}, lasts=timedelta(minutes=9))
    late = spec(region=EU, after=timedelta(minutes=2))
    ended = drilled(clients, tmp_path, faults=(short, late), give_up_after=timedelta(minutes=1))
    (struck,) = [e for e in events(ended, "injecting") if e.data["templates"][0]["region"] == EU]
    assert ended.because("not recovered") == ["still failing: AP write, EU read, EU write, NA read, NA write"]
    assert min(e.at for e in events(ended, "not recovered")) >= struck.at + MINUTE.total_seconds() / SCALE - 0.01


def test_a_later_fault_that_nobody_notices_does_not_undo_the_recovery(clients: Clients, tmp_path: Path) -> None:
    ended = drilled(clients, tmp_path, faults=(spec(), spec("instance reboot", after=MINUTE)))
    (recovered,), (_, struck) = events(ended, "recovered"), events(ended, "injecting")
    assert recovered.data["since"] < struck.at < recovered.at
    (phase,) = [e for e in events(ended, "phase") if e.data["phase"] == "recovered"]
    assert phase.data["since"] >= struck.at, "until the last fault struck the stack was impaired"


def test_every_fault_is_healed_whenever_it_struck(clients: Clients, tmp_path: Path) -> None:
    ended = drilled(clients, tmp_path, faults=(spec(), spec(region=EU, after=MINUTE)), runbook=None)
    assert ended.healed()
    assert [e.data["fault"] for e in events(ended, "healed")] == ["region loss + region loss"]


def test_a_later_fault_that_fis_refuses_is_void_and_the_first_is_healed(clients: Clients, tmp_path: Path) -> None:
    clients.in_(4.0, lambda: clients.broken.update({"fis:Start": "ServiceQuotaExceededException"}))
    ended = drilled(clients, tmp_path, faults=(spec(), spec(region=EU, after=MINUTE)), runbook=None)
    assert any("ServiceQuotaExceededException" in because for because in ended.because("void"))
    assert not [e for e in clients.experiments.values() if e["status"] == "running"]


def test_the_report_shows_api_time_and_effect_time_side_by_side(clients: Clients, tmp_path: Path) -> None:
    ended = drilled(clients, tmp_path, faults=(spec(), spec("database reboot", after=MINUTE)))
    loss, reboot = holds(ended.history())
    assert (loss.fault, reboot.fault) == ("region loss", "database reboot")
    assert loss.confirmed.endswith("later")
    assert re.fullmatch(r"\S+ s to \S+ s later", loss.effect)
    assert loss.by == f"region answers: {US}: answers before, does not answer now"
    assert (reboot.effect, reboot.by) == ("", "only clients can show it")


@pytest.mark.parametrize(
    ("options", "name", "region"),
    [({"region": EU}, EU, EU), ({"zone": f"{EU}b"}, f"{EU}b", EU), ({}, "", "")],
)
def test_a_fault_of_a_zone_strikes_in_the_region_of_that_zone(
    options: dict[str, str], name: str, region: str, clients: Clients
) -> None:
    where = where_of(FaultSpec(fault="zone power loss", options=options, lasts=FIVE), clients.stack)
    assert (where.name, where.region) == (name, region)


def refused(stack: Stack, *faults: FaultSpec) -> list[str]:
    return problems(an_experiment(faults=faults, blast_radius=BOTH), stack)


def test_a_drill_that_needs_more_experiments_than_fis_runs_is_refused(clients: Clients) -> None:
    many = [spec("instance loss", after=timedelta(seconds=10 * n)) for n in range(7)]
    assert refused(clients.stack, *many) == [
        f"the drill comes to 7 FIS experiments in {US}; FIS runs at most 5 at once"
    ]
    assert refused(clients.stack, *[spec("instance loss") for _ in range(7)]) == []


def test_a_drill_whose_first_fault_strikes_late_is_refused(clients: Clients) -> None:
    (problem,) = refused(clients.stack, spec(after=MINUTE))
    assert "the first fault strikes at 0:01:00" in problem


def test_a_fault_of_a_zone_outside_the_blast_radius_is_refused(clients: Clients) -> None:
    strange = FaultSpec(fault="no capacity", options={"zone": "ap-southeast-1a"}, lasts=FIVE)
    assert any(
        "no capacity in ap-southeast-1 lies outside the blast radius" in p for p in refused(clients.stack, strange)
    )


def test_a_zone_and_another_region_that_do_not_exist_are_refused(clients: Clients) -> None:
    nowhere = FaultSpec(fault="no capacity", options={"zone": "us-east-1x"}, lasts=FIVE)
    beyond = spec("link cut", other="us-east-9")
    found = refused(clients.stack, nowhere, beyond)
    assert any("unknown zone 'us-east-1x'; did you mean" in problem for problem in found)
    assert any("unknown region 'us-east-9'; did you mean 'us-east-1'?" in problem for problem in found)


def test_a_stop_condition_that_tripped_lets_no_later_fault_strike(
    clients: Clients, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.watch.LOOK_EVERY_SECONDS", 0.0)  # it is seen on the turn on which the fault is due
    clients.alarms[(EU, "enough")] = "OK"
    faults = (spec(), spec(region=EU, after=MINUTE))
    stop = StopCondition(alarm="enough", region=EU)

    def trip(event: Event) -> None:
        if event.kind == "injecting":
            clients.in_(MINUTE.total_seconds() / SCALE, lambda: clients.alarms.update({(EU, "enough"): "ALARM"}))

    ended = drilled(clients, tmp_path, trip, faults=faults, runbook=None, stop_conditions=(stop,))
    assert ended.because("aborted") == ["stop condition enough tripped"]
    assert len(events(ended, "injecting")) == 1


def test_an_effect_is_known_no_sooner_than_the_look_that_saw_it_ended(
    clients: Clients, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    takes = 0.4

    def slowly(site: FakeSite, region: str) -> float | None:
        clients.pass_time(takes)
        return None if clients.is_hit(region) else 4.0

    monkeypatch.setattr(FakeSite, "answer_ms", slowly)
    ended = drilled(clients, tmp_path)
    ((effect,), (injected,)) = (events(ended, kind) for kind in ("effect", "injected"))
    assert effect.data["seen"] == pytest.approx(injected.at + takes)
    assert effect.data["seen"] - effect.data["unseen"] == pytest.approx(effect.data["announced"])


def test_one_slow_look_alone_is_noise_and_no_effect(
    clients: Clients, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    took = {9: 50.0}  # by how many looks there were; the fault itself delays nothing

    def answer(site: FakeSite, region: str) -> float:
        asked.append(region)
        return took.get(len(asked) // 5, 4.0)

    asked: list[str] = []
    monkeypatch.setattr(FakeSite, "answer_ms", answer)
    ended = drilled(clients, tmp_path, faults=(spec("network latency", milliseconds=50),), runbook=None)
    assert [e.kind for e in ended.events if "effect" in e.kind] == ["no effect"]
    assert len(asked) > 60


def test_the_first_of_the_looks_that_see_an_effect_tells_when_it_was(
    clients: Clients, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen_at: list[float] = []

    def answer(site: FakeSite, region: str) -> float:
        if clients.is_hit(region):
            seen_at.append(clients.clock.at())
        return 50.0 if clients.is_hit(region) else 4.0

    monkeypatch.setattr(FakeSite, "answer_ms", answer)
    ended = drilled(clients, tmp_path, faults=(spec("network latency", milliseconds=50),), runbook=None)
    (effect,) = events(ended, "effect")
    assert effect.data["seen"] == pytest.approx(seen_at[0])
    assert len(set(seen_at)) == 2


def test_the_report_keeps_the_same_fault_in_two_places_apart(clients: Clients, tmp_path: Path) -> None:
    clients.immune = True
    faults = (spec("instance loss"), spec("instance loss", region=EU), spec("instance loss", after=MINUTE))
    ended = drilled(clients, tmp_path, faults=faults, runbook=None)
    us, eu, again = holds(ended.history())
    assert us.by == f"instances running: {US}: 2 running before, 0 running now"
    assert eu.by == f"instances running: {EU}: 2 running before, 0 running now"
    assert (again.effect, again.by) == ("", f"instances running: {US}: 0 running, as before")


def test_the_report_names_a_fault_that_fis_refused(clients: Clients, tmp_path: Path) -> None:
    clients.in_(4.0, lambda: clients.broken.update({"fis:Start": "ServiceQuotaExceededException"}))
    ended = drilled(clients, tmp_path, faults=(spec(), spec("instance loss", region=EU, after=MINUTE)), runbook=None)
    loss, refused_one = holds(ended.history())
    assert loss.by.startswith("region answers:")
    assert (refused_one.fault, refused_one.confirmed, refused_one.effect) == ("instance loss", "never", "")
    assert refused_one.by == "nothing: it was never in force"


def test_a_run_of_an_earlier_version_shows_no_effects(clients: Clients, tmp_path: Path) -> None:
    ended = drilled(clients, tmp_path)
    journal = ended.folder / "journal.jsonl"
    journal.write_text(journal.read_text().replace('"proofs"', '"earlier"'))
    assert holds(ended.history()) == ()


def test_an_effect_that_the_last_look_saw_counts_when_healing_begins(
    clients: Clients, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.run.Run._recover", lambda run: run.site.tick())  # one look is asked, no more
    ended = drilled(clients, tmp_path, runbook=None, faults=(spec(),))
    assert [e.kind for e in ended.events if "effect" in e.kind] == ["effect"]


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (spec("packet loss", percent=0), "packet loss: percent is 0; it takes at least 1"),
        (spec("network latency", milliseconds=0), "network latency: milliseconds is 0; it takes at least 1"),
        (spec("blackholed port", port=0), "blackholed port: port is 0; it takes at least 1"),
        (spec("instance loss", count=-1), "instance loss: count is -1; it takes at least 1"),
        (spec("link cut", other=US), f"link cut: {US} on both sides; name two regions"),
        (
            spec(after=timedelta(hours=12)),
            "region loss: it ends 12:05:00 after the first fault; a drill takes 12 hours",
        ),
    ],
)  # fmt: skip
def test_a_fault_that_could_break_nothing_is_refused(fault: FaultSpec, told: str, clients: Clients) -> None:
    assert [p for p in refused(clients.stack, spec(), fault) if p.startswith(told)] != []


def test_times_count_from_the_moment_at_which_the_first_fault_is_announced(
    clients: Clients, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slowly(site: FakeSite, region: str) -> float | None:
        clients.pass_time(0.0 if clients.experiments else 1.0)
        return None if clients.is_hit(region) else 4.0

    monkeypatch.setattr(FakeSite, "answer_ms", slowly)
    ended = drilled(clients, tmp_path, faults=(spec(), spec(region=EU, after=MINUTE)), runbook=None)
    first, second = events(ended, "injecting")
    assert second.at - first.at == pytest.approx(MINUTE.total_seconds() / SCALE, abs=0.06)
    (impaired,) = [e for e in ended.events if e.data.get("phase") == "impaired"]
    assert first.at - impaired.at < 1.2, "what is read before the fault is no time of the fault"


def test_a_fault_that_was_over_before_the_healing_is_drawn_to_its_end(clients: Clients, tmp_path: Path) -> None:
    def expire() -> None:
        clients.experiments["E1"]["status"] = "completed"

    clients.in_(10.0, expire)
    ended = drilled(clients, tmp_path, faults=(spec(), spec(region=EU, after=MINUTE)), runbook=None)
    ends = [e.at for e in events(ended, "experiment") if e.data["status"] == "completed"]
    healed = [e.at for e in events(ended, "healed")]
    assert [each.until for each in faults(ended.history())] == [*ends, *healed]


@pytest.mark.parametrize(
    ("fault", "least"), [("spot interruption", "3 minutes"), ("direct connect down", "10 minutes")]
)
def test_a_fault_that_is_too_short_to_do_anything_is_refused(clients: Clients, fault: str, least: str) -> None:
    short = FaultSpec(fault=fault, options={"region": US}, lasts=timedelta(minutes=2))
    assert f"{fault}: it lasts 0:02:00; it takes {least} to 12 hours" in refused(clients.stack, short)
