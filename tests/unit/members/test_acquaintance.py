"""Who has to do with whom: in a request, in an activity, in any order of what is told."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.members.acquaintance.domain import cases, gatherings
from services.members.acquaintance.domain.cases import (
    SEALED,
    Case,
    at_place,
    at_work,
    in_unit,
    keys_of_case,
    sees,
    there,
    those_concerned,
)
from services.members.acquaintance.domain.gatherings import Gathering, host, keys_of_gathering, seat_of
from services.members.acquaintance.queries import owners_seen
from services.members.duty_areas.domain import Area, DutyMap
from shared.contracts.activities import (
    ActivityCancelled,
    ActivityCompleted,
    ActivityFact,
    ActivityPlanned,
    ActivityPublished,
    ActivityStage,
    AttendanceVerified,
    SeatAwaited,
    SeatReleased,
    SeatTaken,
)
from shared.contracts.requests.leg import (
    LegAccepted,
    LegDeclined,
    LegDone,
    LegDropped,
    LegExpired,
    LegOffered,
    LegOpened,
    LegReleased,
)
from shared.contracts.requests.request import (
    RequestClosed,
    RequestFact,
    RequestFiled,
    RequestHeld,
    RequestTriaged,
    ServedLeg,
)
from shared.contracts.stages import Channel, Kind, LegKind, LegState, Outcome, Released, Stage, Visibility
from shared.ids import derive_id

NOW = datetime(2026, 9, 1, tzinfo=UTC)
STUDENT, DESK, HELPER, OTHER = (derive_id("somebody", name) for name in ("student", "desk", "helper", "other"))
ROOM = "east.b1.f1.r101"
Told = tuple[RequestFact, str]


def filed(visibility: Visibility = Visibility.PUBLIC, by: str = STUDENT) -> Told:
    fact = RequestFiled(
        request_id="r1",
        stage=Stage.SUBMITTED,
        kind=Kind.WISH,
        category="wish.errand",
        channel=Channel.PHONE,
        visibility=visibility,
        urgent=False,
        requester_id=STUDENT,
        filed_by_id=by,
        place=ROOM,
        filed_at=NOW,
    )
    return fact, by


def triaged(visibility: Visibility, actor: str = "requests") -> Told:
    fact = RequestTriaged(
        request_id="r1",
        stage=Stage.TRIAGED,
        kind=Kind.WISH,
        category="wish.errand",
        urgent=False,
        visibility=visibility,
        rule="desk",
        leg_ids=(),
        resolve_due_at=NOW,
        triaged_at=NOW,
    )
    return fact, actor


def leg(fact: type, actor: str, helper: str | None = HELPER, **more: object) -> Told:
    state = LegState.OFFERED
    told = {"request_id": "r1", "stage": Stage.MATCHING, "leg_id": "leg1", "state": state, "helper_id": helper}
    return fact(**{**told, **more}), actor


OFFERED = leg(LegOffered, "requests", round=1, expires_at=NOW)
ACCEPTED = leg(LegAccepted, HELPER, accepted_at=NOW)
DECLINED = leg(LegDeclined, HELPER, round=1)
EXPIRED = leg(LegExpired, "requests", round=1)
RELEASED = leg(LegReleased, HELPER, round=1, why=Released.HANDED_BACK)
DROPPED = leg(LegDropped, STUDENT)
DONE = leg(LegDone, HELPER, done_at=NOW)
OPENED: Told = (
    LegOpened(
        request_id="r1",
        stage=Stage.MATCHING,
        leg_id="leg1",
        state=LegState.OPEN,
        round=2,
        kind=Kind.WISH,
        category="wish.errand",
        skill=None,
        place=ROOM,
        urgent=False,
        requester_id=STUDENT,
        excluded_ids=(HELPER,),
    ),
    HELPER,
)
HELD: Told = (RequestHeld(request_id="r1", stage=Stage.ON_HOLD, for_requester=True, held_at=NOW), DESK)
CLOSED: Told = (
    RequestClosed(
        request_id="r1",
        stage=Stage.CLOSED_CONFIRMED,
        outcome=Outcome.CONFIRMED,
        closing=1,
        category="wish.errand",
        kind=Kind.WISH,
        visibility=Visibility.PUBLIC,
        requester_id=STUDENT,
        legs=(
            ServedLeg(leg_id="leg1", kind=LegKind.HELPER, helper_id=OTHER),
            *([ServedLeg(leg_id="leg2", kind=LegKind.OUTSIDE, helper_id=None)]),
        ),
        closed_at=NOW,
    ),
    STUDENT,
)


def case_of(*story: Told) -> Case:
    case = Case()
    for version, (fact, actor) in enumerate(story, start=1):
        case = cases.learn(case, fact, version, actor)
    return case


@pytest.mark.parametrize(
    ("story", "concerned"),
    [
        ([filed()], {STUDENT}),
        ([filed(by=DESK)], {STUDENT, DESK}),
        ([filed(), OFFERED], {STUDENT, HELPER}),
        ([filed(), OFFERED, ACCEPTED], {STUDENT, HELPER}),
        ([filed(), OFFERED, DECLINED], {STUDENT}),
        ([filed(), OFFERED, DECLINED, OPENED], {STUDENT}),
        ([filed(), OFFERED, EXPIRED], {STUDENT}),
        ([filed(), OFFERED, ACCEPTED, RELEASED], {STUDENT}),
        ([filed(), OFFERED, ACCEPTED, DROPPED], {STUDENT}),
        ([filed(), OFFERED, ACCEPTED, DONE], {STUDENT, HELPER}),
        ([filed(), OFFERED, ACCEPTED, DONE, DROPPED], {STUDENT, HELPER}),
        ([filed(), HELD], {STUDENT, DESK}),
        ([filed(), triaged(Visibility.PUBLIC, DESK)], {STUDENT, DESK}),
        ([filed(), CLOSED], {STUDENT, OTHER}),
        ([filed(), OFFERED, leg(LegOffered, DESK, OTHER, round=2, expires_at=NOW)], {STUDENT, OTHER, DESK}),
    ],
)
def test_who_has_to_do_with_each_other(story: Sequence[Told], concerned: set[str]) -> None:
    assert those_concerned(case_of(*story)) == concerned


def test_those_concerned_see_each_other_and_nobody_else() -> None:
    keys = set(keys_of_case(case_of(filed(), OFFERED, ACCEPTED, HELD)))
    for one, other in permutations((STUDENT, HELPER, DESK), 2):
        assert sees(one, other) in keys
    assert not [key for key in keys if OTHER in key]


def test_whoever_declined_is_seen_by_the_desk_of_the_place_only() -> None:
    keys = set(keys_of_case(case_of(filed(), OFFERED, DECLINED)))
    assert {at_work(at_place(place), HELPER) for place in ("east", "east.b1", "east.b1.f1", ROOM)} <= keys
    assert not {sees(STUDENT, HELPER), sees(HELPER, STUDENT)} & keys


def test_a_sealed_case_is_the_readers_however_late_it_was_sealed() -> None:
    for story in ([filed(Visibility.SEALED), OFFERED], [triaged(Visibility.SEALED), filed(), OFFERED]):
        keys = set(keys_of_case(case_of(*story)))
        assert keys == {
            sees(STUDENT, HELPER),
            sees(HELPER, STUDENT),
            at_work(SEALED, STUDENT),
            at_work(SEALED, HELPER),
        }


def test_the_units_of_the_requester_work_for_the_case_too() -> None:
    case = case_of(filed())
    known = replace(case, units=("branch1", "general"))
    keys = set(keys_of_case(known))
    assert {at_work(in_unit("general"), STUDENT), there(ROOM, in_unit("branch1"))} <= keys


def test_a_case_whose_filing_is_not_heard_yet_names_no_place() -> None:
    assert keys_of_case(case_of(OFFERED)) == []
    assert keys_of_case(replace(case_of(OFFERED), units=("g1",))) == [at_work(in_unit("g1"), HELPER)]


STORY: list[Told] = [
    filed(by=DESK),
    triaged(Visibility.MASKED),
    OFFERED,
    ACCEPTED,
    RELEASED,
    OPENED,
    HELD,
    DONE,
    CLOSED,
]


@given(st.data())
def test_any_order_with_repetitions_leads_to_the_same_case(data: st.DataObject) -> None:
    numbered = list(enumerate(STORY, start=1))
    order = data.draw(st.permutations(numbered))
    again = data.draw(st.lists(st.sampled_from(numbered), max_size=6))
    case = Case()
    for version, (fact, actor) in [*order, *again]:
        case = cases.learn(case, fact, version, actor)
    assert case == case_of(*STORY)
    assert sorted(keys_of_case(case)) == sorted(keys_of_case(case_of(*STORY)))


def activity(fact: type[ActivityFact], **more: object) -> ActivityFact:
    return fact.model_validate({"activity_id": "a1", "stage": ActivityStage.PUBLISHED, **more})


PLANNED = activity(
    ActivityPlanned,
    category="study",
    organiser_id=DESK,
    unit_id=None,
    place="east",
    capacity=3,
    points=1,
    starts_at=NOW,
    ends_at=NOW,
)
PUBLISHED = activity(ActivityPublished, published_at=NOW)
TAKEN = activity(SeatTaken, person_id=STUDENT, promoted=False)
AWAITED = activity(SeatAwaited, person_id=OTHER)
GONE = activity(SeatReleased, person_id=STUDENT)
ATTENDED = activity(AttendanceVerified, person_id=OTHER, points=1, attended_at=NOW)
COMPLETED = activity(ActivityCompleted, completed_at=NOW)
CANCELLED = activity(ActivityCancelled, cancelled_at=NOW)


def gathering_of(*story: ActivityFact) -> Gathering:
    gathering = Gathering()
    for version, fact in enumerate(story, start=1):
        gathering = gatherings.learn(gathering, fact, version)
    return gathering


@pytest.mark.parametrize(
    ("story", "keys"),
    [
        ([PLANNED], set()),
        ([PLANNED, PUBLISHED], {host(DESK)}),
        ([PLANNED, PUBLISHED, TAKEN], {host(DESK), sees(DESK, STUDENT), sees(STUDENT, DESK), seat_of(STUDENT)}),
        ([PLANNED, PUBLISHED, AWAITED], {host(DESK), sees(DESK, OTHER), sees(OTHER, DESK), seat_of(OTHER)}),
        ([PLANNED, PUBLISHED, TAKEN, GONE], {host(DESK)}),
        ([PLANNED, PUBLISHED, ATTENDED, COMPLETED], {host(DESK), sees(DESK, OTHER), sees(OTHER, DESK)}),
        ([PLANNED, CANCELLED], set()),
        ([TAKEN], {seat_of(STUDENT)}),
    ],
)
def test_who_is_seen_for_an_activity(story: Sequence[ActivityFact], keys: set[str]) -> None:
    assert set(keys_of_gathering(gathering_of(*story))) == keys


@given(st.data())
def test_any_order_with_repetitions_leads_to_the_same_gathering(data: st.DataObject) -> None:
    story = [PLANNED, PUBLISHED, TAKEN, GONE, AWAITED, ATTENDED, COMPLETED]
    numbered = list(enumerate(story, start=1))
    order = [*data.draw(st.permutations(numbered)), *data.draw(st.lists(st.sampled_from(numbered), max_size=5))]
    gathering = Gathering()
    for version, fact in order:
        gathering = gatherings.learn(gathering, fact, version)
    assert gathering == gathering_of(*story)


def test_a_fact_that_tells_nothing_of_people_changes_nothing() -> None:
    class Renamed(ActivityFact):
        """A fact of a later release."""

    fact = Renamed(activity_id="a1", stage=ActivityStage.PUBLISHED)
    assert gatherings.learn(Gathering(), fact, 1) == Gathering()


def test_residents_see_who_answers_for_their_area_and_the_staff_sees_all() -> None:
    duty = DutyMap(
        (
            Area("1", DESK, None, ("east.b1",), NOW, "admin"),
            Area("2", OTHER, None, ("east.b2",), NOW, "admin"),
            Area("3", HELPER, None, ("east.b1",), NOW, "admin", released_at=NOW),
        )
    )
    assert owners_seen(duty, ROOM, staff=False) == {DESK}
    assert owners_seen(duty, None, staff=False) == set()
    assert owners_seen(duty, None, staff=True) == {DESK, OTHER}
