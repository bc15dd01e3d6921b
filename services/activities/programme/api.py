"""What people ask about activities over HTTP."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, TypeAlias

from fastapi import Query, Response
from pydantic import Field, StrictInt, StringConstraints

from services.activities.planning.domain import MOST_SEATS, Plan
from services.activities.programme import handlers, queries
from services.activities.programme.domain import Activity, Asker, Command, may
from services.activities.programme.handlers import Programme
from services.activities.programme.queries import When
from services.activities.programme.store import SOONEST_FIRST
from services.activities.seats.domain import Standing, how_gone, position, standing
from shared.auth.actor import Actor
from shared.auth.dependency import Me
from shared.auth.permissions import ORGANISERS, SIGNED_IN
from shared.contracts.activities import MOST_POINTS, ActivityStage, SeatRelease
from shared.contracts.members import Role
from shared.contracts.places import PlaceId
from shared.http import (
    Body,
    IdempotencyKey,
    Moment,
    OnTerms,
    Page,
    Router,
    Versioned,
    View,
    Whole,
    cursor_of,
    etag,
    made,
    made_before,
)
from shared.store.document import Document
from shared.topic import part
from shared.words import Id, Note, Remark, Title, Words

Category: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]


class PlanBody(Body):
    """An activity to plan. `category` is a word such as `study` or `sharing`; times are RFC 3339."""

    title: Title
    category: Category
    description: Annotated[str, Words(4000, lines=True, empty=True)] = ""
    starts_at: Moment
    ends_at: Moment
    place: PlaceId
    capacity: Annotated[StrictInt, Field(ge=1, le=MOST_SEATS), Whole]
    points: Annotated[StrictInt, Field(ge=0, le=MOST_POINTS), Whole]
    unit_id: Id | None = None


class CancelBody(Body):
    """Why an activity is called off; shown to those who signed up."""

    reason: Note


class AttendBody(Body):
    """The code that the organiser shows now; blanks and hyphens do not count."""

    code: Annotated[str, Words(32)]


class ActivityView(Versioned):
    """An activity as the caller sees it; `mine` is where the caller stands, `may` what they may ask now.

    `organiser_left` while whoever planned it can run it no more, `ended_at` when it was completed or called off,
    `gone` why the caller is signed up no more, and `gone_reason` what the organiser said of it.
    """

    id: str
    version: int
    stage: ActivityStage
    title: str
    category: str
    description: str
    starts_at: datetime
    ends_at: datetime
    place: str
    capacity: int
    points: int
    unit_id: str | None
    organiser_id: str
    organiser_left: bool
    ended_at: datetime | None
    seats_taken: int
    waiting: int
    attended: int
    cancel_reason: str | None
    mine: Standing
    waiting_position: int | None
    gone: SeatRelease | None
    gone_reason: str | None
    may: Sequence[Command]


class CodeView(View):
    """The code to show in the room, until the next one follows; `now` is the time of the service's clock."""

    code: str
    valid_until: datetime
    now: datetime


class AttendeeView(View):
    """One person who signed up: since when they sit or wait, and when they proved to be there."""

    person_id: str
    standing: Standing
    since: datetime
    attended_at: datetime | None


class AttendeesView(View):
    """Everybody who signed up: those who sit, then those who wait, each in their order."""

    items: Sequence[AttendeeView]


Rooms: TypeAlias = Annotated[Programme, part(Programme)]
Reason: TypeAlias = Annotated[
    Remark | None, Query(description="Why, in words that the person who is taken out may read.")
]
Cursor: TypeAlias = Annotated[str | None, cursor_of(SOONEST_FIRST)]
Limit: TypeAlias = Annotated[int, Query(ge=1, le=100)]

router = Router(
    prefix="/api/activities",
    tags=["activities"],
    about="Activities: planned, published, with seats and a waiting list, attended.",
)


@router.post("", allow=ORGANISERS, status_code=201, responses=made_before(ActivityView))
async def post_activity(body: PlanBody, me: Me, key: IdempotencyKey, rooms: Rooms, response: Response) -> ActivityView:
    """Plan an activity; nobody else sees it before it is published."""
    wanted = Plan(**body.model_dump())
    created = await handlers.plan_activity(rooms, _asker(me), key, wanted)
    return _answer(rooms, me, response, made(response, created))


@router.get("", allow=SIGNED_IN)
async def get_activities(
    me: Me,
    rooms: Rooms,
    when: When = When.UPCOMING,
    cursor: Cursor = None,
    limit: Limit = 20,
) -> Page[ActivityView]:
    """List published activities: upcoming ones soonest first, past ones latest first."""
    return _page(
        rooms,
        me,
        await queries.list_activities(rooms, _asker(me), when, SOONEST_FIRST.position(cursor), limit + 1),
        limit,
    )


@router.get("/mine", allow=SIGNED_IN)
async def get_my_activities(me: Me, rooms: Rooms, cursor: Cursor = None, limit: Limit = 20) -> Page[ActivityView]:
    """List what the caller organises or signed up for, latest first."""
    return _page(
        rooms, me, await queries.list_mine(rooms, _asker(me), SOONEST_FIRST.position(cursor), limit + 1), limit
    )


@router.get("/{activity_id}", allow=SIGNED_IN)
async def get_activity(activity_id: str, me: Me, rooms: Rooms, response: Response) -> ActivityView:
    """Show one activity."""
    return _answer(rooms, me, response, await queries.show_activity(rooms, _asker(me), activity_id))


