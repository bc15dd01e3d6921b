"""No error takes collected events with it, and an end gives back what was not handled."""

import asyncio
from collections.abc import Sequence

import pytest
from nats.errors import ConnectionClosedError, NoRespondersError
from nats.errors import TimeoutError as FetchTimeout
from nats.js.errors import APIError, ServiceUnavailableError

from shared.bus.fetches import Fetches


class Message:
    """A message that knows whether it was given back."""

    def __init__(self) -> None:
        self.given_back = False

    async def nak(self, delay: float | None = None) -> None:
        self.given_back = True


class Subscription:
    """A client's subscription: what waits in it, and the error that a fetch ends with."""

    def __init__(self, *waiting: Message, ending: Exception | None = None) -> None:
        self.waiting = list(waiting)
        self.ending = ending
        self.fetched = 0
        self.flushed = 0
        self.on_the_way: dict[int, list[Message]] = {}

    async def flush(self) -> None:
        """Go to the broker and back: what is on the way arrives first."""
        self.flushed += 1
        self.waiting += self.on_the_way.pop(self.flushed, [])

    @property
    def pending_msgs(self) -> int:
        return len(self.waiting)

    async def fetch(self, batch: int, timeout: float) -> list[Message]:  # noqa: ASYNC109 - the client's own signature
        self.fetched += 1
        if self.ending is not None:
            raise self.ending
        taken, self.waiting = self.waiting[:batch], self.waiting[batch:]
        if not taken:
            raise FetchTimeout
        return taken


class Taken:
    """Keeps the batches; each ends when it is told to."""

    def __init__(self, *, ends: bool = True) -> None:
        self.batches: list[Sequence[Message]] = []
        self._end = asyncio.Event()
        if ends:
            self._end.set()

    async def take(self, batch: Sequence[Message]) -> None:
        self.batches.append(batch)
        await self._end.wait()


async def loop(subscription: Subscription, fetches: Fetches, most: int = 2) -> None:
    """Collect and hand over as FastStream does: several fetches a batch, and only the client's timeout is expected."""
    while True:
        batch: list[Message] = []
        while len(batch) < most:
            try:
                batch += await subscription.fetch(batch=1, timeout=0.01)
            except FetchTimeout:
                break
        if batch:
            await fetches.take(batch)
        await asyncio.sleep(0)


def wrapped(subscription: Subscription, taken: Taken, *, connected: bool = True) -> Fetches:
    fetches = Fetches("test-listening", taken.take, lambda: connected, subscription.flush)
    fetches.wrap(subscription)
    return fetches


@pytest.mark.parametrize(
    "ending",
    [
        TimeoutError(),
        FetchTimeout(),
        APIError(code=409, description="Leadership Change"),
        ServiceUnavailableError(),
        NoRespondersError(),
        ConnectionClosedError(),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_every_error_is_the_timeout_that_the_loop_expects(ending: Exception) -> None:
    subscription = Subscription(ending=ending)
    wrapped(subscription, Taken())
    with pytest.raises(FetchTimeout):
        await subscription.fetch(2, timeout=1)


async def test_messages_and_what_is_no_error_of_the_broker_pass_through() -> None:
    one, other = Message(), Message()
    subscription = Subscription(one, other)
    wrapped(subscription, Taken())
    assert await subscription.fetch(2, timeout=1) == [one, other]
    subscription.ending = KeyError()
    with pytest.raises(KeyError):
        await subscription.fetch(2, timeout=1)


async def test_nothing_is_asked_of_a_broker_that_is_away() -> None:
    subscription = Subscription(Message())
    wrapped(subscription, Taken(), connected=False)
    with pytest.raises(FetchTimeout):
        await subscription.fetch(2, timeout=1)
    assert subscription.fetched == 0


async def test_an_end_lets_what_was_collected_be_handled_and_gives_back_what_came_late() -> None:
    first, second, late = Message(), Message(), Message()
    subscription, taken = Subscription(first, second), Taken()
    fetches = wrapped(subscription, taken)
    assert await subscription.fetch(1, timeout=1) == [first]
    running = asyncio.create_task(loop(subscription, fetches))
    await asyncio.sleep(0)
    ending = asyncio.create_task(fetches.finish(1.0))
    await asyncio.sleep(0.05)
    subscription.waiting.append(late)
    await ending
    running.cancel()
    assert taken.batches == [[second]]
    assert [message.given_back for message in (second, late)] == [False, True]


async def test_an_end_gives_back_a_batch_whose_handling_takes_too_long() -> None:
    one, other = Message(), Message()
    subscription, taken = Subscription(one, other), Taken(ends=False)
    fetches = wrapped(subscription, taken)
    running = asyncio.create_task(loop(subscription, fetches))
    await asyncio.sleep(0.01)
    await fetches.finish(0.05)
    running.cancel()
    assert taken.batches == [[one, other]]
    assert one.given_back
    assert other.given_back


async def test_an_end_before_the_beginning_waits_for_nothing() -> None:
    subscription = Subscription()
    await Fetches("test-listening", Taken().take, lambda: True, subscription.flush).finish(60.0)
    assert not subscription.flushed


async def test_an_end_gives_back_what_arrives_just_before_the_broker_answers() -> None:
    late = Message()
    subscription, taken = Subscription(), Taken()
    fetches = wrapped(subscription, taken)
    running = asyncio.create_task(loop(subscription, fetches))
    await asyncio.sleep(0)
    subscription.on_the_way = {2: [late]}
    await fetches.finish(1.0)
    running.cancel()
    assert late.given_back
    assert taken.batches == []
