"""The consumer runner takes batches from durable pull consumers, has them handled, and settles each event.

Undecodable input is parked at once, and so is what another service told than the subject names; a transient fault is
tried again for ever with our own delay, and so is what a handler did not finish in time; any other fault is parked
after a limit; a refusal is acknowledged. Nothing is acknowledged before its effect is committed.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol, assert_never

import structlog
from nats.errors import Error as NatsError

from shared.bus.consumers import Durable, HearBatch, HearOne
from shared.bus.outcome import Done, Outcome, Parked, Refused, Retry
from shared.bus.parked import ParkedEvent, Parking
from shared.bus.retry import HANDLE_SECONDS, LOGIC_FAULT_LIMIT, backoff
from shared.clock import Clock
from shared.contracts.catalog import BY_TYPE
from shared.contracts.event import Event, Fact, ForeignEventError, UndecodableEventError, event_on
from shared.observability.logging import bound_to_event
from shared.observability.metrics import FOREIGN, HEARD
from shared.observability.tracing import span
from shared.refusal import Refusal
from shared.store.document import Conflict
from shared.store.mongo import StoreError, never_storable

log = structlog.get_logger(__name__)

_AT_ONCE: Final = 32
_TRANSIENT: Final = (StoreError, NatsError, Conflict, OSError, TimeoutError)


class _StreamSequence(Protocol):
    @property
    def stream(self) -> int: ...


class _Metadata(Protocol):
    @property
    def num_delivered(self) -> int: ...

    @property
    def sequence(self) -> _StreamSequence: ...


class Delivery(Protocol):
    """What a runner uses of one delivered message (`nats.aio.msg.Msg` has it)."""

    @property
    def data(self) -> bytes:
        """The event's bytes."""
        ...

    @property
    def subject(self) -> str:
        """The NATS subject that it was published on."""
        ...

    @property
    def metadata(self) -> _Metadata:
        """How often it was delivered, this time included, and its place in the stream."""
        ...

    async def ack(self) -> None:
        """Say that it is handled."""
        ...

    async def nak(self, delay: float | None = None) -> None:
        """Ask for it again after `delay` seconds."""
        ...


