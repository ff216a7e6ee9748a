"""Questions, answers and the cache that keeps to the time scale."""

import asyncio
import socket

import pytest
from dnslib import AAAA, CNAME, QTYPE, RCODE, RR, A, DNSRecord

from harness.probes.dns import (
    Cached,
    NameNotResolved,
    NoAddress,
    RegionMap,
    Resolved,
    ask,
    from_system,
    is_answer_to,
    literal,
    read_answer,
    split_address,
)
from harness.probes.resolver import Resolver
from tests.probes.fake_site import HOST, Site


def reply(question: bytes, *records: RR) -> DNSRecord:
    answer = DNSRecord.parse(question).reply()
    answer.add_answer(*records)
    return answer


def test_an_answer_gives_its_addresses_in_order_and_the_least_ttl_of_the_chain() -> None:
    number, question = ask("api.test", None)
    chain = RR("api.test", QTYPE.CNAME, ttl=60, rdata=CNAME("lb.test"))
    first, second = (
        RR("lb.test", QTYPE.A, ttl=ttl, rdata=A(address)) for ttl, address in ((9, "10.0.0.2"), (7, "10.0.0.1"))
    )
    resolved = read_answer(number, reply(question, chain, first, second).pack())
    assert resolved == Resolved(addresses=("10.0.0.2", "10.0.0.1"), ttl=7.0)


def test_a_name_error_an_empty_and_a_broken_answer_resolve_to_nothing() -> None:
    number, question = ask("api.test", None)
    refused = reply(question)
    refused.header.rcode = RCODE.NXDOMAIN
    with pytest.raises(NameNotResolved, match="DNS NXDOMAIN"):
        read_answer(number, refused.pack())
    with pytest.raises(NoAddress, match="without an address"):
        read_answer(number, reply(question).pack())
    with pytest.raises(NameNotResolved, match="malformed"):
        read_answer(number, question[:5])


def test_addresses_of_ipv6_are_read_as_those_of_ipv4() -> None:
    number, question = ask("api.test", "203.0.113.0/24", "AAAA")
    record = RR("api.test", QTYPE.AAAA, ttl=30, rdata=AAAA("2001:db8::7"))
    assert read_answer(number, reply(question, record).pack()) == Resolved(addresses=("2001:db8::7",), ttl=30.0)


def test_a_name_without_an_ipv4_address_is_asked_for_those_of_ipv6(site: Site) -> None:
    site.answers = ("2001:db8::7",)
    resolver = Resolver(HOST, server=site.resolver, time_scale=10.0)
    assert asyncio.run(resolver.resolve()).addresses == ("2001:db8::7",)
    assert [QTYPE[question.q.qtype] for _, question in site.questions] == ["A", "AAAA"]


def test_a_name_without_any_address_is_not_resolved(site: Site) -> None:
    site.answers = ()
    with pytest.raises(NameNotResolved, match="without an address"):
        asyncio.run(Resolver(HOST, server=site.resolver, time_scale=10.0).resolve())


def test_of_what_the_system_knows_ipv4_goes_first() -> None:
    six = (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("2001:db8::7", 0, 0, 0))
    four = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.1", 0))
    assert from_system([six, four]).addresses == ("10.0.0.1",)
    assert from_system([six]).addresses == ("2001:db8::7",)


def test_an_answer_to_another_question_is_not_taken() -> None:
    number, question = ask("api.test", None)
    other = (number + 1) % 65536
    assert is_answer_to(number, question)
    assert not is_answer_to(other, question)
    with pytest.raises(NameNotResolved, match="another question"):
        read_answer(other, reply(question).pack())


def test_an_answer_is_fresh_for_its_ttl_in_model_time() -> None:
    cached, resolved = Cached(10.0), Resolved(addresses=("10.0.0.1",), ttl=2.0)
    assert cached.get(100.0) is None
    cached.put(resolved, 100.0)
    assert cached.get(100.19) is resolved
    assert cached.get(100.21) is None


def test_an_address_needs_no_answer() -> None:
    assert literal("127.0.0.1") == Resolved(addresses=("127.0.0.1",), ttl=0.0)
    assert literal("api.test") is None


def test_addresses_have_a_port_or_the_usual_one() -> None:
    assert split_address("127.0.0.1:5353", 53) == ("127.0.0.1", 5353)
    assert split_address("127.0.0.1", 53) == ("127.0.0.1", 53)


def test_what_is_configured_is_not_learned_anew() -> None:
    regions = RegionMap.of({"us": ("10.0.0.1",)})
    assert not regions.learn("10.0.0.1", "eu")
    assert regions.learn("10.0.0.2", "eu")
    assert [regions.region(a) for a in ("10.0.0.1", "10.0.0.2", "10.0.0.3", None)] == ["us", "eu", None, None]
