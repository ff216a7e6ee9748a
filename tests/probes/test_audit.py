"""The ledger read back."""

import pytest

from harness.probes.audit import NotAudited, audit
from tests.probes.fake_site import US, Site


def url(site: Site) -> str:
    return f"http://{US}:{site.port}"


def at() -> float:
    return 12.5


def test_rows_are_counted_and_ids_nobody_sent_are_unknown(site: Site) -> None:
    site.orders.update({"run-1-NA-1": 1, "run-1-NA-2": 2, "run-1-NA-9": 1, "run-10-NA-1": 1, "load-7": 1})
    found = audit(url(site), prefix="run-1", written=["run-1-NA-1", "run-1-NA-2", "run-1-NA-3"], at=at)
    assert found.rows == {"run-1-NA-1": 1, "run-1-NA-2": 2}
    assert found.unknown == ("run-1-NA-9",)
    assert (found.at, found.region) == (12.5, "eu-west-1")


def test_it_asks_from_the_address_it_is_given_and_reads_from_the_writer(site: Site) -> None:
    audit(url(site), prefix="run", written=[], at=at, source="127.250.0.2")
    (call,) = site.calls
    assert (call.source, call.path) == ("127.250.0.2", "/orders?prefix=run-&from=writer")


def test_a_failing_endpoint_is_tried_until_it_answers(site: Site) -> None:
    site.statuses[US] = 503
    site.loop.call_soon_threadsafe(site.loop.call_later, 0.3, site.statuses.clear)
    assert audit(url(site), prefix="run", written=[], at=at).rows == {}
    assert len(site.calls) > 1


def test_an_endpoint_that_never_answers_gives_no_audit(site: Site) -> None:
    site.kill(US)
    with pytest.raises(NotAudited, match=r"not audited: .*refused.*gave up after 0.3 s"):
        audit(url(site), prefix="run", written=["run-1"], at=at, deadline=0.3)


def test_a_refusal_is_not_tried_again(site: Site) -> None:
    site.statuses[US] = 404
    with pytest.raises(NotAudited, match="HTTP 404"):
        audit(url(site), prefix="run", written=["run-1"], at=at)
    assert len(site.calls) == 1


def test_an_answer_of_another_shape_gives_no_audit(site: Site) -> None:
    site.orders["run-1"] = -3
    with pytest.raises(NotAudited, match="not a list of orders"):
        audit(url(site), prefix="run", written=["run-1"], at=at, deadline=0.3)
