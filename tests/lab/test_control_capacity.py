"""Where instances go, which of them leave, and what is said of a target."""

from typing import Any

import pytest

from harness.lab.control.instances import Instance
from harness.lab.control.targets import opinion
from harness.lab.plane import TargetHealth
from harness.lab.scaling.member import Member
from harness.lab.scaling.spread import by_need, victims

ZONES = ("a", "b", "c")
HEALTHY = TargetHealth(state="healthy")
DRAINING = TargetHealth(state="draining")


def instance(id: str, zone: str = "a", state: str = "running") -> Instance:
    return Instance(id=id, region="us-east-1", zone=zone, state=state)


@pytest.mark.parametrize(("taken", "zone"), [
    ([], "a"),
    (["a"], "b"),
    (["a", "b", "c"], "a"),
    (["b", "c"], "a"),
    (["a", "a", "b"], "c"),
])  # fmt: skip
def test_an_instance_goes_where_the_fewest_are(taken: list[str], zone: str) -> None:
    assert by_need(ZONES, taken)[0] == zone


@pytest.mark.parametrize(("zones", "surplus", "left"), [
    ("abca", 1, [0, 1, 2]),
    ("abcab", 2, [0, 1, 2]),
    ("aab", 1, [0, 2]),
    ("abc", 0, [0, 1, 2]),
    ("ab", -1, [0, 1]),
])  # fmt: skip
def test_the_youngest_of_the_fullest_zone_leave(zones: str, surplus: int, left: list[int]) -> None:
    members = [Member(instance=instance(str(n), zone)) for n, zone in enumerate(zones)]
    leaving = {m.instance.id for m in victims(members, surplus)}
    assert [n for n in range(len(zones)) if str(n) not in leaving] == left


@pytest.mark.parametrize(("given", "state", "reason"), [
    ((instance("i"), HEALTHY, True), "healthy", ""),
    ((instance("i"), None, True), "initial", "Elb.RegistrationInProgress"),
    ((instance("i", state="stopped"), HEALTHY, True), "unused", "Target.InvalidState"),
    ((instance("i"), DRAINING, False), "draining", ""),
    ((instance("i"), HEALTHY, False), "unused", "Target.NotRegistered"),
    ((None, None, False), "unused", "Target.NotRegistered"),
])  # fmt: skip
def test_a_target_is_what_the_balancer_sees_unless_ec2_knows_better(
    given: tuple[Any, Any, bool], state: str, reason: str
) -> None:
    said = opinion(*given)
    assert (said.state, said.reason) == (state, reason)
