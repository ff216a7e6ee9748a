"""The shape of an answer of an AWS API: botocore's model parses the request and serialises the result."""

import base64
from collections.abc import Callable
from typing import Any

from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult, BaseResponse, EmptyResult

__all__ = ["ActionResult", "AwsError", "EmptyResult", "Later", "NotInTheLab", "Reply", "Response", "page"]

Reply = tuple[int, dict[str, str], bytes]


class AwsError(ServiceException):
    """An error of an AWS API: a code of the service's model, and a message."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)


class NotInTheLab(Exception):
    """The lab does not do this; answered with 501, which boto3 does not retry. (Moto makes a 400 of every AwsError.)"""

    def __init__(self, service: str, operation: str) -> None:
        super().__init__(f"the lab cannot do {service}:{operation}")


class Later(Exception):
    """What an operation raises that waits for the loop: `finish` is called without the lock and may raise AwsError."""

    def __init__(self, response: BaseResponse, finish: Callable[[], Reply]) -> None:
        super().__init__("the answer comes later")
        self.response, self.finish = response, finish


class Response(BaseResponse):
    """Base of the lab's own services. `ask(name)` reads a parameter of the request by its name in the API."""

    def __init__(self, service: str) -> None:
        super().__init__(service_name=service)
        self.automated_parameter_parsing = True

    def ask(self, name: str, default: Any = None) -> Any:
        """A parameter of the request, or the default when it is absent."""
        return self._get_param(name, default)


def page(items: list[Any], token: str | None, most: int | None, default: int = 100) -> tuple[list[Any], str | None]:
    """One page of a list, and the token of the next one."""
    try:
        start = int(base64.b64decode(token)) if token else 0
    except ValueError as error:
        raise AwsError("ValidationException", f"bad token {token!r}") from error
    end = start + (most or default)
    following = base64.b64encode(str(end).encode()).decode() if end < len(items) else None
    return items[start:end], following
