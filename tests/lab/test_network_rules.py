"""Which connections and dials a rule strikes, and how late it makes bytes: pure functions."""

import random
import struct
from ipaddress import IPv4Address

import pytest

from harness.lab.addresses import BALANCER_PORT, DATABASE_PORT, INSTANCE_PORT, Addresses
from harness.lab.network.hosts import Hosts
from harness.lab.network.impairment import HANDSHAKE_TIMEOUT_NS, Impairment
from harness.lab.network.packets import Instruction, drop_by_network, drop_by_third_octet
from harness.lab.network.rule import Rule, problems
from harness.lab.network.rules import Flow, Rules

US, EU = "us-east-1", "eu-west-1"
WHERE = Addresses(42)
APP, PEER = WHERE.instance(f"{US}a", 0), WHERE.instance(f"{US}b", 0)
TO_APP = Flow(client=WHERE.load_balancer(US), server=APP, port=INSTANCE_PORT, number=1)
FROM_APP = Flow(client=APP, server=WHERE.database(US), port=DATABASE_PORT, number=2)
TO_PEER = Flow(client=WHERE.load_balancer(US), server=PEER, port=INSTANCE_PORT, number=3)
NS_A_MS = 1_000_000


def rules(*held: Rule) -> Rules:
    made = Rules()
    made.add("it", held)
    return made


def lateness(held: Rules, flow: Flow) -> tuple[int, int]:
    """Milliseconds that bytes to the server and to the client are late."""
    there, back = (i.lateness_ns() if i else 0 for i in held.impairments(flow, 0))
    return there // NS_A_MS, back // NS_A_MS


def test_a_list_of_hosts_has_its_addresses_networks_and_places_and_an_empty_one_everybody() -> None:
    assert Hosts([APP]).has(APP)
    assert not Hosts([APP]).has(PEER)
    assert Hosts(["127.42.11.0/24"]).has(APP)
    assert not Hosts(["127.42.11.0/24"]).has(PEER)
    assert Hosts([f"{US}a"]).has(APP)
    assert not Hosts([f"{US}a"]).has(WHERE.database(US))
    assert Hosts([US]).has(PEER)
    assert Hosts([US]).has(WHERE.database(US))
    assert not Hosts([US]).has(WHERE.database(EU))
    assert Hosts(["NA"]).has(WHERE.population("NA"))
    assert Hosts(["other"]).has(WHERE.checkers)
    assert Hosts([]).has(APP)


def test_a_block_of_an_address_blocks_all_its_hops_and_no_others() -> None:
    held = rules(Rule(ends=(APP,), blocked=True))
    assert [held.block(flow) for flow in (TO_APP, FROM_APP, TO_PEER)] == [True, True, False]


def test_a_block_between_two_sides_leaves_both_of_them_their_other_hops() -> None:
    held = rules(Rule(ends=(US,), others=(EU,), blocked=True))
    across = Flow(client=WHERE.database(EU), server=WHERE.database(US), port=DATABASE_PORT)
    served = Flow(client=WHERE.population("NA"), server=WHERE.load_balancer(US), port=BALANCER_PORT)
    assert [held.block(flow) for flow in (across, served, FROM_APP)] == [True, False, False]


@pytest.mark.parametrize(
    ("traffic", "blocked"), [("ingress", [True, False]), ("egress", [False, True]), ("both", [True, True])]
)
def test_a_blocked_port_is_one_that_is_dialed_into_the_ends_or_from_them(traffic: str, blocked: list[bool]) -> None:
    into = rules(Rule(ends=(APP,), traffic=traffic, port=INSTANCE_PORT, blocked=True))  # type: ignore[arg-type]
    out = rules(Rule(ends=(APP,), traffic=traffic, port=DATABASE_PORT, blocked=True))  # type: ignore[arg-type]
    assert [into.block(TO_APP), out.block(FROM_APP)] == blocked
    assert not into.block(FROM_APP)
    assert not out.block(TO_APP)


@pytest.mark.parametrize("traffic", ["ingress", "egress"])
def test_without_a_port_a_block_of_one_direction_blocks_the_connection(traffic: str) -> None:
    held = rules(Rule(ends=(APP,), traffic=traffic, blocked=True))  # type: ignore[arg-type]
    assert held.block(TO_APP)
    assert held.block(FROM_APP)


@pytest.mark.parametrize(
    ("traffic", "to_app", "from_app"),
    [("egress", (0, 50), (50, 0)), ("ingress", (50, 0), (0, 50)), ("both", (50, 50), (50, 50))],
)
def test_a_delay_strikes_the_bytes_that_leave_the_ends_or_reach_them(
    traffic: str, to_app: tuple[int, int], from_app: tuple[int, int]
) -> None:
    held = rules(Rule(ends=(APP,), traffic=traffic, delay_ms=50))  # type: ignore[arg-type]
    assert lateness(held, TO_APP) == to_app
    assert lateness(held, FROM_APP) == from_app
    assert lateness(held, TO_PEER) == (0, 0)


def test_delays_of_several_rules_and_names_add_up_until_each_is_removed() -> None:
    held = rules(Rule(ends=(APP,), traffic="egress", delay_ms=50), Rule(ends=(US,), traffic="egress", delay_ms=30))
    held.add("more", [Rule(ends=(APP,), traffic="egress", delay_ms=20)])
    assert lateness(held, FROM_APP) == (100, 30)
    held.remove("it")
    assert lateness(held, FROM_APP) == (20, 0)
    held.remove("more")
    assert lateness(held, FROM_APP) == (0, 0)
    assert not held


