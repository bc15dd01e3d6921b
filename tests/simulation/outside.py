"""A flaky outside repair system behind the real Open311 client: slow, failing, away, forgetful, and late to call back.

It is an httpx transport, so that the client's own code runs up to the edge of the network. Its news goes through the
real hook route, signed as Standard Webhooks are.
"""

import asyncio
import base64
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import Any, Final
from urllib.parse import parse_qs

import httpx
import orjson
from standardwebhooks.webhooks import Webhook

from tests.simulation.machine import SimulatedClock
from tests.simulation.story import Story
from tests.simulation.wire import Wire

SECRET: Final = "whsec_" + base64.b64encode(b"a secret of the simulation").decode()
BASE: Final = "http://repairs.invalid/open311/v2"
WITHDRAWALS: Final = "http://repairs.invalid/withdrawals"
SYSTEM: Final = "campus-repairs"
_SECRET: Final = SECRET
_TRIES: Final = 3

Post = Callable[[bytes, dict[str, str]], Awaitable[int | None]]
"""Posts a webhook to a replica of `requests` and returns the status of the answer, None when there was none."""


@dataclass
class Order:
    """A leg as the outside system knows it. `refused` is a status with which it was turned down for good."""

    external_id: str
    description: str
    taken_at: datetime
    number: str | None = None
    token: str | None = None
    numbered_at: float = 0.0
    status: str = "open"
    notes: str | None = None
    refused: int | None = None
    forgotten: bool = False
    closed_at: datetime | None = None


@dataclass
class Habits:
    """How often the system misbehaves, each from 0 to 1."""

    error: float = 0.06
    turns_down: float = 0.05
    token: float = 0.3
    garbage: float = 0.03
    hook_lost: float = 0.25
    hook_twice: float = 0.15
    hook_late: float = 0.1
    hook_nameless: float = 0.2
    never_works: float = 0.08


