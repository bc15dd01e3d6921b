"""Who leaves keeps no seat that others could use, and what they organised is everybody's."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.activities.directory.domain import Person
from services.activities.programme.domain.activity import Activity
from services.activities.programme.domain.departures import settle
from services.activities.programme.domain.seats import SignUpStatus, sign_up_status
from shared.contracts.activities import SeatRelease, SeatReleased, SeatTaken
from tests.support.activities_domain import attend, cancel, complete
from tests.unit.activities.test_programme import (
    ANNA,
    BO,
    CARL,
    DURING,
    NOW,
    ORGANISER,
    WANTED,
    code,
    planned,
    published,
)

GONE = Person("anna", left=True, organises=False)
HERE = Person("anna", left=False, organises=False)


def test_the_seat_of_whoever_left_goes_to_the_first_who_waits_and_is_here() -> None:
    activity, facts = settle(published(ANNA, BO, CARL), GONE, NOW)
    released, taken = facts
    assert isinstance(released, SeatReleased)
    assert (released.person_id, released.why) == ("anna", SeatRelease.DEPARTED)
    assert isinstance(taken, SeatTaken)
    assert taken.person_id == "carl"
    assert settle(activity, GONE, NOW) == (activity, []), "once is enough"


def test_a_waiting_place_is_freed_without_moving_anybody() -> None:
    activity, facts = settle(published(BO, CARL, ANNA), GONE, NOW)
    assert [type(fact) for fact in facts] == [SeatReleased]
    assert activity.seats.waiting == ()


@pytest.mark.parametrize(
    ("activity", "at"),
    [
        (attend(published(ANNA), ANNA, code(DURING), DURING)[0], DURING),
        (published(ANNA), WANTED.ends_at),
        (complete(published(ANNA), ORGANISER, DURING)[0], DURING),
        (cancel(published(ANNA), ORGANISER, "rain", NOW)[0], NOW),
        (published(BO), NOW),
    ],
)
def test_the_history_of_whoever_left_stays(activity: Activity, at: object) -> None:
    assert settle(activity, GONE, at) == (activity, [])  # type: ignore[arg-type]


def test_who_is_here_keeps_their_seat() -> None:
    activity = published(ANNA)
    assert settle(activity, HERE, NOW) == (activity, [])
    assert sign_up_status(activity.seats, "anna") is SignUpStatus.SEAT


@pytest.mark.parametrize(
    ("person", "orphaned"),
    [
        (Person("organiser", left=True, organises=False), True),
        (Person("organiser", left=False, organises=False), True),
        (Person("organiser", left=False, organises=True), False),
    ],
)
def test_an_activity_is_marked_while_its_organiser_cannot_run_it(person: Person, *, orphaned: bool) -> None:
    for activity in (planned(), published(), replace(published(), organiser_left=True)):
        assert settle(activity, person, NOW)[0].organiser_left is orphaned


def test_an_activity_that_has_ended_needs_no_organiser() -> None:
    ended = complete(published(), ORGANISER, DURING)[0]
    assert settle(ended, Person("organiser", left=True, organises=False), DURING + timedelta(days=1)) == (ended, [])
