"""The names of a run that have no shape to tell them by: looked up where the plan and the journal keep them."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from harness.redaction.patterns import V4, is_plain

# Keys of the plan, of the journal and of AWS's own records, and what stands there.
_KEYS = {
    "account": "account",
    "accounts": "account",
    "AccountId": "account",
    "OwnerId": "account",
    "stack": "stack",
    "auto_scaling_group": "group",
    "ecs_cluster": "group",
    "ecs_service": "group",
    "global_table": "table",
    "bucket": "bucket",
    "function": "function",
    "load_balancer": "balancer",
    "target_group": "group",
    "detection_alarm": "alarm",
    "alarm": "alarm",
    "health_check": "check",
    "HealthCheckId": "check",
    "zone_id": "hosted zone",
    "HostedZoneId": "hosted zone",
    "record": "host",
    "writer_record": "host",
    "DNSName": "host",
    "url": "host",
    "endpoint_url": "host",
    "resolver": "host",
    "tags": "tag",
    "resourceTags": "tag",
    "fis_role": "role",
    "database": "database",
}
_ACCOUNT = re.compile(r"(?i:accounts?)(?:[_ ]?(?i:id))?[\s\"'=:\[-]{1,6}(\d{12})(?!\d)")
_HOST = re.compile(r"(?:[a-z][a-z0-9+.-]*://)?(?:[^/@]*@)?(?P<host>[A-Za-z0-9_.-]*[A-Za-z0-9_-])\.?(?::\d+)?(?:/.*)?")
_MACHINE = re.compile(r"\[[^\]]*\] ([^\s/]+)/(?:DEBUG|INFO|WARNING|ERROR|CRITICAL)/")
PUBLIC = frozenset({"www.w3.org", "localhost", "example.com", "example"})
"""Hosts that say nothing of anybody."""


def names_in(value: Any) -> Iterator[tuple[str, str]]:
    """Each name in JSON data with its kind; the same one may come often."""
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from _at(str(key), each)
            yield from names_in(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from names_in(each)
    elif isinstance(value, str):
        yield from (("account", found) for found in _ACCOUNT.findall(value))


def _at(key: str, value: Any) -> Iterator[tuple[str, str]]:
    kind = _KEYS.get(key)
    if kind is None:
        return
    for text in _texts(value, kind):
        yield from _of(kind, text)


def _texts(value: Any, kind: str) -> Iterable[str]:
    if isinstance(value, Mapping):
        listed = value.values() if kind == "tag" else value.get("instances", {}).values() if kind == "database" else ()
        return [each for each in listed if isinstance(each, str)]
    return [each for each in (value if isinstance(value, list | tuple) else [value]) if isinstance(each, str)]


def _of(kind: str, text: str) -> Iterator[tuple[str, str]]:
    if kind == "host":
        found = _HOST.fullmatch(text)
        text = found["host"] if found else ""
        if re.fullmatch(V4, text) or "." not in text:
            return
    unusable = {
        "account": not re.fullmatch(r"\d{12}", text),
        "tag": is_plain(text),
    }
    if text and not text.startswith("arn:") and not unusable.get(kind):
        yield kind, text


def domains_of(hosts: Iterable[str]) -> frozenset[str]:
    """The domains that hosts are named in, where these are more than a top level: everything below is theirs too."""
    parents = (host.partition(".")[2] if host.count(".") > 1 else host for host in hosts)
    return frozenset(each.lower() for each in parents if "." in each and not _is_public(each))


def _is_public(domain: str) -> bool:
    return domain.lower() in PUBLIC or domain.lower().endswith((".amazonaws.com", "amazonaws.com.cn"))


def machines_in(log: Iterable[str]) -> Iterator[str]:
    """The machines that wrote the lines of a log, as Locust begins them."""
    return (found[1] for line in log if (found := _MACHINE.match(line)))


def folders_of(run: str) -> tuple[str, ...]:
    """The folders above a run that tell whose machine it was: those of its results, and what these lie in."""
    parts = run.rstrip("/").split("/") if run.startswith("/") else []
    above = ["/".join(parts[:-2]), "/".join(parts[:-3])]
    return tuple(each for each in above if each.count("/") > 1)
