"""What an administrator does with parked events: have one handled again, or discard it; and how many wait."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

import structlog

from shared.bus.outcome import Done, Parked, Refused, Retry
from shared.bus.parked import Discarded, ParkedEvent, Parking
from shared.bus.runner import ConsumerRunner
from shared.clock import Clock
from shared.observability.metrics import DISCARDED, PARKED, REPLAYED
from shared.refusal import Refusal

log = structlog.get_logger(__name__)


class Why(StrEnum):
    """Why something cannot be done with a parked event."""

    NOT_FOUND = "parked.not_found"
    DISCARDED = "parked.discarded"
    NO_CONSUMER = "parked.no_door"


class Ended(StrEnum):
    """How a replay ended. After `done` and `refused` the event is parked no longer."""

    DONE = "done"
    REFUSED = "refused"
    RETRY = "retry"
    PARKED = "parked"


@dataclass(frozen=True, slots=True)
class Replayed:
    """A replay: how it ended, the refusal's code or the fault's words, and how often the event was tried in all."""

    id: str
    outcome: Ended
    reason: str | None
    attempts: int

    @property
    def kept(self) -> bool:
        """Tell whether the event stays parked."""
        return self.outcome in {Ended.RETRY, Ended.PARKED}


class ParkedDesk:
    """The parked events of one service, and the runners that may take them again."""

    def __init__(self, parking: Parking, runners: Sequence[ConsumerRunner], clock: Clock) -> None:
        self.parking = parking
        self.clock = clock
        self.runners = {runner.durable.name: runner for runner in runners}
        self._counted = set(self.runners)

    async def count(self) -> dict[str, int]:
        """Count what waits, by durable, and tell the gauge; a durable whose last event has gone tells 0."""
        counts = await self.parking.counts()
        self._counted |= set(counts)
        told = {durable: counts.get(durable, 0) for durable in sorted(self._counted)}
        for durable, waiting in told.items():
            PARKED.labels(durable=durable).set(waiting)
        return told

    async def sweep(self) -> None:
        """Count for the gauge; a sweep."""
        await self.count()


async def replay_parked(desk: ParkedDesk, actor: str, parked_id: str) -> Replayed:
    """Hand a parked event to its own durable's runner once more; it leaves only after its effect is committed.

    Safe when done twice, by two people at once, or while the broker delivers the event again: handlers take an event
    twice. Raises `Refusal`: `parked.not_found`, `parked.discarded`, or `parked.no_door` when nobody hears it any more.
    """
    event = await _waiting(desk, parked_id)
    runner = desk.runners.get(event.durable)
    if runner is None:
        raise Refusal(Why.NO_CONSUMER, durable=event.durable)
    outcome = await runner.again(event.subject, event.raw, event.attempts + 1)
    match outcome:
        case Done():
            ended, reason = Ended.DONE, None
        case Refused(code):
            ended, reason = Ended.REFUSED, code
        case Retry(why):
            ended, reason = Ended.RETRY, why
        case Parked(why):
            ended, reason = Ended.PARKED, why
        case _:
            assert_never(outcome)
    attempts = event.attempts + 1
    if ended in {Ended.DONE, Ended.REFUSED}:
        await desk.parking.forget(parked_id)
    elif kept := await desk.parking.tried(parked_id, reason or "", desk.clock.now()):
        attempts = kept.attempts
    REPLAYED.labels(durable=event.durable, outcome=ended.value).inc()
    log.info("parked.replayed", parked=parked_id, by=actor, outcome=ended.value, reason=reason, attempts=attempts)
    await desk.count()
    return Replayed(parked_id, ended, reason, attempts)


async def discard_parked(desk: ParkedDesk, actor: str, parked_id: str, reason: str) -> ParkedEvent:
    """Decide that a parked event is not to be handled; it is kept with who, when and why.

    Raises `Refusal`: `parked.not_found`, or `parked.discarded` when somebody was first.
    """
    event = await _waiting(desk, parked_id)
    discarded = await desk.parking.discard(parked_id, Discarded(actor, desk.clock.now(), reason))
    kept = await desk.parking.find(parked_id)
    if kept is None:
        raise Refusal(Why.NOT_FOUND, parked=parked_id)
    if not discarded:
        raise Refusal(Why.DISCARDED, parked=parked_id)
    DISCARDED.labels(durable=event.durable).inc()
    log.info("parked.discarded", parked=parked_id, by=actor, reason=reason)
    await desk.count()
    return kept


async def show_parked(desk: ParkedDesk, parked_id: str) -> ParkedEvent:
    """Return a parked event, discarded or not; raises `Refusal` `parked.not_found`."""
    event = await desk.parking.find(parked_id)
    if event is None:
        raise Refusal(Why.NOT_FOUND, parked=parked_id)
    return event


async def _waiting(desk: ParkedDesk, parked_id: str) -> ParkedEvent:
    event = await show_parked(desk, parked_id)
    if event.discarded is not None:
        raise Refusal(Why.DISCARDED, parked=parked_id)
    return event
