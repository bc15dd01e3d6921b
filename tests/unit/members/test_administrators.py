"""An administrator stays: whoever takes the role away, by whatever way, and two at once."""

from datetime import UTC, datetime, timedelta

import pytest

from services.members.people.domain.person import depart, disable, register
from services.members.people.domain.profile import Profile, Why
from services.members.people.domain.role_counts import LEAVING, Administrators, Noted, came_back, is_admin, let_go
from shared.contracts.members import Role
from shared.refusal import Refusal

NOW = datetime(2026, 9, 1, tzinfo=UTC)


def test_the_last_administrator_stays() -> None:
    with pytest.raises(Refusal, match=Why.LAST_ADMIN):
        let_go(Administrators(), "a", ["a"], NOW)
    noted, facts = let_go(Administrators(), "a", ["a", "b"], NOW)
    assert (noted, facts) == (Administrators((Noted("a", NOW),)), [])


def test_of_two_who_stop_at_once_the_second_stays() -> None:
    noted, _ = let_go(Administrators(), "a", ["a", "b"], NOW)
    with pytest.raises(Refusal, match=Why.LAST_ADMIN):
        let_go(noted, "b", ["a", "b"], NOW + timedelta(seconds=1))
    assert let_go(noted, "a", ["a", "b"], NOW)[0] == noted


def test_a_note_counts_until_the_person_is_back_or_a_minute_has_passed() -> None:
    noted, _ = let_go(Administrators(), "a", ["a", "b"], NOW)
    assert came_back(noted, "a")[0] == Administrators()
    assert came_back(noted, "b")[0] == noted
    later = NOW + LEAVING
    assert let_go(noted, "b", ["a", "b"], later)[0] == Administrators((Noted("b", later),))


def test_who_left_or_is_disabled_administers_nothing() -> None:
    person, _ = register("a", "a", Profile("A", (Role.ADMIN,)), "system", NOW)
    assert is_admin(person)
    assert not is_admin(depart("a", person, by="b", now=NOW)[0])
    assert not is_admin(disable("a", person, by="b", now=NOW)[0])
    assert not is_admin(register("s", "s", Profile("S", (Role.STUDENT,)), "system", NOW)[0])
