"""Calls of the AWS API that are answered with an error."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiError:
    """An error as a service words it, and its HTTP status."""

    code: str
    message: str
    status: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiFault:
    """So many percent of the calls of some operations get an error.

    Only calls of these roles (ARNs; empty: everybody's), for these streams (ARNs), for capacity in these zones (names).
    """

    region: str
    service: str  # as requests are signed: ec2, kinesis
    operations: frozenset[str]
    percentage: float
    error: ApiError
    roles: frozenset[str] = frozenset()
    streams: frozenset[str] = frozenset()
    zones: frozenset[str] = frozenset()
