"""Kind: the same thing is filed twice. Who is told of which open request before they file one more."""

import pytest

from services.requests.casework.domain.request import Caller
from services.requests.wall.domain import visibilities_told
from shared.contracts.members import Role
from shared.contracts.stages import Visibility

ROOM, OTHER_ROOM, FLOOR = "east.b3.f4.r407", "east.b3.f4.r408", "east.b3.f4"
EVERYTHING_BUT_SEALED = frozenset(Visibility) - {Visibility.SEALED}


def caller(*roles: Role, duty: tuple[str, ...] = ("east",)) -> Caller:
    return Caller("somebody", frozenset(roles), duty)


@pytest.mark.parametrize("place", [ROOM, FLOOR, "east.b3", "east"])
def test_what_hides_a_name_is_told_in_ones_own_room_and_where_many_come(place: str) -> None:
    told = visibilities_told(caller(Role.STUDENT), ROOM, place)
    assert told == {Visibility.PUBLIC, Visibility.MASKED}


@pytest.mark.parametrize("home", [OTHER_ROOM, None])
def test_of_somebody_elses_room_only_what_is_public_is_told(home: str | None) -> None:
    assert visibilities_told(caller(Role.STUDENT), home, ROOM) == {Visibility.PUBLIC}


@pytest.mark.parametrize("role", [Role.DESK, Role.COUNSELLOR, Role.SECRETARY, Role.ADMIN])
def test_the_desk_is_told_what_it_sees_anyway_but_nobody_is_told_what_is_sealed(role: Role) -> None:
    assert visibilities_told(caller(role), None, ROOM) == EVERYTHING_BUT_SEALED
    assert visibilities_told(caller(role, Role.SEALED_READER), None, ROOM) == EVERYTHING_BUT_SEALED


@pytest.mark.parametrize("role", [Role.DESK, Role.COUNSELLOR, Role.SECRETARY])
@pytest.mark.parametrize("duty", [(), ("east.b4",), ("east.b3.f5", "west")])
def test_who_works_elsewhere_is_told_what_everybody_is(role: Role, duty: tuple[str, ...]) -> None:
    assert visibilities_told(caller(role, duty=duty), None, ROOM) == {Visibility.PUBLIC}
