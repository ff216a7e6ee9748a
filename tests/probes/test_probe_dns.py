"""Questions, answers and the cache that keeps to the time scale."""

import pytest
from dnslib import CNAME, QTYPE, RCODE, RR, A, DNSRecord

from harness.probes.dns import (
    Cached,
    NameNotResolved,
    RegionMap,
    Resolved,
    ask,
    is_answer_to,
    literal,
    read_answer,
    split_address,
)


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
    with pytest.raises(NameNotResolved, match="without an address"):
        read_answer(number, reply(question).pack())
    with pytest.raises(NameNotResolved, match="malformed"):
        read_answer(number, question[:5])


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
