"""Commands on activities: load, decide, commit."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Protocol

from services.activities.learnt.domain import Person
from services.activities.planning.domain import Plan, Setting, Venue
from services.activities.programme import domain
from services.activities.programme.domain import LIVE, Activity, Asker, Command, Decision, Why, is_done, is_seen
from services.activities.programme.store import planned_at
from services.activities.venues.domain import UNDER_WAY, Booking, Calendar
from services.activities.venues.handlers import book_place
from shared.clock import Clock
from shared.ids import derive_id, new_id
from shared.refusal import Refusal
from shared.store.document import Because, Created, Document, Documents, Terms, change
from shared.store.turns import Turns

NOT_FOUND: Final = "http.not_found"
KEY_REUSED: Final = "http.idempotency_key_reused"
_ANY_TERMS: Final = Terms()


class Directory(Protocol):
    """The places, units and people that this service has heard of."""

    async def venue(self, place: str) -> Venue | None:
        """Return what is known of the place, or None when it is unknown."""
        ...

    async def knows_unit(self, unit_id: str) -> bool:
        """Tell whether the unit exists."""
        ...

    async def people(self, ids: Sequence[str]) -> Mapping[str, Person]:
        """Return those of these people who were heard of."""
        ...

    async def to_look_at(self, before: datetime, limit: int) -> Sequence[Person]:
        """Return people who left a while ago and are due for a second look."""
        ...

    async def looked_at(self, person_id: str, before: datetime) -> None:
        """Note that the second look is done."""
        ...


@dataclass(frozen=True, slots=True)
class Programme:
    """What the commands and questions on activities need."""

    activities: Documents[Activity]
    calendars: Documents[Calendar]
    directory: Directory
    clock: Clock
    turns: Turns = field(default_factory=Turns)


async def plan_activity(programme: Programme, asker: Asker, key: str, wanted: Plan) -> Created[Activity]:
    """Plan an activity; the same key with the same plan answers with the same activity, with another it is refused."""
    activity_id = derive_id("activity", asker.person_id, key)
    known = await programme.activities.load(activity_id)
    if known is not None:
        created = Created(known, fresh=False)
    else:
        await _refuse_who_left(programme, asker)
        at = programme.clock.now()
        setting = await _setting(programme, wanted)
        activity, facts = domain.plan(activity_id, wanted, asker, setting, new_id() + new_id(), at)
        because = Because.command(asker.person_id, key, at)
        await _book(programme, activity_id, wanted, setting, because)
        created = await programme.activities.create(activity_id, activity, facts, because)
    if created.document.state.plan != wanted:
        raise Refusal(KEY_REUSED)
    return created


async def publish_activity(
    programme: Programme, asker: Asker, activity_id: str, terms: Terms = _ANY_TERMS
) -> Document[Activity]:
    """Open the activity for sign-up, if its plan is still possible and its place still free."""
    at = programme.clock.now()
    planned = await programme.activities.load(activity_id)
    if planned is None:
        raise Refusal(NOT_FOUND)
    setting = await _setting(programme, planned.state.plan)

    def decide(state: Activity) -> Decision:
        return domain.publish(state, asker, setting, at)

    if _would(decide, planned.state):
        because = Because.command(asker.person_id, activity_id, at)
        await _book(programme, activity_id, planned.state.plan, setting, because)
    return await _change(programme, asker, activity_id, Command.PUBLISH, decide, terms=terms)


async def cancel_activity(
    programme: Programme, asker: Asker, activity_id: str, reason: str, terms: Terms = _ANY_TERMS
) -> Document[Activity]:
    """Call the activity off."""
    at = programme.clock.now()

    def decide(state: Activity) -> Decision:
        return domain.cancel(state, asker, reason, at)

    return await _change(programme, asker, activity_id, Command.CANCEL, decide, terms=terms, reason=reason)


async def complete_activity(
    programme: Programme, asker: Asker, activity_id: str, terms: Terms = _ANY_TERMS
) -> Document[Activity]:
    """End the activity."""
    at = programme.clock.now()

    def decide(state: Activity) -> Decision:
        return domain.complete(state, asker, at)

    return await _change(programme, asker, activity_id, Command.COMPLETE, decide, terms=terms)


async def sign_up(programme: Programme, asker: Asker, activity_id: str) -> Document[Activity]:
    """Take a seat for oneself, or a place on the waiting list."""
    at = programme.clock.now()

    def decide(state: Activity) -> Decision:
        return domain.sign_up(state, asker, at)

    return await _change(programme, asker, activity_id, Command.SIGN_UP, decide)


async def release_seat(programme: Programme, asker: Asker, activity_id: str) -> Document[Activity]:
    """Give up one's own seat or place on the waiting list."""
    at = programme.clock.now()
    left = await departed_waiting(programme, activity_id)

    def decide(state: Activity) -> Decision:
        return domain.release(state, asker, at, left)

    return await _change(programme, asker, activity_id, Command.RELEASE, decide)


