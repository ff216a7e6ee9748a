"""The process of one execution environment: it runs the code of a function, one invocation at a time."""

import asyncio
import contextlib
import io
import json
import socket
import traceback
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from time import perf_counter
from typing import Any

from harness.lab.channel import Channel
from harness.lab.truth import Truth


class Environment:
    """Runs the handler, and says in the truth log that it did."""

    def __init__(self, settings: dict[str, Any]) -> None:
        module, function = settings["handler"].split(":")
        self._handler: Callable[[Any, object], Any] = getattr(import_module(module), function)
        self._names = {"function": settings["function"], "region": settings["region"]}
        self._truth = Truth(Path(settings["truth"]))

    async def invoke(self, request: str, event: Any) -> dict[str, Any]:
        """The handler's `result` as JSON or its `error`, what it printed, and how long it took in milliseconds."""
        printed, began = io.StringIO(), perf_counter()
        self._truth.write("function_executed", request=request, **self._names)
        with contextlib.redirect_stdout(printed):
            outcome = self._outcome(event)
        return {**outcome, "printed": printed.getvalue(), "ms": 1e3 * (perf_counter() - began)}

    def _outcome(self, event: Any) -> dict[str, Any]:
        try:
            return {"result": json.dumps(self._handler(event, None))}
        except Exception as error:
            trace = traceback.format_tb(error.__traceback__)
            told = {"errorMessage": str(error), "errorType": type(error).__name__, "stackTrace": trace}
            return {"error": json.dumps(told)}


async def _serve(sock: socket.socket, settings: dict[str, Any]) -> None:
    channel = await Channel.open(sock, {"invoke": Environment(settings).invoke})
    await asyncio.wait({channel.closed})


def main(sock: socket.socket, settings: dict[str, Any]) -> None:
    """Serve until the daemon is gone. Settings: function, region, handler ("module:function"), truth (a path)."""
    asyncio.run(_serve(sock, settings))