def test_any_block_blocks_until_the_last_is_removed() -> None:
    held = rules(Rule(ends=(APP,), blocked=True))
    held.add("more", [Rule(ends=(f"{US}a",), blocked=True)])
    held.remove("it")
    assert held.block(TO_APP)
    held.remove("more")
    assert not held.block(TO_APP)


def test_a_share_of_the_connections_is_struck_the_same_ones_as_long_as_the_rule_holds() -> None:
    held = rules(Rule(ends=(APP,), blocked=True, flows_percent=25))
    flows = [Flow(client=APP, server=WHERE.database(US), port=DATABASE_PORT, number=n) for n in range(2000)]
    struck = [held.block(flow) for flow in flows]
    assert 400 < sum(struck) < 600
    assert [held.block(flow) for flow in flows] == struck
    assert not held.blocked_sources(WHERE.database(US), DATABASE_PORT), "a door cannot tell connections apart"


def test_that_all_is_lost_blocks() -> None:
    held = rules(Rule(ends=(APP,), traffic="egress", loss_percent=100))
    assert held.block(TO_APP)
    assert held.impairments(TO_APP, 0) == (None, None)


def test_losses_of_two_rules_are_independent_of_each_other() -> None:
    held = rules(Rule(ends=(APP,), loss_percent=50), Rule(ends=(APP,), loss_percent=20))
    there, back = held.impairments(TO_APP, 3 * NS_A_MS)
    assert there == back == Impairment(delays_ns=(), loss=pytest.approx(0.6), round_trip_ns=6 * NS_A_MS)


def test_a_door_drops_the_dials_of_the_others_and_at_the_others_those_of_the_ends() -> None:
    held = rules(Rule(ends=(APP,), others=(WHERE.database(US),), blocked=True))
    assert [h.networks for h in held.blocked_sources(APP, INSTANCE_PORT)] == [Hosts([WHERE.database(US)]).networks]
    assert [h.networks for h in held.blocked_sources(WHERE.database(US), DATABASE_PORT)] == [Hosts([APP]).networks]
    assert not held.blocked_sources(PEER, INSTANCE_PORT)


def test_the_delay_of_a_chunk_differs_by_at_most_its_jitter() -> None:
    impairment = Impairment(delays_ns=((100 * NS_A_MS, 10 * NS_A_MS),), loss=0, round_trip_ns=0)
    late = [impairment.lateness_ns() / NS_A_MS for _ in range(500)]
    assert 90 <= min(late) < 95
    assert 105 < max(late) <= 110


def test_what_is_lost_comes_after_timeouts_that_double(monkeypatch: pytest.MonkeyPatch) -> None:
    draws = iter([0.1, 0.2, 0.3, 0.9, 0.0, 0.9])
    monkeypatch.setattr(random, "random", lambda: next(draws))
    impairment = Impairment(delays_ns=(), loss=0.5, round_trip_ns=24 * NS_A_MS)
    assert impairment.lateness_ns() == (1 + 2 + 4) * 224 * NS_A_MS
    assert impairment.lateness_ns(HANDSHAKE_TIMEOUT_NS) == HANDSHAKE_TIMEOUT_NS


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        ([], "no rule"),
        ([Rule(ends=())], "without ends"),
        ([Rule(ends=("mars",))], "not an address, a network or a place: mars"),
        ([Rule(ends=(APP,), others=("db.storefront.test",))], "db.storefront.test"),
        ([Rule(ends=(APP,), delay_ms=-1)], "delay_ms is less than nothing"),
        ([Rule(ends=(APP,), loss_percent=101)], "loss_percent is not in 0..100: 101"),
        ([Rule(ends=(APP,), flows_percent=-1)], "flows_percent is not in 0..100"),
        ([Rule(ends=(APP,), traffic="out")], "no traffic: 'out'"),  # type: ignore[arg-type]
    ],
)
def test_what_is_wrong_with_rules_is_told(wrong: list[Rule], word: str) -> None:
    assert word in "; ".join(problems(wrong))
    assert problems([Rule(ends=(APP, US), others=("10.0.0.0/8",), delay_ms=1)]) == []


def dropped(program: list[Instruction], source: str) -> bool:
    """Run a filter program on a packet from an address; true if it is dropped."""
    value, at = 0, 0
    while True:
        code, if_equal, otherwise, operand = program[at]
        match code:
            case 0x20:
                (value,) = struct.unpack("!I", IPv4Address(source).packed)
            case 0x74:
                value >>= operand
            case 0x54:
                value &= operand
            case 0x15:
                at += if_equal if value == operand else otherwise
            case 0x06:
                return operand == 0
        at += 1


def test_a_packet_filter_drops_networks_and_then_decides_by_the_third_octet() -> None:
    networks = Hosts([APP, "127.42.20.0/30"]).networks
    program = [*drop_by_network(networks), *drop_by_third_octet(False, {12: True})]
    sources = [APP, "127.42.11.11", "127.42.20.3", "127.42.20.4", PEER]
    assert [dropped(program, source) for source in sources] == [True, False, True, False, True]
