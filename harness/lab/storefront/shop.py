"""What the storefront answers over HTTP."""

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import asyncpg
from aiohttp import web

from harness.lab.addresses import place_of, population_of, region_of
from harness.lab.storefront.admission import Admission, Overloaded
from harness.lab.storefront.carts import Carts, NoCart
from harness.lab.storefront.connections import Connections, NoConnection
from harness.lab.storefront.disk import OrderLog
from harness.lab.storefront.follower import Follower
from harness.lab.truth import Truth

_READ_S, _REACH_WRITER_S, _COMMIT_S, _AUDIT_S = 1.0, 1.5, 2.0, 20.0
_RETRY_AFTER_S = "1"
_CATALOGUE = "select sku, name, price_cents from products order by sku"
_BY_PREFIX = "select id, count(*) from orders where id like $1 group by id"
_DATABASE_ERRORS = (OSError, TimeoutError, NoConnection, asyncpg.PostgresError, asyncpg.InterfaceError)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """One instance of the storefront. `reads` go to its own region's database, orders to its log and the writer.

    Shoppers are let in by `admission`, if there is one; health checks and the audit are let in anyway, unless
    `health_in_queue`.
    """

    region: str
    zone: str
    instance_id: str
    reads: Connections | Follower
    writer: Follower
    truth: Truth
    log: OrderLog
    carts: Carts
    admission: Admission | None = None
    health_in_queue: bool = False

    def application(self) -> web.Application:
        """The routes, as an aiohttp application."""
        application = web.Application(middlewares=[self._sign()])
        application.router.add_get("/health", self._admitted(self.health) if self.health_in_queue else self.health)
        application.router.add_get("/catalogue", self._admitted(self.catalogue))
        application.router.add_post("/cart", self._admitted(self.add_to_cart))
        application.router.add_post("/orders", self._admitted(self.order))
        application.router.add_get("/orders", self.audit)
        return application

    def _admitted(self, handler: Handler) -> Handler:
        """A handler that is entered when the instance has the capacity, and answers 503 at once when it is full."""
        admission = self.admission
        if admission is None:
            return handler

        async def admitted(request: web.Request) -> web.StreamResponse:
            try:
                async with admission.admit():
                    return await handler(request)
            except Overloaded:
                self.truth.write("turned_away", region=self.region, path=request.path)
                response = _failed(503, "the instance is overloaded")
                response.headers["Retry-After"] = _RETRY_AFTER_S
                return response

        return admitted

    async def health(self, request: web.Request) -> web.Response:
        """200 when the own region's database answers."""
        try:
            async with asyncio.timeout(_READ_S), self.reads.take(_READ_S) as (connection, _):
                await connection.fetchval("select 1")
        except _DATABASE_ERRORS as error:
            return _failed(503, f"the database of {self.region} does not answer: {error!r}")
        return web.json_response({"status": "ok"})

    async def catalogue(self, request: web.Request) -> web.Response:
        """All products."""
        try:
            async with asyncio.timeout(_READ_S), self.reads.take(_READ_S) as (connection, _):
                rows = await connection.fetch(_CATALOGUE)
        except _DATABASE_ERRORS as error:
            self._served(request, "read", ok=False)
            return _failed(503, f"the database of {self.region} does not answer: {error!r}")
        self._served(request, "read", ok=True)
        return web.json_response([dict(row) for row in rows])

    async def add_to_cart(self, request: web.Request) -> web.Response:
        """Put a product into the session's cart; 503 when the cart is out of reach."""
        sku = await _field(request, "sku")
        session = request.cookies.get("session") or secrets.token_hex(8)
        try:
            cart = await self.carts.add(session, sku)
        except NoCart as error:
            self._served(request, "cart", ok=False)
            return _failed(503, str(error))
        self._served(request, "cart", ok=True)
        response = web.json_response({"cart": cart})
        response.set_cookie("session", session, path="/")
        return response

    async def order(self, request: web.Request) -> web.Response:
        """Insert an order: 201 after the commit, 503 when it surely was not made, 504 when nobody knows."""
        order, sku = await _field(request, "id"), await _field(request, "sku")
        status, because = await self._insert(order, sku)
        self._served(request, "order", ok=status == 201, id=order, status=status)
        if status == 201:
            return web.json_response({"id": order, "region": self.region}, status=201)
        return _failed(status, because)

    async def audit(self, request: web.Request) -> web.Response:
        """How often each order with a prefix is in the writer's database."""
        if request.query.get("from", "writer") != "writer":
            return _failed(400, "from: only the writer can be asked")
        connections = self.writer.connections
        try:
            if connections is None:
                raise NoConnection("there is no writer")
            pattern = _literal(request.query.get("prefix", "")) + "%"
            async with asyncio.timeout(_AUDIT_S), connections.take(_REACH_WRITER_S) as (connection, _):
                rows = await connection.fetch(_BY_PREFIX, pattern)
        except _DATABASE_ERRORS as error:
            return _failed(503, f"the writer does not answer: {error!r}")
        return web.json_response(
            {"region": region_of(place_of(connections.address)), "orders": {i: n for i, n in rows}}
        )

    async def _insert(self, order: str, sku: str) -> tuple[int, str]:
        try:
            self.log.append(order, sku)
        except OSError as error:
            return 503, f"the order cannot be logged: {error}"
        sent, deadline = False, time.monotonic() + _REACH_WRITER_S
        try:
            connections = await self._reach_writer(deadline)
            async with connections.take(deadline - time.monotonic()) as (_, statement):
                sent = True
                async with asyncio.timeout(_COMMIT_S):
                    await statement.fetch(order, sku, self.region)
        except asyncpg.ReadOnlySQLTransactionError as error:
            return 503, f"the writer is read-only: {error}"
        except _DATABASE_ERRORS as error:
            return (504, f"no word from the writer: {error!r}") if sent else (503, f"no writer: {error!r}")
        return 201, ""

    async def _reach_writer(self, deadline: float) -> Connections:
        while self.writer.connections is None:
            if time.monotonic() > deadline:
                raise NoConnection("the writer record has no address")
            await asyncio.sleep(0.01)
        return self.writer.connections

    def _served(self, request: web.Request, op: str, *, ok: bool, **more: Any) -> None:
        client = request.headers.get("X-Client-Source", "")
        population = population_of(client) if client else None
        self.truth.write("served", population=population, op=op, region=self.region, ok=ok, **more)

    def _sign(self) -> Any:
        signature = f"{self.region}/{self.zone}/{self.instance_id}"

        @web.middleware
        async def sign(request: web.Request, handler: Handler) -> web.StreamResponse:
            try:
                response = await handler(request)
            except web.HTTPException as error:
                error.headers["X-Served-By"] = signature
                raise
            response.headers["X-Served-By"] = signature
            return response

        return sign


async def _field(request: web.Request, name: str) -> str:
    try:
        value = (await request.json())[name]
    except (ValueError, KeyError, TypeError):
        raise web.HTTPBadRequest(text=f"the body must be JSON with {name!r}") from None
    return str(value)


def _literal(prefix: str) -> str:
    return prefix.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")


def _failed(status: int, because: str) -> web.Response:
    return web.json_response({"error": because}, status=status)
