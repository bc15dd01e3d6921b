"""Commands of people on activities: what needs a look-up or a booking beside the activity itself."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from services.activities.directory.store import Directory
from services.activities.programme.domain import commands
from services.activities.programme.domain.activity import LIVE, Activity, Ask, Asker, is_seen
from services.activities.programme.domain.commands import Publish
from services.activities.programme.domain.permitted import Why
from services.activities.programme.domain.plan import Plan, Setting
from services.activities.programme.store import planned_at
from services.activities.venues.domain import UNDER_WAY, Booking, Calendar
from services.activities.venues.handlers import book_place
from shared.auth.actor import Actor
from shared.auth.permissions import ORGANISERS
from shared.clock import Clock
from shared.contracts.members import Role
from shared.ids import derive_id, new_id
from shared.refusal import Refusal, found
from shared.store.commands import ANY_TERMS, Command, create_once, execute
from shared.store.document import Because, Created, Document, Documents, Terms
from shared.store.turns import Turns


@dataclass(frozen=True, slots=True)
class Programme:
    """What the commands and questions on activities need."""

    activities: Documents[Activity]
    calendars: Documents[Calendar]
    directory: Directory
    clock: Clock
    turns: Turns = field(default_factory=Turns)

    def ask(self, actor: Actor) -> Ask:
        """Return a question of this person, asked now."""
        scope = actor.scope(*(ORGANISERS.roles or ()))
        return Ask(Asker(actor.id, manages_all=actor.has(Role.ADMIN), scope=scope), self.clock.now())


async def plan_activity(programme: Programme, ask: Ask, key: str, wanted: Plan) -> Created[Activity]:
    """Plan an activity; the same key with the same plan answers with the same activity, with another it is refused."""
    activity_id = derive_id("activity", ask.actor_id, key)

    async def make() -> Created[Activity]:
        await _refuse_who_left(programme, ask)
        setting = await _setting(programme, wanted)
        activity, facts = commands.plan(activity_id, wanted, ask, setting, new_id() + new_id())
        because = Because.command(ask.actor_id, key, ask.at)
        await _book(programme, activity_id, wanted, setting, because)
        return await programme.activities.create(activity_id, activity, facts, because)

    return await create_once(
        make,
        find=lambda: programme.activities.load(activity_id),
        is_same=lambda activity: activity.plan == wanted,
    )


async def publish_activity(
    programme: Programme, ask: Ask, activity_id: str, terms: Terms = ANY_TERMS
) -> Document[Activity]:
    """Open the activity for sign-up, if its plan is still possible and its place still free."""
    planned = found(await programme.activities.load(activity_id)).state
    setting = await _setting(programme, planned.plan)
    publish = Publish(setting)
    if _would(publish, planned, ask):
        because = Because.command(ask.actor_id, activity_id, ask.at)
        await _book(programme, activity_id, planned.plan, setting, because)
    return await change_activity(programme, ask, activity_id, publish, terms)


async def change_activity(
    programme: Programme, ask: Ask, activity_id: str, command: Command[Activity, Ask], terms: Terms = ANY_TERMS
) -> Document[Activity]:
    """Let a person's command change an activity that they may see; the same again changes nothing."""
    await _refuse_who_left(programme, ask)
    async with programme.turns.of(activity_id):
        return await execute(
            programme.activities,
            activity_id,
            command,
            ask,
            terms,
            exists=lambda activity, ask: is_seen(activity, ask.asker),
        )


async def departed_waiting(programme: Programme, activity_id: str) -> Collection[str]:
    """Return who waits for a seat and has left the community."""
    document = await programme.activities.load(activity_id)
    waiting = [] if document is None else [wait.person_id for wait in document.state.seats.waiting]
    people = await programme.directory.people(waiting)
    return frozenset(person.id for person in people.values() if person.left)


async def _refuse_who_left(programme: Programme, ask: Ask) -> None:
    """Refuse whoever left the community, although their token lives a little longer."""
    person = (await programme.directory.people([ask.actor_id])).get(ask.actor_id)
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


def _would(publish: Publish, activity: Activity, ask: Ask) -> bool:
    try:
        publish.decide(activity, ask)
    except Refusal:
        return False
    return True
