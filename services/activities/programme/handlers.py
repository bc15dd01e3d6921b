"""Commands on activities: load, decide, commit."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Protocol

from services.activities.planning.domain import Plan, Venue
from services.activities.programme import domain
from services.activities.programme.domain import Activity, Asker, Decision
from shared.clock import Clock
from shared.ids import derive_id, new_id
from shared.refusal import Refusal
from shared.store.document import Because, Created, Document, Documents, change
from shared.store.turns import Turns

NOT_FOUND: Final = "http.not_found"
KEY_REUSED: Final = "http.idempotency_key_reused"


class Venues(Protocol):
    """The places that this service has heard of."""

    async def find(self, place: str) -> Venue | None:
        """Return what is known of the place, or None when it is unknown."""
        ...


@dataclass(frozen=True, slots=True)
class Programme:
    """What the commands and questions on activities need."""

    activities: Documents[Activity]
    venues: Venues
    clock: Clock
    turns: Turns = field(default_factory=Turns)


async def plan_activity(programme: Programme, asker: Asker, key: str, wanted: Plan) -> Created[Activity]:
    """Plan an activity; the same key with the same plan answers with the same activity, with another it is refused."""
    activity_id = derive_id("activity", asker.person_id, key)
    known = await programme.activities.load(activity_id)
    if known is not None:
        created = Created(known, fresh=False)
    else:
        at = programme.clock.now()
        venue = await programme.venues.find(wanted.place)
        activity, facts = domain.plan(activity_id, wanted, asker, venue, new_id() + new_id(), at)
        because = Because.command(asker.person_id, key, at)
        created = await programme.activities.create(activity_id, activity, facts, because)
    if created.document.state.plan != wanted:
        raise Refusal(KEY_REUSED)
    return created


async def publish_activity(
    programme: Programme, asker: Asker, activity_id: str, expect: int | None = None
) -> Document[Activity]:
    """Open the activity for sign-up."""
    at = programme.clock.now()
    return await _change(programme, asker, activity_id, lambda state: domain.publish(state, asker, at), expect)


async def cancel_activity(
    programme: Programme, asker: Asker, activity_id: str, reason: str, expect: int | None = None
) -> Document[Activity]:
    """Call the activity off."""
    at = programme.clock.now()
    return await _change(programme, asker, activity_id, lambda state: domain.cancel(state, asker, reason, at), expect)


async def complete_activity(
    programme: Programme, asker: Asker, activity_id: str, expect: int | None = None
) -> Document[Activity]:
    """End the activity."""
    at = programme.clock.now()
    return await _change(programme, asker, activity_id, lambda state: domain.complete(state, asker, at), expect)


async def sign_up(programme: Programme, asker: Asker, activity_id: str) -> Document[Activity]:
    """Take a seat for oneself, or a place on the waiting list."""
    at = programme.clock.now()
    return await _change(programme, asker, activity_id, lambda state: domain.sign_up(state, asker, at))


async def release_seat(programme: Programme, asker: Asker, activity_id: str) -> Document[Activity]:
    """Give up one's own seat or place on the waiting list."""
    at = programme.clock.now()
    return await _change(programme, asker, activity_id, lambda state: domain.release(state, asker, at))


async def verify_attendance(programme: Programme, asker: Asker, activity_id: str, code: str) -> Document[Activity]:
    """Prove to be there with the code that the organiser shows."""
    at = programme.clock.now()
    return await _change(programme, asker, activity_id, lambda state: domain.attend(state, asker, code, at))


async def _change(
    programme: Programme,
    asker: Asker,
    activity_id: str,
    decide: Callable[[Activity], Decision],
    expect: int | None = None,
) -> Document[Activity]:
    because = Because.command(asker.person_id, new_id(), programme.clock.now())
    async with programme.turns.of(activity_id):
        document = await change(programme.activities, activity_id, decide, because, expect_version=expect)
    if document is None:
        raise Refusal(NOT_FOUND)
    return document
