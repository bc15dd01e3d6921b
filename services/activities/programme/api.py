"""What people ask about activities over HTTP."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, TypeAlias

from fastapi import Depends, Query, Response
from pydantic import Field, StrictInt, StringConstraints

from services.activities.programme import queries
from services.activities.programme.domain.activity import Activity, Ask
from services.activities.programme.domain.commands import Attend, Cancel, Complete, Release, Remove, SignUp
from services.activities.programme.domain.permitted import Command, may
from services.activities.programme.domain.plan import MOST_SEATS, Plan
from services.activities.programme.domain.seats import SignUpStatus, how_gone, position, sign_up_status
from services.activities.programme.handlers import commands as handlers
from services.activities.programme.handlers.commands import Programme
from services.activities.programme.queries import When
from services.activities.programme.store import SOONEST_FIRST
from shared.auth.dependency import Me
from shared.auth.permissions import ORGANISERS, SIGNED_IN
from shared.contracts.activities import MOST_POINTS, ActivityStage, SeatRelease
from shared.contracts.places import PlaceId
from shared.http import (
    Body,
    IdempotencyKey,
    Moment,
    OnTerms,
    Page,
    PageQuery,
    Router,
    Versioned,
    View,
    Whole,
    etag,
    made,
    made_before,
    page_of,
    paged,
)
from shared.store import commands as store
from shared.store.commands import ANY_TERMS
from shared.store.document import Document, Terms
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
    mine: SignUpStatus
    waiting_position: int | None
    gone: SeatRelease | None
    gone_reason: str | None
    may: Sequence[Command]


class AttendeeView(View):
    """One person who signed up: since when they sit or wait, and when they proved to be there."""

    person_id: str
    standing: SignUpStatus
    since: datetime
    attended_at: datetime | None


class AttendeesView(View):
    """Everybody who signed up: those who sit, then those who wait, each in their order."""

    items: Sequence[AttendeeView]


Reason: TypeAlias = Annotated[
    Remark | None, Query(description="Why, in words that the person who is taken out may read.")
]
ProgrammeOf: TypeAlias = Annotated[Programme, part(Programme)]
PageOf: TypeAlias = Annotated[PageQuery, paged(SOONEST_FIRST)]
"""A cursor of the one list fits the other: both tell a start and an id."""

router = Router(
    prefix="/api/activities",
    tags=["activities"],
    about="Activities: planned, published, with seats and a waiting list, attended.",
)


@dataclass(frozen=True, slots=True)
class Call:
    """A call about one activity: who calls, what of, and the answer."""

    activity_id: str
    me: Me
    programme: ProgrammeOf
    response: Response

    async def execute(self, command: store.Command[Activity, Ask], terms: Terms = ANY_TERMS) -> "ActivityView":
        """Let the caller's command change the activity, and answer with it."""
        return self.answer(await handlers.change_activity(self.programme, self.ask, self.activity_id, command, terms))

    def answer(self, document: Document[Activity]) -> "ActivityView":
        """Answer with the activity as the caller sees it, and its version as ETag."""
        etag(self.response, document.version)
        return view_of(document, self.ask)

    @property
    def ask(self) -> Ask:
        """The caller's question, asked now."""
        return self.programme.ask(self.me)


OneActivity: TypeAlias = Annotated[Call, Depends()]


@router.post("", allow=ORGANISERS, status_code=201, responses=made_before(ActivityView))
async def post_activity(
    body: PlanBody, me: Me, key: IdempotencyKey, programme: ProgrammeOf, response: Response
) -> ActivityView:
    """Plan an activity; nobody else sees it before it is published."""
    ask = programme.ask(me)
    document = made(response, await handlers.plan_activity(programme, ask, key, Plan(**body.model_dump())))
    etag(response, document.version)
    return view_of(document, ask)


@router.get("", allow=SIGNED_IN)
async def get_activities(
    me: Me, programme: ProgrammeOf, page: PageOf, when: When = When.UPCOMING
) -> Page[ActivityView]:
    """List published activities: upcoming ones soonest first, past ones latest first."""
    ask = programme.ask(me)
    return page_of(await queries.list_activities(programme, ask, when, page), lambda one: view_of(one, ask))


@router.get("/mine", allow=SIGNED_IN)
async def get_my_activities(me: Me, programme: ProgrammeOf, page: PageOf) -> Page[ActivityView]:
    """List what the caller organises or signed up for, latest first."""
    ask = programme.ask(me)
    return page_of(await queries.list_mine(programme, ask, page), lambda one: view_of(one, ask))


