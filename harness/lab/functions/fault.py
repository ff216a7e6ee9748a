"""What FIS does to invocations of functions."""

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class InvocationFault:
    """A fault in a percentage of the invocations of some functions (names) of a region.

    `delay_s` passes before the code starts. With `fails` the answer is an error; with `status` it is an HTTP response
    of that status and content type. With `prevents` the code does not run.
    """

    region: str
    functions: Collection[str]
    percentage: float = 100
    delay_s: float = 0
    fails: bool = False
    status: int | None = None
    content_type: str = ""
    prevents: bool = False
