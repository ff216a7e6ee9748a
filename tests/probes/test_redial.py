"""Fast dials while a population is not served: what they say, and what they leave alone."""

from collections.abc import Callable
from itertools import pairwise

from harness.model.history import Outcome, Redial, Stream
from harness.probes.records import Records
from tests.probes.fake_site import US, Site
from tests.probes.test_prober import AP, NA, RATE, Probing, probing

__all__ = ["probing"]


def of(records: Records, population: str) -> list[Redial]:
    return [r for r in records.redials if r.population == population]


def outage(site: Site, run: Probing) -> None:
    """Both populations are refused for some reads, and then served again."""
    run.until(lambda p: len(p.edges) == 2 and Outcome.OK in p.outcomes(Stream.READ))
    site.kill(US)
    run.until(lambda p: p.outcomes(Stream.READ).count(Outcome.FAILED) > 20)
    site.revive(US)
    run.until(lambda p: p.edges.count(("opened", "us-east-1")) == 4)


def test_the_first_and_the_last_redial_that_was_refused_and_the_first_that_was_answered_bound_an_outage(
    site: Site, probing: Callable[..., Probing]
) -> None:
    run = probing(order_rate=0.0)
    outage(site, run)
    probes, _ = run.stop()
    for population in ("NA", "AP"):
        reads = [r for r in probes.requests if r.population == population]
        failed = [r for r in reads if r.outcome is Outcome.FAILED]
        first, *_, last, answered = of(probes, population)
        assert (first.answered, last.answered, answered.answered) == (False, False, True)
        assert first.error == last.error == "refused"
        assert first.sent < failed[1].sent
        assert first.sent < last.sent < answered.sent


def test_of_all_redials_only_the_bounds_are_recorded_and_the_schedule_is_kept(
    site: Site, probing: Callable[..., Probing]
) -> None:
    run = probing(order_rate=0.0)
    outage(site, run)
    probes, _ = run.stop()
    assert len(probes.redials) <= 2 * 4
    dues = [r.due for r in probes.requests if r.population == "NA"]
    assert {round(b - a, 6) for a, b in pairwise(dues)} == {1 / RATE}
    assert probes.summaries[0]["planned"] == probes.summaries[0]["recorded"] == len(probes.requests)


def test_without_the_switch_nobody_redials(site: Site, probing: Callable[..., Probing]) -> None:
    run = probing(order_rate=0.0, redial=False)
    outage(site, run)
    probes, _ = run.stop()
    assert probes.redials == ()


def test_a_site_that_serves_is_never_redialed(site: Site, probing: Callable[..., Probing]) -> None:
    run = probing()
    run.until(lambda p: len(p.requests) > 100)
    probes, _ = run.stop()
    assert probes.redials == ()


def test_few_redials_wait_at_a_server_that_hangs(site: Site, probing: Callable[..., Probing]) -> None:
    run = probing(order_rate=0.0, total_timeout=0.4)
    run.until(lambda p: len(p.edges) == 2)
    site.hanging.add(US)
    run.until(lambda p: p.outcomes(Stream.READ).count(Outcome.INDETERMINATE) > 40)
    site.hanging.clear()
    run.until(lambda p: p.outcomes(Stream.READ)[-1] is Outcome.OK)
    probes, _ = run.stop()
    calls = len([c for c in site.calls if c.source in (NA, AP) and c.headers.get("connection") == "close"])
    assert calls - len(probes.requests) < 40
    assert {r.answered for r in probes.redials} == {False, True}
    assert of(probes, "NA")[0].error == "timeout"


def test_a_name_that_is_gone_is_not_asked_for_at_every_redial(site: Site, probing: Callable[..., Probing]) -> None:
    run = probing(order_rate=0.0)
    run.until(lambda p: len(p.edges) == 2)
    site.answers = ()
    before = len(site.questions)
    run.until(lambda p: p.outcomes(Stream.READ).count(Outcome.FAILED) > 40)
    site.answers = (US,)
    run.until(lambda p: p.outcomes(Stream.READ)[-1] is Outcome.OK)
    probes, _ = run.stop()
    span = probes.requests[-1].finished - probes.requests[0].due
    assert len(site.questions) - before < 2 * span * (100 + 2 * RATE)
    assert of(probes, "NA")[0].error == "DNS answer without an address"
    assert of(probes, "NA")[-1].answered


def test_a_site_that_answers_with_errors_is_redialed_no_more_often_than_it_is_read(
    site: Site, probing: Callable[..., Probing]
) -> None:
    site.statuses[US] = 503
    run = probing(order_rate=0.0)
    run.until(lambda p: len(p.requests) > 100)
    probes, _ = run.stop()
    dialed = len([c for c in site.calls if c.headers.get("connection") == "close"])
    assert dialed < 2.2 * len(probes.requests)
    assert {r.error for r in probes.redials} == {"HTTP 503"}