CALM: Final = Habits(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


class Repairs(httpx.AsyncBaseTransport):
    """The outside system: it takes orders, works on them, and tells about it, mostly."""

    def __init__(self, loop: asyncio.AbstractEventLoop, wire: Wire, random: Random, story: Story, post: Post) -> None:
        """Answer calls that come over the wire, and tell news through `post`."""
        self.orders: dict[str, Order] = {}
        self.habits = Habits()
        self.open = True
        self._loop = loop
        self._clock = SimulatedClock(loop)  # type: ignore[arg-type]
        self._wire = wire
        self._random = random
        self._story = story
        self._post = post
        self._hooks = 0
        self._webhook = Webhook(_SECRET)
        self._tasks: dict[asyncio.Task[None], None] = {}
        self.spawn: Callable[[Any], asyncio.Task[None]] = loop.create_task

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Serve one call of the client, or fail as networks do."""
        body = request.read()

        def lost(words: str) -> Exception:
            kind = httpx.ConnectError if words.endswith("is away") else httpx.ReadTimeout
            return kind(words, request=request)

        status, headers, content = await self._wire.call("outside", lambda: self._serve(request, body), lost)
        return httpx.Response(status, headers=headers, content=content, request=request)

    def working(self) -> int:
        """Return how many pieces of news are still under way."""
        return len(self._tasks)

    def _serve(self, request: httpx.Request, body: bytes) -> tuple[int, dict[str, str], bytes]:
        random, habits = self._random, self.habits
        if random.random() < habits.error:
            status = random.choice([500, 502, 503, 429, 401, 408])
            self._story.fault(f"outside_{status}", "outside", told=False)
            return status, {"retry-after": str(random.randint(1, 120))} if status in {429, 503} else {}, b""
        if random.random() < habits.garbage:
            self._story.fault("outside_garbage", "outside", told=False)
            return 200, {}, random.choice([b"<html>", b"[]", b"{}", b'[{"service_notice":"ok"}]'])
        if str(request.url) == WITHDRAWALS:
            return self._withdraw(request, body)
        path = request.url.path.removeprefix("/open311/v2/")
        if request.method == "POST":
            return self._take(request, parse_qs(body.decode()))
        what, _, name = path.removesuffix(".json").partition("/")
        return self._number(name) if what == "tokens" else self._show(name)

    def _take(self, request: httpx.Request, form: dict[str, list[str]]) -> tuple[int, dict[str, str], bytes]:
        key = request.headers["idempotency-key"]
        order = self.orders.get(key)
        if order is None:
            order = self.orders[key] = self._new(key, form["description"][0])
            if order.refused is None:
                self._go(self._work(order))
        if order.refused is not None:
            return order.refused, {}, orjson.dumps([{"code": order.refused, "description": "no"}])
        row = {"token": order.token} if order.token is not None else {"service_request_id": order.number}
        return 201, {}, orjson.dumps([row])

    def _withdraw(self, request: httpx.Request, body: bytes) -> tuple[int, dict[str, str], bytes]:
        """Close an order that is no longer wanted; one that nobody here remembers is unknown."""
        told, heads = orjson.loads(body), request.headers
        at = datetime.fromtimestamp(int(heads["webhook-timestamp"]), UTC)
        if heads["webhook-signature"] != self._webhook.sign(heads["webhook-id"], at, body.decode()):
            return 401, {}, b""
        order = self.orders.get(told["data"]["external_id"])
        if order is None or order.refused is not None or order.forgotten:
            self._story.count("outside:withdrawal_unknown")
            return 404, {}, b""
        if order.status == "open":
            order.status, order.notes, order.closed_at = "closed", "withdrawn", self._clock.now()
            self._story.count("outside:withdrawn")
            self._go(self._tell(order))
        return 200, {}, b""

    def _new(self, key: str, description: str) -> Order:
        random = self._random
        order = Order(key, description, self._clock.now())
        number = f"R{len(self.orders) + 1}"
        self._story.tell("outside", "takes order", key, number)
        if random.random() < self.habits.turns_down:
            order.refused = random.choice([400, 404, 410, 422])
            self._story.fault("outside_refuses", "outside", key)
        elif random.random() < self.habits.token:
            order.token, order.numbered_at = f"T{number}", self._loop.time() + random.expovariate(1 / 5400)
            self._story.count("outside:token")
        order.number = number
        return order

    def _number(self, token: str) -> tuple[int, dict[str, str], bytes]:
        for order in self.orders.values():
            if order.token == token and order.numbered_at <= self._loop.time():
                return 200, {}, orjson.dumps([{"token": token, "service_request_id": order.number}])
        return 404, {}, b"[]"

    def _show(self, number: str) -> tuple[int, dict[str, str], bytes]:
        for order in self.orders.values():
            if order.number == number and not order.forgotten:
                row = {"service_request_id": number, "status": order.status, "status_notes": order.notes}
                self._story.count(f"outside:polled_{order.status}")
                return 200, {}, orjson.dumps([row])
        return 404, {}, b"[]"

    def _go(self, work: Any) -> None:
        task = self.spawn(work)
        self._tasks[task] = None
        task.add_done_callback(lambda done: self._tasks.pop(done, None))

    async def _work(self, order: Order) -> None:
        random = self._random
        await asyncio.sleep(random.expovariate(1 / 7200) + (order.numbered_at and 1.0))
        if random.random() < 0.6:
            order.notes = f"planned {random.randint(1, 99)}"
            self._go(self._tell(order))
        if random.random() < self.habits.never_works:
            self._story.fault("outside_forgets", "outside", order.external_id)
            order.forgotten = True
            return
        await asyncio.sleep(random.expovariate(1 / 50_000))
        if order.status == "closed":
            return
        order.status, order.notes, order.closed_at = "closed", "done", self._clock.now()
        self._go(self._tell(order))

    async def finish(self) -> None:
        """Close every order that is still open, silently: whoever wants to know must ask."""
        for order in self.orders.values():
            if order.refused is None and order.status == "open":
                order.status, order.notes, order.forgotten = "closed", "done at last", False
                order.closed_at = self._clock.now()
        self.habits = CALM

    async def _tell(self, order: Order) -> None:
        """Tell the order's present state through the hook: once, twice, late, or never."""
        random, habits = self._random, self.habits
        if random.random() < habits.hook_lost:
            self._story.fault("hook_lost", "outside", order.external_id, told=False)
            return
        data: dict[str, Any] = {
            "service_request_id": order.number,
            "status": order.status,
            "status_notes": order.notes,
        }
        if random.random() >= habits.hook_nameless:
            data["external_id"] = order.external_id
        self._hooks += 1
        hook_id, body = f"hook{self._hooks}", orjson.dumps({"type": "status", "data": data})
        if random.random() < habits.hook_late:
            self._story.fault("hook_late", "outside", order.external_id, told=False)
            await asyncio.sleep(random.expovariate(1 / 100_000))
        twice = random.random() < habits.hook_twice
        if twice:
            self._story.fault("hook_twice", "outside", order.external_id, told=False)
            await asyncio.gather(self._deliver(order, hook_id, body), self._deliver(order, hook_id, body))
        else:
            await self._deliver(order, hook_id, body)

    async def _deliver(self, order: Order, hook_id: str, body: bytes) -> None:
        """Post the news until somebody takes it, a few times."""
        for attempt in range(_TRIES):
            now = self._clock.now()
            headers = {
                "webhook-id": hook_id,
                "webhook-timestamp": str(int(now.timestamp())),
                "webhook-signature": self._webhook.sign(hook_id, now.replace(tzinfo=UTC), body.decode()),
                "content-type": "application/json",
            }
            status = await self._post(body, headers)
            self._story.count(f"hook:{status}")
            if status is not None and status < 500:
                self._story.tell("outside", f"hook {order.status}", order.external_id, str(status))
                if status < 300:
                    return
            await asyncio.sleep(60 * 4**attempt)