class ConsumerRunner:
    """One durable's runner, bound to the methods of an object of a `Consumers` class."""

    def __init__(
        self, durable: Durable, consumers: object, parking: Parking, clock: Clock, *, patience: float = HANDLE_SECONDS
    ) -> None:
        """Hear for `durable` with the marked methods of `consumers`, which are cancelled after `patience` seconds."""
        self.durable = durable
        self._parking = parking
        self._clock = clock
        self._patience = patience
        self._types: Mapping[str, type[Fact]] = {
            fact.type_name(): fact for heard in durable.heard for fact in heard.facts
        }
        self._heard = {fact: heard for heard in durable.heard for fact in heard.facts}
        self._methods = {heard.method: getattr(consumers, heard.method) for heard in durable.heard}
        self._at_once = asyncio.Semaphore(_AT_ONCE)

    async def take(self, messages: Sequence[Delivery]) -> None:
        """Handle a batch and settle each message."""
        tries = [message.metadata.num_delivered for message in messages]
        outcomes = await self.handle([(message.subject, message.data) for message in messages], tries)
        await asyncio.gather(
            *(self._settle(m, outcome, n) for m, outcome, n in zip(messages, outcomes, tries, strict=True))
        )

    async def again(self, subject: str, raw: bytes, attempt: int) -> Outcome:
        """Handle one event's bytes once more, for somebody who kept them; nothing is settled with the broker."""
        return (await self.handle([(subject, raw)], [attempt]))[0]

    async def handle(self, batch: Sequence[tuple[str, bytes]], tries: Sequence[int]) -> list[Outcome]:
        """Return the outcome of each event (NATS subject, bytes) of a batch; `tries` counts the deliveries of each."""
        outcomes: list[Outcome | None] = [None] * len(batch)
        by_method: dict[str, list[tuple[int, Event[Any]]]] = {}
        for place, (subject, raw) in enumerate(batch):
            event = self._decode(subject, raw)
            if isinstance(event, Event):
                by_method.setdefault(self._heard[type(event.data)].method, []).append((place, event))
            else:
                outcomes[place] = event
        answers = await asyncio.gather(*(self._handle(name, items, tries) for name, items in by_method.items()))
        for answer in answers:
            for place, outcome in answer:
                outcomes[place] = outcome
        return [outcome if outcome is not None else Retry("no outcome") for outcome in outcomes]

    def _decode(self, subject: str, raw: bytes) -> Event[Fact] | Outcome:
        """Return the event, or what becomes of bytes that are none of ours."""
        try:
            try:
                return event_on(subject, raw, self._types)
            except UndecodableEventError:
                event_on(subject, raw, BY_TYPE)
        except ForeignEventError as error:
            FOREIGN.labels(durable=self.durable.name).inc()
            return Parked(f"foreign: {error}")
        except UndecodableEventError as error:
            return Parked(f"undecodable: {error}")
        return Done()

    async def _handle(
        self, name: str, items: Sequence[tuple[int, Event[Any]]], tries: Sequence[int]
    ) -> list[tuple[int, Outcome]]:
        heard = self._heard[type(items[0][1].data)]
        if heard.batch:
            return await self._handle_batch(self._methods[name], items, tries)
        by_subject: dict[str, list[tuple[int, Event[Any]]]] = {}
        for place, event in items:
            by_subject.setdefault(event.subject, []).append((place, event))
        groups = await asyncio.gather(
            *(self._handle_in_order(self._methods[name], group, tries) for group in by_subject.values())
        )
        return [answer for group in groups for answer in group]

    async def _handle_batch(
        self, method: HearBatch, items: Sequence[tuple[int, Event[Any]]], tries: Sequence[int]
    ) -> list[tuple[int, Outcome]]:
        """Handle in one go; when that fails for no transient reason, find the culprits by halves, in order."""
        try:
            async with asyncio.timeout(self._patience):
                answers = await method([event for _, event in items]) or [Done()] * len(items)
            return [(place, outcome) for (place, _), outcome in zip(items, answers, strict=True)]
        except Exception as error:  # noqa: BLE001 - any fault of a handler ends in an outcome
            if len(items) == 1 or _is_transient(error):
                return [(place, self._fault(error, event, tries[place])) for place, event in items]
        middle = len(items) // 2
        first = await self._handle_batch(method, items[:middle], tries)
        return [*first, *await self._handle_batch(method, items[middle:], tries)]

    async def _handle_in_order(
        self, method: HearOne, items: Sequence[tuple[int, Event[Any]]], tries: Sequence[int]
    ) -> list[tuple[int, Outcome]]:
        answers: list[tuple[int, Outcome]] = []
        async with self._at_once:
            for place, event in items:
                with bound_to_event(self.durable.name, event), span(self.durable.name, event_type=event.data.SUBJECT):
                    try:
                        async with asyncio.timeout(self._patience):
                            outcome = await method(event) or Done()
                    except Refusal as refusal:
                        outcome = Refused(refusal.code)
                    except Exception as error:  # noqa: BLE001 - any fault of a handler ends in an outcome
                        outcome = self._fault(error, event, tries[place])
                answers.append((place, outcome))
        return answers

    def _fault(self, error: Exception, event: Event[Any], attempt: int) -> Outcome:
        reason = f"{type(error).__name__}: {error}"
        if _is_transient(error):
            return Retry(reason)
        log.error("consumer.fault", durable=self.durable.name, event_id=event.id, attempt=attempt, exc_info=error)
        return Parked(reason) if attempt >= LOGIC_FAULT_LIMIT else Retry(reason)

    async def _settle(self, message: Delivery, outcome: Outcome, attempt: int) -> None:
        HEARD.labels(durable=self.durable.name, outcome=type(outcome).__name__.lower()).inc()
        try:
            match outcome:
                case Done():
                    await message.ack()
                case Refused(code):
                    log.info("consumer.refused", durable=self.durable.name, subject=message.subject, code=code)
                    await message.ack()
                case Retry(reason, delay):
                    seconds = backoff(attempt) if delay is None else delay
                    log.warning("consumer.retry", durable=self.durable.name, reason=reason, delay_s=seconds)
                    await message.nak(delay=seconds)
                case Parked(reason):
                    await self._park(message, reason, attempt)
                    await message.ack()
                case _:
                    assert_never(outcome)
        except (NatsError, StoreError, OSError) as error:
            log.warning("consumer.not_settled", durable=self.durable.name, error=str(error))

    async def _park(self, message: Delivery, reason: str, attempt: int) -> None:
        log.error("consumer.parked", durable=self.durable.name, subject=message.subject, reason=reason)
        await self._parking.put(
            ParkedEvent(
                durable=self.durable.name,
                sequence=message.metadata.sequence.stream,
                subject=message.subject,
                raw=message.data,
                reason=reason,
                attempts=attempt,
                at=self._clock.now(),
            )
        )


def _is_transient(error: Exception) -> bool:
    return isinstance(error, _TRANSIENT) and not never_storable(error)
