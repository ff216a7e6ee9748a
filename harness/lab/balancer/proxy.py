"""Passing a request on to a target and its answer back."""

import time

import aiohttp
from aiohttp import web
from multidict import CIMultiDict
from yarl import URL

from harness.lab.addresses import INSTANCE_PORT
from harness.lab.balancer.counts import Counts
from harness.lab.balancer.target import Target
from harness.lab.balancer.targets import Targets, token

COOKIE = "lb_cookie"
_KEEP_ALIVE_S = 30.0  # less than a target keeps its side
_HOP_BY_HOP = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "te",
        "trailers",
        "transfer-encoding",
        "upgrade",
    }
)
_NOT_PASSED_ON = _HOP_BY_HOP | {"content-length", "x-client-source", "expect"}
_AUTOMATIC = ("User-Agent", "Accept", "Accept-Encoding", "Content-Type")
_SAY = {502: "Bad Gateway", 503: "Service Temporarily Unavailable", 504: "Gateway Time-out"}


class Proxy:
    """The request handler of a balancer. Timeouts are real seconds: to connect to a target, to hear from it."""

    def __init__(
        self, source: str, targets: Targets, counts: Counts, *, sticky: bool, connect_s: float, response_s: float
    ) -> None:
        connector = aiohttp.TCPConnector(local_addr=(source, 0), limit=0, keepalive_timeout=_KEEP_ALIVE_S)
        self._session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            skip_auto_headers=_AUTOMATIC,
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=connect_s, sock_read=response_s),
        )
        self._targets, self._counts, self._sticky = targets, counts, sticky

    async def handle(self, request: web.BaseRequest) -> web.Response:
        """Answer one request."""
        cookie = request.cookies.get(COOKIE) if self._sticky else None
        target, stuck = self._targets.pick(cookie)
        if self._sticky and not stuck:
            self._counts.took_turns()
        if target is None:
            return self._fail(503, had_target=False)
        try:
            response = await self._pass_on(request, target)
        except TimeoutError:
            return self._fail(504)
        except aiohttp.ClientConnectorError:
            self._counts.not_connected()
            return self._fail(502)
        except (aiohttp.ClientError, OSError):
            return self._fail(502)
        if self._sticky and not stuck:
            response.set_cookie(COOKIE, token(target), path="/")
        return response

    async def _pass_on(self, request: web.BaseRequest, target: Target) -> web.Response:
        body = await request.read()
        headers = CIMultiDict((k, v) for k, v in request.headers.items() if k.lower() not in _NOT_PASSED_ON)
        headers["X-Client-Source"] = headers["X-Forwarded-For"] = request.remote or ""
        url = URL(f"http://{target.address}:{INSTANCE_PORT}{request.raw_path}", encoded=True)
        began = time.monotonic()
        async with self._session.request(
            request.method, url, headers=headers, data=body or None, allow_redirects=False
        ) as answer:
            content = await answer.read()
        self._counts.answered(answer.status, time.monotonic() - began)
        passed = CIMultiDict((k, v) for k, v in answer.headers.items() if k.lower() not in _NOT_PASSED_ON)
        return web.Response(status=answer.status, headers=passed, body=content)

    def _fail(self, status: int, *, had_target: bool = True) -> web.Response:
        self._counts.failed(status, had_target=had_target)
        headers = {"Server": "lab-balancer", "Content-Type": "text/plain"}
        return web.Response(status=status, headers=headers, body=f"{status} {_SAY[status]}\n".encode())
