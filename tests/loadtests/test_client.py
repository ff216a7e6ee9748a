"""The shoppers' client, on gevent's loop, which patches nothing here: sent once, cookies kept, connections kept."""

import ssl
import time
from collections.abc import Iterator

import pytest
from dnslib import QTYPE

from harness.model.history import Outcome
from harness.probes.dns import Cached, RegionMap
from harness.probes.http import Url
from loadtests.client import Client, Entry
from loadtests.population import Population
from loadtests.recorder import outcome_of
from tests.probes.fake_site import EU, HOST, REGIONS, US, Site, serving

SOURCE = "127.250.110.3"


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as running:
        yield running


@pytest.fixture
def client(site: Site) -> Iterator[Client]:
    population = Population(
        name="NA",
        host=HOST,
        cached=Cached(10.0),
        regions=RegionMap.of(REGIONS),
        source=SOURCE,
        client_subnet="203.0.113.0/24",
        resolver=site.resolver,
    )
    made = Client(Entry(Url(site.url), connect_timeout=5.0, total_timeout=5.0), population)
    yield made
    made.close()


def test_one_connection_from_the_source_serves_many_requests(site: Site, client: Client) -> None:
    exchanges = [client.send("POST", "/cart", {"sku": "sku-1"}) for _ in range(3)]
    assert [(e.status, e.region) for e in exchanges] == [(200, "us-east-1")] * 3
    assert len({(call.source, call.port) for call in site.calls}) == 1
    assert site.calls[0].source == site.questions[0][0] == SOURCE
    assert site.calls[0].body == {"sku": "sku-1"}
    assert all(e.sent < e.finished for e in exchanges)


def test_cookies_come_back_with_every_request(site: Site, client: Client) -> None:
    client.send("GET", "/catalogue")
    client.send("GET", "/catalogue")
    assert "cookie" not in site.calls[0].headers
    assert site.calls[1].headers["cookie"] == "session=s1; lb_cookie=b2"


def test_a_new_answer_means_a_new_connection(site: Site, client: Client) -> None:
    client.send("GET", "/catalogue")
    site.answers = (EU,)
    assert client.send("GET", "/catalogue").region == "eu-west-1"
    assert [call.address for call in site.calls] == [US, EU]


def test_a_name_without_an_ipv4_address_is_asked_for_those_of_ipv6(site: Site, client: Client) -> None:
    site.answers = ("2001:db8::7",)
    assert client.population.resolve(time.monotonic() + 1) == ("2001:db8::7",)
    assert [QTYPE[question.q.qtype] for _, question in site.questions] == ["A", "AAAA"]


def test_a_kept_connection_that_was_closed_is_dialed_anew(site: Site, client: Client) -> None:
    client.send("GET", "/catalogue")
    site.kill(US)
    site.revive(US)
    assert client.send("GET", "/catalogue").status == 200


def test_a_refused_request_was_not_sent(site: Site, client: Client) -> None:
    site.kill(US)
    exchange = client.send("POST", "/orders", {"id": "x"})
    assert (exchange.error, exchange.was_sent) == ("refused", False)
    assert outcome_of("POST", exchange) is Outcome.FAILED


def test_a_request_that_hangs_was_sent_and_nobody_knows(site: Site, client: Client) -> None:
    client.entry = Entry(client.entry.url, connect_timeout=5.0, total_timeout=0.4)
    site.hanging.add(US)
    exchange = client.send("POST", "/orders", {"id": "x"})
    site.hanging.clear()
    assert (exchange.error, exchange.was_sent) == ("timeout", True)
    assert outcome_of("POST", exchange) is Outcome.INDETERMINATE


def test_a_request_whose_server_dies_is_not_sent_again(site: Site, client: Client) -> None:
    site.hanging.add(US)
    site.loop.call_soon_threadsafe(site.loop.call_later, 0.1, lambda: site.loop.create_task(site._kill(US)))
    exchange = client.send("GET", "/catalogue")
    site.hanging.clear()
    assert exchange.error in ("reset", "closed before the answer")
    assert outcome_of("GET", exchange) is Outcome.INDETERMINATE
    assert len(site.calls) == 1


@pytest.mark.parametrize(("status", "outcome"), [(404, "FAILED"), (503, "FAILED"), (504, "INDETERMINATE")])
def test_an_order_with_a_bad_status_has_its_outcome(site: Site, client: Client, status: int, outcome: str) -> None:
    site.statuses[US] = status
    exchange = client.send("POST", "/orders", {"id": "x"})
    assert exchange.error == f"HTTP {status}"
    assert outcome_of("POST", exchange).value == outcome


def test_a_name_without_an_address_fails(site: Site, client: Client) -> None:
    site.answers = ()
    exchange = client.send("GET", "/catalogue")
    assert (exchange.error, exchange.was_sent) == ("DNS answer without an address", False)


def test_a_server_that_speaks_no_tls_fails_the_handshake_before_anything_was_sent(site: Site, client: Client) -> None:
    client.entry.context = ssl.create_default_context()
    exchange = client.send("GET", "/catalogue")
    assert exchange.status is None
    assert not exchange.was_sent