@router.post("/{activity_id}/publication", allow=ORGANISERS)
async def post_publication(activity_id: str, me: Me, rooms: Rooms, response: Response, terms: OnTerms) -> ActivityView:
    """Open the activity for sign-up."""
    return _answer(rooms, me, response, await handlers.publish_activity(rooms, _asker(me), activity_id, terms))


@router.post("/{activity_id}/cancellation", allow=ORGANISERS)
async def post_cancellation(
    activity_id: str, body: CancelBody, me: Me, rooms: Rooms, response: Response, terms: OnTerms
) -> ActivityView:
    """Call the activity off."""
    document = await handlers.cancel_activity(rooms, _asker(me), activity_id, body.reason, terms)
    return _answer(rooms, me, response, document)


@router.post("/{activity_id}/completion", allow=ORGANISERS)
async def post_completion(activity_id: str, me: Me, rooms: Rooms, response: Response, terms: OnTerms) -> ActivityView:
    """End the activity."""
    return _answer(rooms, me, response, await handlers.complete_activity(rooms, _asker(me), activity_id, terms))


@router.post("/{activity_id}/sign-ups", allow=SIGNED_IN)
async def post_sign_up(activity_id: str, me: Me, rooms: Rooms, response: Response) -> ActivityView:
    """Take a seat, or a place on the waiting list; asking again changes nothing."""
    return _answer(rooms, me, response, await handlers.sign_up(rooms, _asker(me), activity_id))


@router.delete("/{activity_id}/sign-ups/mine", allow=SIGNED_IN)
async def delete_my_sign_up(activity_id: str, me: Me, rooms: Rooms, response: Response) -> ActivityView:
    """Give up one's seat or place on the waiting list; a freed seat goes to the first who waits."""
    return _answer(rooms, me, response, await handlers.release_seat(rooms, _asker(me), activity_id))


@router.delete("/{activity_id}/sign-ups/{person_id}", allow=ORGANISERS)
async def delete_sign_up(
    activity_id: str, person_id: str, me: Me, rooms: Rooms, response: Response, reason: Reason = None
) -> ActivityView:
    """Take somebody out of their seat or off the waiting list; whoever was there stays."""
    document = await handlers.take_out(rooms, _asker(me), activity_id, person_id, reason or None)
    return _answer(rooms, me, response, document)


@router.get("/{activity_id}/code", allow=ORGANISERS)
async def get_code(activity_id: str, me: Me, rooms: Rooms, response: Response) -> CodeView:
    """Show the rotating code to whoever runs the activity, around its time."""
    shown = await queries.show_code(rooms, _asker(me), activity_id)
    response.headers["Cache-Control"] = "no-store"
    return CodeView(code=shown.code, valid_until=shown.valid_until, now=shown.now)


@router.post("/{activity_id}/attendance", allow=SIGNED_IN)
async def post_attendance(activity_id: str, body: AttendBody, me: Me, rooms: Rooms, response: Response) -> ActivityView:
    """Prove to be there with the code of this moment."""
    return _answer(rooms, me, response, await handlers.verify_attendance(rooms, _asker(me), activity_id, body.code))


@router.get("/{activity_id}/attendees", allow=ORGANISERS)
async def get_attendees(activity_id: str, me: Me, rooms: Rooms) -> AttendeesView:
    """List everybody who signed up."""
    return AttendeesView(items=_attendees(await queries.list_attendees(rooms, _asker(me), activity_id)))


def _asker(me: Actor) -> Asker:
    return Asker(me.id, manages_all=me.has(Role.ADMIN), scope=me.scope(*(ORGANISERS.roles or ())))


def _page(rooms: Programme, me: Actor, found: Sequence[Document[Activity]], limit: int) -> Page[ActivityView]:
    following = SOONEST_FIRST.following(found, limit, lambda one: (one.state.plan.starts_at, one.id))
    return Page(items=[_view(rooms, me, document) for document in found[:limit]], next_cursor=following)


def _answer(rooms: Programme, me: Actor, response: Response, document: Document[Activity]) -> ActivityView:
    etag(response, document.version)
    return _view(rooms, me, document)


def _view(rooms: Programme, me: Actor, document: Document[Activity]) -> ActivityView:
    activity, plan = document.state, document.state.plan
    gone = how_gone(activity.seats, me.id)
    return ActivityView(
        id=document.id,
        version=document.version,
        stage=activity.stage,
        title=plan.title,
        category=plan.category,
        description=plan.description,
        starts_at=plan.starts_at,
        ends_at=plan.ends_at,
        place=plan.place,
        capacity=plan.capacity,
        points=plan.promised_points,
        unit_id=plan.unit_id,
        organiser_id=activity.organiser_id,
        organiser_left=activity.organiser_left,
        ended_at=activity.ended_at,
        seats_taken=len(activity.seats.taken),
        waiting=len(activity.seats.waiting),
        attended=sum(seat.attended_at is not None for seat in activity.seats.taken),
        cancel_reason=activity.cancel_reason,
        mine=standing(activity.seats, me.id),
        waiting_position=position(activity.seats, me.id),
        gone=None if gone is None else gone.why,
        gone_reason=None if gone is None else gone.reason,
        may=may(activity, _asker(me), rooms.clock.now()),
    )


def _attendees(activity: Activity) -> list[AttendeeView]:
    sit = [(seat.person_id, seat.taken_at, seat.attended_at) for seat in activity.seats.taken]
    wait = [(wait.person_id, wait.since, None) for wait in activity.seats.waiting]
    return [
        AttendeeView(person_id=person, standing=standing(activity.seats, person), since=since, attended_at=attended)
        for person, since, attended in (*sit, *wait)
    ]