@router.get("/{activity_id}", allow=SIGNED_IN)
async def get_activity(call: OneActivity) -> ActivityView:
    """Show one activity."""
    return call.answer(await queries.show_activity(call.programme, call.ask, call.activity_id))


@router.post("/{activity_id}/publication", allow=ORGANISERS, command=Command.PUBLISH)
async def post_publication(call: OneActivity, terms: OnTerms) -> ActivityView:
    """Open the activity for sign-up."""
    return call.answer(await handlers.publish_activity(call.programme, call.ask, call.activity_id, terms))


@router.post("/{activity_id}/cancellation", allow=ORGANISERS, command=Command.CANCEL)
async def post_cancellation(call: OneActivity, body: CancelBody, terms: OnTerms) -> ActivityView:
    """Call the activity off."""
    return await call.execute(Cancel(body.reason), terms)


@router.post("/{activity_id}/completion", allow=ORGANISERS, command=Command.COMPLETE)
async def post_completion(call: OneActivity, terms: OnTerms) -> ActivityView:
    """End the activity."""
    return await call.execute(Complete(), terms)


@router.post("/{activity_id}/sign-ups", allow=SIGNED_IN, command=Command.SIGN_UP)
async def post_sign_up(call: OneActivity) -> ActivityView:
    """Take a seat, or a place on the waiting list; asking again changes nothing."""
    return await call.execute(SignUp())


@router.delete("/{activity_id}/sign-ups/mine", allow=SIGNED_IN, command=Command.RELEASE)
async def delete_my_sign_up(call: OneActivity) -> ActivityView:
    """Give up one's seat or place on the waiting list; a freed seat goes to the first who waits."""
    left = await handlers.departed_waiting(call.programme, call.activity_id)
    return await call.execute(Release(left))


@router.delete("/{activity_id}/sign-ups/{person_id}", allow=ORGANISERS, command=Command.REMOVE)
async def delete_sign_up(call: OneActivity, person_id: str, reason: Reason = None) -> ActivityView:
    """Take somebody out of their seat or off the waiting list; whoever was there stays."""
    left = await handlers.departed_waiting(call.programme, call.activity_id)
    return await call.execute(Remove(person_id, reason or None, left))


@router.get("/{activity_id}/code", allow=ORGANISERS, command=Command.SHOW_CODE)
async def get_code(call: OneActivity) -> queries.CodeView:
    """Show the rotating code to whoever runs the activity, around its time."""
    call.response.headers["Cache-Control"] = "no-store"
    return await queries.show_code(call.programme, call.ask, call.activity_id)


@router.post("/{activity_id}/attendance", allow=SIGNED_IN, command=Command.ATTEND)
async def post_attendance(call: OneActivity, body: AttendBody) -> ActivityView:
    """Prove to be there with the code of this moment."""
    return await call.execute(Attend(body.code))


@router.get("/{activity_id}/attendees", allow=ORGANISERS, command=Command.LIST_ATTENDEES)
async def get_attendees(call: OneActivity) -> AttendeesView:
    """List everybody who signed up."""
    return AttendeesView(items=_attendees(await queries.list_attendees(call.programme, call.ask, call.activity_id)))


def view_of(document: Document[Activity], ask: Ask) -> ActivityView:
    """Return the activity as whoever asks sees it."""
    activity, plan = document.state, document.state.plan
    gone = how_gone(activity.seats, ask.actor_id)
    return ActivityView.of(
        document,
        activity,
        plan,
        points=plan.promised_points,
        seats_taken=len(activity.seats.taken),
        waiting=len(activity.seats.waiting),
        attended=sum(seat.attended_at is not None for seat in activity.seats.taken),
        mine=sign_up_status(activity.seats, ask.actor_id),
        waiting_position=position(activity.seats, ask.actor_id),
        gone=None if gone is None else gone.why,
        gone_reason=None if gone is None else gone.reason,
        may=may(activity, ask),
    )


def _attendees(activity: Activity) -> list[AttendeeView]:
    sit = [(seat.person_id, seat.taken_at, seat.attended_at) for seat in activity.seats.taken]
    wait = [(wait.person_id, wait.since, None) for wait in activity.seats.waiting]
    return [
        AttendeeView(
            person_id=person, standing=sign_up_status(activity.seats, person), since=since, attended_at=attended
        )
        for person, since, attended in (*sit, *wait)
    ]
