"""What the storefront answers over HTTP."""

import asyncio
import contextlib
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import asyncpg
from aiohttp import web

from harness.lab.addresses import place_of, population_of, region_of
from harness.lab.postgres.schema import PRICES
from harness.lab.storefront.admission import Admission, Overloaded
from harness.lab.storefront.carts import Cart, Carts, NoCart
from harness.lab.storefront.connections import DATABASE_ERRORS, Connections, NoConnection
from harness.lab.storefront.counts import Counts
from harness.lab.storefront.disk import OrderLog
from harness.lab.storefront.follower import Follower
from harness.lab.truth import Truth

_READ_S, _REACH_WRITER_S, _COMMIT_S, _AUDIT_S = 1.0, 1.5, 2.0, 20.0
_RETRY_AFTER_S = "1"
_LAST_VERSION = 1 << 40
_CATALOGUE = "select sku, name, price_cents from products order by sku"
_BY_PREFIX = "select id, count(*) from orders where id like $1 group by id"
_SEARCH = "select sku, name, price_cents from products where name ilike $1 order by sku"
_CHECKOUT = "insert into orders (id, region, items, total_cents) values ($1, $2, $3, $4)"

Insert = Callable[[Any, Any], Awaitable[object]]  # by a connection or the statement that is ready on it
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
    counts: Counts = field(default_factory=Counts)
    admission: Admission | None = None
    health_in_queue: bool = False

    def application(self) -> web.Application:
        """The routes, as an aiohttp application."""
        application = web.Application(middlewares=[self._sign()])
        application.router.add_get("/health", self._admitted(self.health) if self.health_in_queue else self.health)
        application.router.add_get("/catalogue", self._admitted(self.catalogue))
        application.router.add_get("/search", self._admitted(self.search))
        application.router.add_post("/cart", self._admitted(self.add_to_cart))
        application.router.add_post("/checkout", self._admitted(self.checkout))
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
        except DATABASE_ERRORS as error:
            return _failed(503, f"the database of {self.region} does not answer: {error!r}")
        return web.json_response({"status": "ok"})

    async def catalogue(self, request: web.Request) -> web.Response:
        """All products."""
        return await self._products(request, "read", _CATALOGUE)

    async def search(self, request: web.Request) -> web.Response:
        """The products with the words of `q` in their names."""
        if not (words := request.query.get("q", "")):
            return _failed(400, "q: what to search for")
        return await self._products(request, "search", _SEARCH, f"%{_literal(words)}%")

    async def add_to_cart(self, request: web.Request) -> web.Response:
        """Put a product into the session's cart; 503 when the cart is out of reach."""
        sku = await _field(request, "sku")
        session = request.cookies.get("session") or secrets.token_hex(8)
        try:
            cart = await self.carts.add(session, sku, _known(request))
        except NoCart as error:
            self._served(request, "cart", ok=False)
            return _failed(503, str(error))
        self._served(request, "cart", ok=True)
        self.counts.carts += len(cart.items) == 1
        response = web.json_response({"cart": cart.items})
        response.set_cookie("session", session, path="/")
        _show(response, cart)
        return response

    async def checkout(self, request: web.Request) -> web.Response:
        """Order all that is in the session's cart: else as `order`; 409 when that is nothing."""
        order, session = await _field(request, "id"), request.cookies.get("session", "")
        try:
            items = [*(await self.carts.look(session, _known(request))).items] if session else []
        except NoCart as error:
            self._served(request, "checkout", ok=False, id=order, status=503)
            return _failed(503, str(error))
        if not items:
            return _failed(409, "the cart is empty")
        total = sum(PRICES.get(sku, 0) for sku in items)
        status, because = await self._insert(
            order,
            ",".join(items),
            lambda connection, _: connection.execute(_CHECKOUT, order, self.region, items, total),
        )
        self._served(request, "checkout", ok=status == 201, id=order, status=status)
        if status != 201:
            return _failed(status, because)
        self.counts.ordered(total)
        response = web.json_response({"id": order, "items": len(items), "total_cents": total}, status=201)
        with contextlib.suppress(NoCart):  # it was ordered, whatever becomes of the cart
            _show(response, await self.carts.remove(session, len(items)))
        return response

    async def order(self, request: web.Request) -> web.Response:
        """Insert an order: 201 after the commit, 503 when it surely was not made, 504 when nobody knows."""
        order, sku = await _field(request, "id"), await _field(request, "sku")
        status, because = await self._insert(order, sku, lambda _, insert: insert.fetch(order, sku, self.region))
        self._served(request, "order", ok=status == 201, id=order, status=status)
        if status == 201:
            self.counts.ordered(PRICES.get(sku, 0))
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
        except DATABASE_ERRORS as error:
            return _failed(503, f"the writer does not answer: {error!r}")
        return web.json_response(
            {"region": region_of(place_of(connections.address)), "orders": {i: n for i, n in rows}}
        )

    async def _products(self, request: web.Request, op: str, query: str, *arguments: str) -> web.Response:
        try:
            async with asyncio.timeout(_READ_S), self.reads.take(_READ_S) as (connection, _):
                rows = await connection.fetch(query, *arguments)
        except DATABASE_ERRORS as error:
            self._served(request, op, ok=False)
            return _failed(503, f"the database of {self.region} does not answer: {error!r}")
        self._served(request, op, ok=True)
        return web.json_response([dict(row) for row in rows])

    async def _insert(self, order: str, skus: str, insert: Insert) -> tuple[int, str]:
        try:
            self.log.append(order, skus)
        except OSError as error:
            return 503, f"the order cannot be logged: {error}"
        sent, deadline = False, time.monotonic() + _REACH_WRITER_S
        try:
            connections = await self._reach_writer(deadline)
            async with connections.take(deadline - time.monotonic()) as (connection, statement):
                sent = True
                async with asyncio.timeout(_COMMIT_S):
                    await insert(connection, statement)
        except asyncpg.ReadOnlySQLTransactionError as error:
            return 503, f"the writer is read-only: {error}"
        except DATABASE_ERRORS as error:
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


def _known(request: web.Request) -> int | None:
    """The version of the cart that the shopper has seen; none of one who is new."""
    if "session" not in request.cookies:
        return None
    version = request.cookies.get("cart", "")
    return min(int(version), _LAST_VERSION) if version.isdecimal() else 0


def _show(response: web.Response, cart: Cart) -> None:
    if cart.version:
        response.set_cookie("cart", str(cart.version), path="/")


def _literal(prefix: str) -> str:
    return prefix.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")


def _failed(status: int, because: str) -> web.Response:
    return web.json_response({"error": because}, status=status)
