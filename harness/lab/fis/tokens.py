"""Client tokens: a call that is repeated with its token makes nothing new."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.lab.control.answer import AwsError


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What a call with a token has made, and what the call asked for."""

    id: str
    content: str


class Tokens:
    """Which tokens made what, by operation and region."""

    def __init__(self) -> None:
        self._made: dict[tuple[str, str, str], Made] = {}

    def known(self, operation: str, region: str, asked: Mapping[str, Any]) -> str | None:
        """The id of what this call made before. Raises ConflictException when its token came with another content."""
        token = str(asked.get("clientToken") or "")
        made = self._made.get((operation, region, token)) if token else None
        if made is None:
            return None
        if made.content != _content(asked):
            raise AwsError("ConflictException", f"The client token {token} was used with other parameters before.")
        return made.id

    def keep(self, operation: str, region: str, asked: Mapping[str, Any], id: str) -> None:
        """Remember what a call has made."""
        if token := str(asked.get("clientToken") or ""):
            self._made[operation, region, token] = Made(id=id, content=_content(asked))


def _content(asked: Mapping[str, Any]) -> str:
    return json.dumps({name: value for name, value in asked.items() if name != "clientToken"}, sort_keys=True)
