"""Two people at most read what is sealed: whoever makes a third, by whatever way, and two at once."""

from datetime import UTC, datetime, timedelta

import pytest

from services.members.people.domain.person import depart, disable, register
from services.members.people.domain.profile import Profile, Why
from services.members.people.domain.role_counts import LEAVING, Noted, SealedReaders, is_reader, let_off, take_on
from shared.contracts.members import PersonRegistered, Role
from shared.refusal import Refusal

NOW = datetime(2026, 9, 1, tzinfo=UTC)


def test_there_is_no_third_reader() -> None:
    with pytest.raises(Refusal, match=Why.TOO_MANY_SEALED_READERS):
        take_on(SealedReaders(), "c", ["a", "b"], NOW)
    noted, facts = take_on(SealedReaders(), "b", ["a"], NOW)
    assert (noted, facts) == (SealedReaders((Noted("b", NOW),)), [])
    assert take_on(SealedReaders(), "b", ["a", "b"], NOW)[0] == noted


def test_of_two_who_are_made_at_once_the_second_is_refused() -> None:
    noted, _ = take_on(SealedReaders(), "b", ["a"], NOW)
    with pytest.raises(Refusal, match=Why.TOO_MANY_SEALED_READERS):
        take_on(noted, "c", ["a"], NOW + timedelta(seconds=1))
    assert take_on(noted, "b", ["a"], NOW)[0] == noted
    assert take_on(let_off(noted, "b")[0], "c", ["a"], NOW)[0] == SealedReaders((Noted("c", NOW),))
    assert let_off(noted, "c")[0] == noted
    assert take_on(noted, "c", ["a"], NOW + LEAVING)[0] == SealedReaders((Noted("c", NOW + LEAVING),))


def test_who_left_reads_nothing_and_who_is_disabled_still_counts() -> None:
    profile = Profile("A", (Role.STUDENT, Role.SEALED_READER))
    person, facts = register("a", "a", profile, "system", NOW)
    told = facts[0]
    assert isinstance(told, PersonRegistered)
    assert (told.roles, told.sealed_reader, told.held()) == ((Role.STUDENT,), True, set(profile.roles))
    assert is_reader(person)
    assert is_reader(disable("a", person, by="b", now=NOW)[0])
    assert not is_reader(depart("a", person, by="b", now=NOW)[0])
