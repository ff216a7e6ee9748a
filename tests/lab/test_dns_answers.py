"""DNS on the wire: who asks, what is answered, for how long."""

import struct

import pytest
from dnslib import EDNS0, QTYPE, RCODE, DNSError, DNSRecord, EDNSOption

from harness.lab.control.routing import Record
from harness.lab.dns import answer


def ask(name: str, records: list[Record] | None, query: DNSRecord | None = None) -> tuple[DNSRecord, list[str]]:
    seen: list[str] = []

    def resolve(name: str, type: str, source: str) -> list[Record] | None:
        seen.append(f"{name} {type} {source}")
        return records

    packet = (query or DNSRecord.question(name)).pack()
    return DNSRecord.parse(answer(packet, "127.20.110.1", resolve)), seen


def with_subnet(name: str, address: bytes) -> DNSRecord:
    query = DNSRecord.question(name)
    query.add_ar(EDNS0(opts=[EDNSOption(8, struct.pack("!HBB", 1, 24, 0) + address)]))
    return query


def test_an_address_is_answered_with_its_ttl_in_whole_model_seconds() -> None:
    reply, _ = ask("api.test", [Record(name="api.test", type="A", ttl=1.5, values=("127.20.10.1",))])
    assert [(str(r.rdata), r.ttl) for r in reply.rr] == [("127.20.10.1", 2)]
    assert reply.header.aa == 1


def test_an_alias_name_is_answered_with_its_chain() -> None:
    chain = [
        Record(name="db.test", type="CNAME", ttl=2, values=("x.test",)),
        Record(name="x.test", type="A", ttl=2, values=("127.20.10.5",)),
    ]
    reply, _ = ask("db.test", chain)
    assert [QTYPE[r.rtype] for r in reply.rr] == ["CNAME", "A"]


def test_the_source_address_says_who_asks() -> None:
    assert ask("api.test", [])[1] == ["api.test. A 127.20.110.1"]


def test_a_client_subnet_outweighs_the_source_address() -> None:
    assert ask("api.test", [], with_subnet("api.test", b"\x7f\x14\x78"))[1] == ["api.test. A 127.20.120.0"]


def test_a_name_that_does_not_exist_is_not_an_empty_answer() -> None:
    assert ask("nobody.test", None)[0].header.rcode == RCODE.NXDOMAIN
    assert ask("api.test", [])[0].header.rcode == RCODE.NOERROR


def test_what_is_no_query_is_no_answer() -> None:
    with pytest.raises(DNSError):
        answer(b"hello", "127.20.110.1", lambda name, type, source: [])
