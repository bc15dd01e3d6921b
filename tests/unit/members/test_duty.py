"""The places that staff work for: which may be given, what ends sessions, and what people of before are given."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from services.members.people.domain.person import Person, come_back, depart, give_duty, register, revise
from services.members.people.domain.profile import Profile, Why
from shared.contracts.event import Fact
from shared.contracts.members import PersonChanged, PersonRegistered, Role, SessionsEnded
from shared.refusal import Refusal

NOW = datetime(2026, 9, 1, tzinfo=UTC)
DESK = Profile("D", (Role.DESK,), duty=("east.b1", "west"))


def person(profile: Profile = DESK) -> Person:
    return register("d", "d", profile, "admin", NOW)[0]


def ends(facts: Sequence[Fact]) -> bool:
    return any(isinstance(fact, SessionsEnded) for fact in facts)


def test_nobody_works_for_a_room() -> None:
    for place in ("east", "east.b1", "east.b1.f1"):
        assert person(replace(DESK, duty=(place,))).profile.duty == (place,)
    with pytest.raises(Refusal, match=Why.BAD_DUTY) as refused:
        person(replace(DESK, duty=("east.b1.f1.r101",)))
    assert refused.value.field == "duty"
    with pytest.raises(Refusal, match=Why.BAD_DUTY):
        revise("d", person(), replace(DESK, duty=("east.b1.f1.r101",)), "admin", NOW)


def test_others_are_told_of_the_duty() -> None:
    _, registered = register("d", "d", DESK, "admin", NOW)
    _, changed = revise("d", person(), replace(DESK, duty=("west",)), "admin", NOW)
    told = [fact for fact in (*registered, *changed) if isinstance(fact, PersonRegistered | PersonChanged)]
    assert [fact.duty_places for fact in told] == [("east.b1", "west"), ("west",)]


@pytest.mark.parametrize(
    ("roles", "duty", "units", "over"),
    [
        ((Role.DESK,), ("east", "west"), ("u",), False),
        ((Role.DESK,), ("east.b1", "west", "north"), ("u",), False),
        ((Role.DESK,), ("east.b1.f1", "west"), ("u",), True),
        ((Role.DESK,), ("west",), ("u",), True),
        ((Role.DESK,), (), ("u",), True),
        ((Role.DESK,), ("east.b1", "west"), (), False),
        ((Role.SECRETARY,), ("east.b1", "west"), ("u", "v"), False),
        ((Role.SECRETARY,), ("east.b1", "west"), (), True),
        ((Role.STUDENT,), (), (), False),
        ((Role.STUDENT, Role.HELPER), ("east.b1", "west"), ("u",), False),
    ],
)
def test_a_duty_that_narrows_ends_sessions_and_one_that_grows_does_not(
    roles: tuple[Role, ...], duty: tuple[str, ...], units: tuple[str, ...], *, over: bool
) -> None:
    before = replace(DESK, roles=roles, units=("u",))
    after, facts = revise("d", person(before), replace(before, duty=duty, units=units), "admin", NOW)
    assert ends(facts) is over
    assert after.standing == over


def test_whoever_says_nothing_of_the_duty_keeps_it() -> None:
    after, facts = revise("d", person(), replace(DESK, duty=None), "admin", NOW)
    assert (after, facts) == (person(), [])
    gone, _ = depart("d", person(), by="admin", now=NOW)
    here, told = come_back("d", gone, replace(DESK, duty=None), "admin", NOW)
    assert here.profile.duty == DESK.duty
    assert [fact.duty_places for fact in told if isinstance(fact, PersonRegistered)] == [DESK.duty]


def test_staff_of_an_earlier_release_are_given_every_campus_once_and_sign_in_anew() -> None:
    of_before = replace(person(), profile=replace(DESK, duty=None))
    given, facts = give_duty("d", of_before, ["east", "west"], NOW)
    assert given.profile.duty == ("east", "west")
    assert ends(facts)
    assert [fact.duty_places for fact in facts if isinstance(fact, PersonChanged)] == [("east", "west")]
    assert [(note.by, note.field, note.after) for note in given.changes] == [("members", "duty", "east; west")]
    assert give_duty("d", given, ["north"], NOW) == (given, [])
    assert give_duty("d", person(replace(DESK, duty=None)), ["east"], NOW) == (person(replace(DESK, duty=())), [])


@pytest.mark.parametrize(
    ("roles", "place", "duty", "works_for"),
    [
        ((Role.DESK,), "east.b1", (), ("east.b1",)),
        ((Role.SECRETARY, Role.STUDENT), "east.b1.f2.r201", (), ("east.b1",)),
        ((Role.COUNSELLOR,), "east.b1.f2", (), ("east.b1",)),
        ((Role.LOGISTICS,), "east", (), ("east",)),
        ((Role.DESK,), "east.b1", ("west",), ("west",)),
        ((Role.DESK,), "east.b1", ("*",), ("*",)),
        ((Role.DESK,), None, (), ()),
        ((Role.STUDENT, Role.HELPER), "east.b1", (), ()),
        ((Role.STUDENT,), "east.b1", ("west",), ("west",)),
    ],
)
def test_whoever_has_no_duty_works_for_the_building_that_they_are_in(
    roles: tuple[Role, ...], place: str | None, duty: tuple[str, ...], works_for: tuple[str, ...]
) -> None:
    profile = Profile("D", roles, place=place, duty=duty)
    assert profile.works_for == works_for
    _, facts = register("d", "d", profile, "admin", NOW)
    assert [fact.duty_places for fact in facts if isinstance(fact, PersonRegistered)] == [works_for]


def test_moving_to_another_building_ends_the_sessions_of_whoever_works_where_they_are() -> None:
    before = Profile("D", (Role.DESK,), place="east.b1")
    for place, over in (("east.b1.f1.r101", False), ("east.b2", True), (None, True), ("east", False)):
        _, facts = revise("d", person(before), replace(before, place=place), "admin", NOW)
        assert any(isinstance(fact, SessionsEnded) for fact in facts) == over, place


def test_the_whole_community_holds_every_place_and_is_lost_like_one() -> None:
    everywhere = Profile("D", (Role.DESK,), duty=("*",))
    for before, after, over in ((DESK, everywhere, False), (everywhere, DESK, True), (everywhere, everywhere, False)):
        _, facts = revise("d", person(before), replace(after, phone="1"), "admin", NOW)
        assert any(isinstance(fact, SessionsEnded) for fact in facts) == over
