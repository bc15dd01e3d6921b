"""Records say what rows say, and no more."""

import pytest

from services.reporting.activities.domain import ACTIVITIES, ActivityRecord
from services.reporting.figures.domain.rollup import record_of
from services.reporting.people.domain import PersonRecord
from services.reporting.requests.domain.record import LegRecord, RequestRecord
from services.reporting.rooms.domain import AreaRecord, PlaceRecord
from services.reporting.rows.domain import Row, merge_all, project
from shared.contracts.activities import ActivityStage
from shared.contracts.cells import Aggregate
from shared.contracts.members import PersonDeparted, PlaceType
from shared.contracts.requests import leg as legs
from shared.contracts.stages import Kind, LegState, Stage, Visibility
from tests.unit.reporting.stories import NOW, Story, at, community


def request_of(story: Story, key: str = "one") -> RequestRecord:
    rows = merge_all(project(event, NOW) for event in story.events)
    record = record_of(rows[Aggregate.REQUEST, key])
    assert isinstance(record, RequestRecord)
    return record


def test_a_served_request_tells_its_times_its_rating_and_its_leg() -> None:
    story = Story()
    story.served("one")
    record = request_of(story)
    assert (record.stage, record.served, record.ended, record.open) == (Stage.CLOSED_CONFIRMED, True, True, False)
    assert (record.kind, record.category, record.urgent) == (Kind.WISH, "lamp", True)
    assert (record.filed_at, record.contacted_at, record.resolved_at) == (at(0), at(60), at(600))
    assert (record.due_at, record.ended_at, record.learnt_at) == (at(3600), at(800), NOW)
    assert (record.solved, record.stars, record.reopened) == (True, 5, False)
    assert (record.version, record.events) == (8, 8)
    assert record.legs == (LegRecord("oneleg", LegState.DONE, "helper", None),)


def test_a_reopening_takes_the_resolution_and_the_rating_away() -> None:
    story = Story()
    story.served("one")
    story.reopened("one")
    record = request_of(story)
    assert (record.stage, record.open, record.reopened) == (Stage.TRIAGED, True, True)
    assert (record.resolved_at, record.stars, record.solved, record.ended_at) == (None, None, None, None)


def test_first_contact_is_the_first_one() -> None:
    story = Story()
    story.filed("one")
    story.accepted("one", when=60)
    story.accepted("one", when=90)
    assert request_of(story).contacted_at == at(60)


def test_visibility_only_rises() -> None:
    story = Story()
    story.filed("one", visibility=Visibility.SEALED)
    story.triaged("one")
    record = request_of(story)
    assert (record.visibility, record.sealed) == (Visibility.SEALED, True)


@pytest.mark.parametrize("by_requester", [True, False])
def test_a_cancelled_request_tells_who_withdrew_it(by_requester: bool) -> None:
    story = Story()
    story.filed("one")
    story.cancelled("one", by_requester=by_requester)
    record = request_of(story)
    assert (record.cancelled_by_requester, record.ended_at) == (by_requester, at(30))


def test_a_free_leg_has_no_helper_and_an_outside_leg_names_its_system() -> None:
    story = Story()
    story.filed("one")
    story.accepted("one")
    story.leg("one", legs.LegDeclined, Stage.MATCHING, LegState.OPEN, round=1, helper_id="helper")
    assert request_of(story).legs[0].helper_id is None
    outside = Story()
    outside.filed("one")
    outside.leg("one", legs.LegAcked, Stage.ASSIGNED, LegState.ACKED, system="repairs", remote_id="7", acked_at=at(9))
    assert request_of(outside).legs == (LegRecord("oneleg", LegState.ACKED, None, "repairs"),)


def test_a_row_without_its_beginning_says_nothing() -> None:
    story = community()
    beginnings = ("filed", "registered", "added", "assigned")
    late = [event for event in story.events if event.data.SUBJECT.split(".")[3] not in beginnings]
    rows = merge_all(project(event, NOW) for event in late)
    for row in rows.values():
        if row.kind is not Aggregate.ACTIVITY:
            assert record_of(row) is None
    bare = Row(Aggregate.PLACE, "east", {}, frozenset({1}))
    assert record_of(bare) is None


def test_people_places_areas_and_activities_are_read() -> None:
    story = community()
    story.person("helper", "east.b1.f1.r3", reachable=False, changed=True)
    rows = merge_all(project(event, NOW) for event in story.events)
    helper, gone = (record_of(rows[Aggregate.PERSON, key]) for key in ("helper", "gone"))
    assert isinstance(helper, PersonRecord)
    assert isinstance(gone, PersonRecord)
    assert (helper.place, helper.reachable, helper.present, gone.present) == ("east.b1.f1.r3", False, True, False)
    assert record_of(rows[Aggregate.PLACE, "east.b1"]) == PlaceRecord("east.b1", PlaceType.BUILDING, "东一舍")
    assert record_of(rows[Aggregate.DUTY_AREA, "old"]) == AreaRecord("old", "helper", ("east.b1",), active=False)
    activity = record_of(rows[Aggregate.ACTIVITY, "plan"])
    assert activity == ActivityRecord("plan", ActivityStage.PUBLISHED, at(3600), at(3660), 2, 0, frozenset({"student"}))
    assert isinstance(activity, ActivityRecord)
    assert ACTIVITIES.place is None, "activities belong to no building"
    assert record_of(rows[Aggregate.UNIT, "unit"]) is None


def test_seats_of_an_activity_that_is_not_known_yet_still_count() -> None:
    story = Story()
    story.seats("plan", "anna", "bo", "carl")
    record = record_of(merge_all(project(event, NOW) for event in story.events)[Aggregate.ACTIVITY, "plan"])
    assert isinstance(record, ActivityRecord)
    assert (record.stage, record.seats, record.attended) == (None, 2, frozenset({"anna"}))


def test_a_person_who_comes_back_is_present() -> None:
    story = Story()
    story.person("anna")
    story.tell("anna", PersonDeparted(person_id="anna"))
    story.person("anna", changed=True)
    record = record_of(merge_all(project(event, NOW) for event in story.events)[Aggregate.PERSON, "anna"])
    assert isinstance(record, PersonRecord)
    assert record.present
