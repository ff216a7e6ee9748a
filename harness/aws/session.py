"""Clients for one stack: the lab's endpoint with dummy keys, or the account's own credentials on AWS."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from harness.errors import CallFailed
from harness.stack.descriptor import Stack

# boto3 is imported when it is first needed: `drill check` talks to nobody and must be quick.
_TIMEOUTS = {"connect_timeout": 5, "read_timeout": 30}
_RETRIES = {"mode": "standard", "max_attempts": 4}


class Aws:
    """Hands out boto3 clients by service and region; each is made once."""

    def __init__(self, stack: Stack) -> None:
        import boto3
        from botocore.config import Config

        self.stack = stack
        self._config = Config(**_TIMEOUTS, retries=_RETRIES, user_agent_extra="drill")
        self._clients: dict[tuple[str, str], Any] = {}
        self._making = threading.Lock()
        keys = {"aws_access_key_id": "lab", "aws_secret_access_key": "lab"} if stack.endpoint_url else {}
        self._session = boto3.session.Session(**keys)

    def client(self, service: str, region: str) -> Any:
        """The client of a service in a region."""
        key = (service, region)
        with self._making:  # clients may be used from several threads, but not made
            if key not in self._clients:
                self._clients[key] = self._session.client(
                    service, region_name=region, endpoint_url=self.stack.endpoint_url, config=self._config
                )
            return self._clients[key]


@contextmanager
def calling(what: str) -> Iterator[None]:
    """Map AWS errors to CallFailed; `what` says which call, such as "fis:StartExperiment in us-east-1"."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        details = error.response.get("Error", {})
        raise CallFailed(what, details.get("Code", "Unknown"), details.get("Message", str(error))) from error
    except BotoCoreError as error:
        raise CallFailed(what, type(error).__name__, str(error)) from error
