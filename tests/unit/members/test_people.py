"""The ledger of people: every change dated and attributable, no name or phone told."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from services.members.people.domain.person import Person, come_back, depart, disable, enable, register, revise
from services.members.people.domain.profile import Busy, PersonStage, Profile, Why, minutes, staged
from shared.contracts.members import PersonChanged, PersonDeparted, PersonRegistered, Role, SessionsEnded
from shared.refusal import Refusal

NOW = datetime(2026, 9, 1, tzinfo=UTC)
ANNA = Profile(name="安娜", roles=(Role.STUDENT,), place="east.b1.f1.r101", phone="13800000001")


def anna() -> Person:
    return register("p1", "anna", ANNA, "admin", NOW)[0]


def ended(below: int) -> SessionsEnded:
    return SessionsEnded(key="person:p1", person_id="p1", below=below, forget_at=NOW + timedelta(hours=12))


def test_a_registration_tells_no_name_and_no_phone() -> None:
    _, facts = register("p1", "anna", ANNA, "admin", NOW)
    (told,) = facts
    assert isinstance(told, PersonRegistered)
    assert "安娜" not in told.model_dump_json()
    assert "138" not in told.model_dump_json()


def test_every_changed_field_is_noted_with_its_date_and_who_did_it() -> None:
    busy = (Busy(1, "08:00", "09:40"), Busy(2, "08:00", "09:40"))
    wanted = replace(ANNA, place=None, phone="13900000002", busy=busy)
    person, facts = revise("p1", anna(), wanted, "desk", NOW)
    assert [(one.field, one.before, one.after, one.by) for one in person.changes] == [
        ("place", "east.b1.f1.r101", "", "desk"),
        ("busy", "", "1 08:00-09:40; 2 08:00-09:40", "desk"),
        ("phone", "13800000001", "13900000002", "desk"),
    ]
    assert facts == [
        PersonChanged(
            person_id="p1", roles=(Role.STUDENT,), place=None, unit_ids=(), party_member=False, reachable=True
        )
    ]


def test_a_change_that_concerns_nobody_else_is_not_told() -> None:
    person, facts = revise("p1", anna(), replace(ANNA, phone=None, skills=("study",)), "desk", NOW)
    assert len(person.changes) == 2
    assert facts == []
    assert revise("p1", anna(), ANNA, "desk", NOW) == (anna(), [])


def test_a_person_leaves_once_and_does_not_change_afterwards() -> None:
    person, facts = depart("p1", anna(), by="admin", now=NOW)
    assert facts == [PersonDeparted(person_id="p1"), ended(1)]
    assert depart("p1", person, by="admin", now=NOW) == (person, [])
    for command in (disable, enable):
        with pytest.raises(Refusal, match=Why.DEPARTED):
            command("p1", person, by="admin", now=NOW)
    with pytest.raises(Refusal, match=Why.DEPARTED):
        revise("p1", person, ANNA, "desk", NOW)


def test_whoever_left_comes_back_as_the_same_person_with_every_note() -> None:
    gone, _ = depart("p1", anna(), by="admin", now=NOW)
    here, facts = come_back("p1", gone, replace(ANNA, place=None), "admin", NOW + timedelta(days=300))
    assert facts == [
        PersonRegistered(
            person_id="p1", roles=(Role.STUDENT,), place=None, unit_ids=(), party_member=False, reachable=True
        )
    ]
    assert [one.field for one in here.changes] == ["departed_at", "departed_at", "place"]
    assert here.may_sign_in
    assert (here.joined_at, here.standing) == (NOW, 1)
    assert come_back("p1", here, ANNA, "admin", NOW) == (here, [])
    again, told = depart("p1", here, by="admin", now=NOW)
    assert (again.standing, told) == (2, [PersonDeparted(person_id="p1"), ended(2)])


def test_a_return_refuses_a_timetable_that_makes_no_sense_and_lifts_a_suspension() -> None:
    disabled, _ = disable("p1", anna(), by="admin", now=NOW)
    gone, _ = depart("p1", disabled, by="admin", now=NOW)
    assert come_back("p1", gone, ANNA, "admin", NOW)[0].may_sign_in
    with pytest.raises(Refusal, match=Why.BAD_BUSY):
        come_back("p1", gone, replace(ANNA, busy=(Busy(9, "08:00", "09:00"),)), "admin", NOW)


def test_only_a_lost_role_ends_the_sessions() -> None:
    both = replace(ANNA, roles=(Role.STUDENT, Role.HELPER))
    gained, facts = revise("p1", anna(), both, "admin", NOW)
    assert [type(fact) for fact in facts] == [PersonChanged]
    moved, facts = revise("p1", gained, replace(both, name="安", place=None, units=("u",)), "admin", NOW)
    assert [type(fact) for fact in facts] == [PersonChanged]
    lost, facts = revise("p1", moved, replace(moved.profile, roles=(Role.HELPER,)), "admin", NOW)
    assert [type(fact) for fact in facts] == [PersonChanged, SessionsEnded]
    swapped, facts = revise("p1", lost, replace(lost.profile, roles=(Role.DESK, Role.LEADER)), "admin", NOW)
    assert facts[1] == ended(2)
    assert (gained.standing, moved.standing, lost.standing, swapped.standing) == (0, 0, 1, 2)


def test_a_disabled_account_signs_nobody_in_until_it_is_enabled() -> None:
    disabled, facts = disable("p1", anna(), by="admin", now=NOW)
    assert facts == [ended(1)]
    assert not disabled.may_sign_in
    assert disable("p1", disabled, by="admin", now=NOW) == (disabled, [])
    enabled, facts = enable("p1", disabled, by="admin", now=NOW)
    assert (enabled.may_sign_in, enabled.standing, facts) == (True, 1, [])
    assert [one.field for one in enabled.changes] == ["disabled_at", "disabled_at"]
    assert enable("p1", enabled, by="admin", now=NOW) == (enabled, [])


@pytest.mark.parametrize("bad", ["9:00", "08-00", "24:01", "12:60", "ab:cd", "０８:00", ""])
def test_a_time_that_no_clock_shows_is_refused(bad: str) -> None:
    with pytest.raises(Refusal, match=Why.BAD_BUSY):
        minutes(bad)


def test_a_timetable_that_makes_no_sense_is_refused() -> None:
    assert minutes("24:00") == 1440
    for slot in (Busy(0, "08:00", "09:00"), Busy(8, "08:00", "09:00"), Busy(1, "09:00", "09:00")):
        with pytest.raises(Refusal, match=Why.BAD_BUSY):
            register("p1", "anna", replace(ANNA, busy=(slot,)), "admin", NOW)


def test_membership_and_stage_agree() -> None:
    full = replace(ANNA, stage=PersonStage.FULL)
    probationary = replace(ANNA, stage=PersonStage.PROBATIONARY)
    assert staged(ANNA, None, party_member=None) == ANNA
    assert staged(ANNA, None, party_member=True) == full
    assert staged(full, None, party_member=False).stage is PersonStage.LEAGUE
    assert staged(probationary, None, party_member=True) == probationary
    assert staged(ANNA, PersonStage.FULL, party_member=None) == full
    assert staged(ANNA, PersonStage.FULL, party_member=True) == full
    with pytest.raises(Refusal, match=Why.STAGE_DISAGREES):
        staged(ANNA, PersonStage.FULL, party_member=False)
