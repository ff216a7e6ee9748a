"""Which resources the targets of an experiment are."""

import random
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

_ONE_ZONE = "availabilityZoneIdentifier"
_ZONES = ("availabilityZoneIdentifiers", "writerAvailabilityZoneIdentifiers")


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A resource that may be a target.

    `attributes` is what filters look at: nested, named as in Describe calls. `parameters` is what parameters of its
    type may ask for besides zone and VPC: the values by which it is known, such as the name and the ARN of its cluster.
    """

    arn: str
    tags: Mapping[str, str]
    zone: str = ""
    zone_id: str = ""
    vpc: str = ""
    attributes: Mapping[str, Any] = field(default_factory=dict)
    parameters: Mapping[str, Collection[str]] = field(default_factory=dict)


class Inventory(Protocol):
    """Lists what there is."""

    def candidates(self, region: str, type: str) -> Iterable[Candidate]:
        """The living resources of a type; none of a type that the lab does not know."""
        ...


def resolve(target: Mapping[str, Any], candidates: Iterable[Candidate]) -> list[str]:
    """The ARNs that a target of a template comes to."""
    found = [c for c in candidates if _wanted(target, c)]
    return select(target.get("selectionMode", "ALL"), [c.arn for c in found])


def absent(target: Mapping[str, Any], candidates: Iterable[Candidate]) -> list[str]:
    """The ARNs that a target names and nothing has."""
    there = {c.arn for c in candidates}
    return [arn for arn in target.get("resourceArns") or [] if arn not in there]


def select(mode: str, arns: Sequence[str]) -> list[str]:
    """All, some at random, or a percentage (rounded down) at random."""
    if mode == "ALL":
        return list(arns)
    number = int(mode.partition("(")[2].rstrip(")"))
    count = number if mode.startswith("COUNT") else len(arns) * number // 100
    return random.sample(list(arns), min(count, len(arns)))


def _wanted(target: Mapping[str, Any], candidate: Candidate) -> bool:
    arns, tags = target.get("resourceArns") or [], target.get("resourceTags") or {}
    if arns and candidate.arn not in arns:
        return False
    if any(candidate.tags.get(name) != value for name, value in tags.items()):
        return False
    return all(_matches(name, value, candidate) for name, value in (target.get("parameters") or {}).items()) and all(
        _filter_matches(candidate.attributes, f["path"].split("."), f["values"]) for f in target.get("filters") or []
    )


def _matches(parameter: str, value: str, candidate: Candidate) -> bool:
    zone = {candidate.zone, candidate.zone_id} - {""}
    if parameter == _ONE_ZONE:
        return value in zone
    if parameter in _ZONES:
        return value == "all" or not zone.isdisjoint(each.strip() for each in value.split(","))
    if parameter == "vpc":
        return candidate.vpc == value
    return value in candidate.parameters.get(parameter, ())


def _filter_matches(value: Any, path: Sequence[str], values: Sequence[str]) -> bool:
    if isinstance(value, (list, tuple)):
        return any(_filter_matches(one, path, values) for one in value)
    if not path:
        return (str(value).lower() if isinstance(value, bool) else str(value)) in values
    return isinstance(value, Mapping) and path[0] in value and _filter_matches(value[path[0]], path[1:], values)
