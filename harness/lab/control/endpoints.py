"""The way from inside a VPC to DynamoDB and S3: rules and cuts of the network hold for calls from there.

The API has one address, which is no hop of the network. So that a caller whose source address is in a VPC of the lab
meets the network all the same, his calls to these services count as going to the region's endpoint of the service.
"""

import re
import select
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from harness.lab.addresses import API_PORT, SERVICES, Addresses, place_of, region_of
from harness.lab.network.cuts import Cuts
from harness.lab.network.rule import Rule
from harness.lab.network.rules import Flow, Rules

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

_SCOPE = re.compile(r"Credential=[^/]+/\d{8}/(?P<region>[^/]+)/(?P<service>[^/]+)/aws4_request")
_LOOK_S = 0.1  # between two looks whether a caller who waits has left
_GONE = select.POLLRDHUP | select.POLLHUP | select.POLLERR


class Endpoints:
    """Holds calls back as long as the network between the caller and the service is cut or blocked, and delays them."""

    def __init__(self, addresses: Addresses) -> None:
        self.addresses = addresses
        self._cuts, self._rules = Cuts(), Rules()
        self._changed = threading.Condition()
        self._quiet = True

    def cut(self, name: str, places: Sequence[str]) -> None:
        """Isolate places under a name."""
        self._change(lambda: self._cuts.add(name, places))

    def impair(self, name: str, rules: Sequence[Rule]) -> None:
        """Put rules in force under a name."""
        self._change(lambda: self._rules.add(name, rules))

    def mend(self, name: str) -> None:
        """Take the cut and the rules of a name away."""

        def change() -> None:
            self._cuts.remove(name)
            self._rules.remove(name)

        self._change(change)

    def _change(self, change: Callable[[], object]) -> None:
        with self._changed:
            change()
            self._quiet = not (self._cuts or self._rules)
            self._changed.notify_all()

    def before(self, application: Application) -> Application:
        """An application behind these endpoints."""

        def guarded(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
            flow = None if self._quiet else self._flow(environ)
            if flow is None:
                return application(environ, start_response)
            back_s = self._reach(flow, environ)
            answer = application(environ, start_response)
            time.sleep(back_s)
            return answer

        return guarded

    def _flow(self, environ: dict[str, Any]) -> Flow | None:
        """The connection that a call stands for; none when the network has nothing to do with it."""
        scope = _SCOPE.search(environ.get("HTTP_AUTHORIZATION", ""))
        client = environ["REMOTE_ADDR"]
        if scope is None or scope["service"] not in SERVICES or region_of(place_of(client)) is None:
            return None
        try:
            server = self.addresses.endpoint(scope["region"], scope["service"])
        except KeyError:  # no region of the lab: the API refuses the call
            return None
        return Flow(client=client, server=server, port=API_PORT, number=int(environ["REMOTE_PORT"]))

    def _reach(self, flow: Flow, environ: dict[str, Any]) -> float:
        """Take as long as a call takes to arrive; returns how late its answer will be, in seconds."""
        with self._changed:
            while self._blocked(flow):
                self._changed.wait(_LOOK_S)
                _still_there(environ)
            late_s = [i.lateness_ns() / 1e9 if i is not None else 0.0 for i in self._rules.impairments(flow, 0)]
        time.sleep(late_s[0])
        _still_there(environ)
        return late_s[1]

    def _blocked(self, flow: Flow) -> bool:
        return self._cuts.block(place_of(flow.client), place_of(flow.server)) or self._rules.block(flow)


def _still_there(environ: dict[str, Any]) -> None:
    """Raise ConnectionAbortedError when the caller has closed his end: what he gave up is not carried out late."""
    asked = select.poll()
    asked.register(environ["werkzeug.socket"], _GONE)
    if asked.poll(0):
        raise ConnectionAbortedError("the caller gave up")
