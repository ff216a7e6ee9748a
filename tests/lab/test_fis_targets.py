"""Which resources a target comes to."""

from typing import Any

import pytest

from harness.lab.fis.targets import Candidate, absent, resolve


def instance(id: str, zone: str, state: str = "running", **tags: str) -> Candidate:
    return Candidate(
        arn=f"arn:instance/{id}",
        tags={"drill": "storefront", **tags},
        zone=zone,
        zone_id=f"use1-az-{zone}",
        attributes={
            "State": {"Name": state},
            "Placement": {"AvailabilityZone": zone},
            "Groups": [{"Id": f"g-{id}"}],
            "MultiAZ": id == "1",
        },
        parameters={"cluster": (f"arn:cluster/{zone}", zone)},
    )


ALL = [instance("1", "a"), instance("2", "b"), instance("3", "b", "stopped"), instance("4", "c", role="other")]
TAGGED: dict[str, Any] = {"resourceTags": {"drill": "storefront"}, "selectionMode": "ALL"}


def ids(target: dict[str, Any]) -> list[str]:
    return [arn.rpartition("/")[2] for arn in resolve({"selectionMode": "ALL", **target}, ALL)]


@pytest.mark.parametrize(("target", "found"), [
    (TAGGED, ["1", "2", "3", "4"]),
    ({"resourceTags": {"drill": "storefront", "role": "other"}}, ["4"]),
    ({"resourceTags": {"drill": "nothing"}}, []),
    ({"resourceArns": ["arn:instance/2", "arn:instance/9"]}, ["2"]),
    ({**TAGGED, "filters": [{"path": "State.Name", "values": ["running"]}]}, ["1", "2", "4"]),
    ({**TAGGED, "filters": [{"path": "State.Name", "values": ["stopped"]},
                            {"path": "Placement.AvailabilityZone", "values": ["a", "b"]}]}, ["3"]),
    ({**TAGGED, "filters": [{"path": "Groups.Id", "values": ["g-1"]}]}, ["1"]),
    ({**TAGGED, "filters": [{"path": "Nothing.Here", "values": ["1"]}]}, []),
    ({**TAGGED, "parameters": {"availabilityZoneIdentifier": "b"}}, ["2", "3"]),
    ({**TAGGED, "filters": [{"path": "MultiAZ", "values": ["true"]}]}, ["1"]),
    ({**TAGGED, "filters": [{"path": "MultiAZ", "values": ["false"]}]}, ["2", "3", "4"]),
    ({**TAGGED, "parameters": {"availabilityZoneIdentifiers": "a,c"}}, ["1", "4"]),
    ({**TAGGED, "parameters": {"availabilityZoneIdentifiers": "a, use1-az-c"}}, ["1", "4"]),
    ({**TAGGED, "parameters": {"availabilityZoneIdentifiers": "all"}}, ["1", "2", "3", "4"]),
    ({**TAGGED, "parameters": {"writerAvailabilityZoneIdentifiers": "b"}}, ["2", "3"]),
    ({**TAGGED, "parameters": {"availabilityZoneIdentifier": "use1-az-b"}}, ["2", "3"]),
    ({**TAGGED, "parameters": {"availabilityZoneIdentifier": "use1-az-d"}}, []),
    ({**TAGGED, "parameters": {"cluster": "arn:cluster/a"}}, ["1"]),
    ({**TAGGED, "parameters": {"cluster": "b", "availabilityZoneIdentifier": "b"}}, ["2", "3"]),
    ({**TAGGED, "parameters": {"service": "web"}}, []),
])  # fmt: skip
def test_tags_arns_filters_and_parameters_all_have_to_match(target: dict[str, Any], found: list[str]) -> None:
    assert ids(target) == found


@pytest.mark.parametrize(("mode", "count"), [
    ("COUNT(2)", 2),
    ("COUNT(9)", 4),
    ("PERCENT(50)", 2),
    ("PERCENT(49)", 1),
    ("PERCENT(1)", 0),
    ("PERCENT(100)", 4),
])  # fmt: skip
def test_a_selection_takes_so_many_and_percentages_round_down(mode: str, count: int) -> None:
    assert len(set(ids({**TAGGED, "selectionMode": mode}))) == count


def test_a_resource_without_a_zone_is_in_none() -> None:
    nowhere = [Candidate(arn="arn:x", tags={})]
    for parameters in ({"availabilityZoneIdentifiers": "a,"}, {"availabilityZoneIdentifier": ""}):
        assert resolve({"parameters": parameters}, nowhere) == []


def test_the_arns_that_nothing_has_are_told() -> None:
    assert absent({"resourceArns": ["arn:instance/2", "arn:instance/9"]}, ALL) == ["arn:instance/9"]
    assert absent(TAGGED, ALL) == []