async def take_out(
    programme: Programme, asker: Asker, activity_id: str, person_id: str, reason: str | None
) -> Document[Activity]:
    """Take somebody out of their seat or off the waiting list."""
    at = programme.clock.now()
    left = await departed_waiting(programme, activity_id)

    def decide(state: Activity) -> Decision:
        return domain.take_out(state, asker, person_id, reason, at, left)

    return await _change(programme, asker, activity_id, Command.REMOVE, decide, person_id=person_id)


async def verify_attendance(programme: Programme, asker: Asker, activity_id: str, code: str) -> Document[Activity]:
    """Prove to be there with the code that the organiser shows."""
    at = programme.clock.now()

    def decide(state: Activity) -> Decision:
        return domain.attend(state, asker, code, at)

    return await _change(programme, asker, activity_id, Command.ATTEND, decide)


async def departed_waiting(programme: Programme, activity_id: str) -> Collection[str]:
    """Return who waits for a seat and has left the community."""
    document = await programme.activities.load(activity_id)
    waiting = [] if document is None else [wait.person_id for wait in document.state.seats.waiting]
    people = await programme.directory.people(waiting)
    return frozenset(person.id for person in people.values() if person.left)


async def _change(
    programme: Programme,
    asker: Asker,
    activity_id: str,
    command: Command,
    decide: Callable[[Activity], Decision],
    *,
    terms: Terms = _ANY_TERMS,
    reason: str = "",
    person_id: str = "",
) -> Document[Activity]:
    """Let a person's command change an activity that they may see; the same again changes nothing."""
    await _refuse_who_left(programme, asker)

    def done(state: Activity) -> bool:
        if not is_seen(state, asker):
            raise Refusal(NOT_FOUND)
        return is_done(command, state, asker, reason=reason, person_id=person_id)

    because = Because.command(asker.person_id, new_id(), programme.clock.now(), terms=terms)
    async with programme.turns.of(activity_id):
        document = await change(
            programme.activities, activity_id, decide, because, expect_version=terms.expect, is_done=done
        )
    if document is None:
        raise Refusal(NOT_FOUND)
    return document


async def _refuse_who_left(programme: Programme, asker: Asker) -> None:
    """Refuse whoever left the community, although their token lives a little longer."""
    person = (await programme.directory.people([asker.person_id])).get(asker.person_id)
    if person is not None and person.left:
        raise Refusal(Why.PERSON_LEFT)


async def _setting(programme: Programme, wanted: Plan) -> Setting:
    venue = await programme.directory.venue(wanted.place)
    known = wanted.unit_id is None or await programme.directory.knows_unit(wanted.unit_id)
    return Setting(venue, unit_known=known)


async def _book(programme: Programme, activity_id: str, wanted: Plan, setting: Setting, because: Because) -> None:
    """Book the place of a plan, unless several activities may share it."""
    if setting.venue is None or setting.venue.shared:
        return
    at = because.at

    async def counts(place: str, booking: Booking) -> bool:
        document = await programme.activities.load(booking.activity_id)
        if document is None:
            return at < booking.held_at + UNDER_WAY
        held = document.state.plan
        same = (held.place, held.starts_at, held.ends_at) == (place, booking.starts_at, booking.ends_at)
        return same and document.state.stage in LIVE

    async def earlier(place: str) -> Sequence[Booking]:
        found = await programme.activities.select(planned_at(place, at))
        return [_booking(document.id, document.state.plan, at) for document in found]

    booking = _booking(activity_id, wanted, at)
    await book_place(programme.calendars, wanted.place, booking, counts, earlier, because)


def _booking(activity_id: str, wanted: Plan, at: datetime) -> Booking:
    return Booking(activity_id, wanted.starts_at, wanted.ends_at, at)


def _would(decide: Callable[[Activity], Decision], state: Activity) -> bool:
    try:
        decide(state)
    except Refusal:
        return False
    return True
