"""Where the roles of a person hold: everywhere, in their duty places, for the people of their units, or nowhere."""

import pytest

from shared.auth.actor import Actor
from shared.contracts.members import Role
from shared.contracts.scope import Scope, scope_of

ROOM, OTHER = "east.b1.f2.r203", "east.b10.f2.r203"


@pytest.mark.parametrize("role", [Role.ADMIN, Role.LEADER])
def test_leaders_and_administrators_work_for_the_whole_community(role: Role) -> None:
    scope = scope_of([role], (), ())
    assert scope.holds(ROOM)
    assert scope.holds(None)
    assert not scope.nowhere


@pytest.mark.parametrize("role", [Role.DESK, Role.LOGISTICS, Role.COUNSELLOR, Role.SECRETARY])
def test_staff_work_for_their_duty_places_and_what_lies_in_them(role: Role) -> None:
    scope = scope_of([role], ("east.b1", "east.b1", "west.b5.f2"), ())
    held = {place: scope.holds(place) for place in (ROOM, "east.b1", "west.b5.f2.r1", OTHER, "east", "west.b5", None)}
    assert held == {ROOM: True, "east.b1": True, "west.b5.f2.r1": True} | dict.fromkeys(
        (OTHER, "east", "west.b5", None), False
    )
    assert scope.places == ("east.b1", "west.b5.f2")


@pytest.mark.parametrize("role", [Role.DESK, Role.LOGISTICS, Role.COUNSELLOR, Role.SECRETARY])
def test_staff_without_duty_and_units_work_for_nothing(role: Role) -> None:
    assert scope_of([role], (), ()).nowhere
    assert not scope_of([role], (), ()).holds(ROOM, ("branch",))


@pytest.mark.parametrize(
    ("role", "holds"), [(Role.COUNSELLOR, True), (Role.SECRETARY, True), (Role.DESK, False), (Role.LOGISTICS, False)]
)
def test_counsellors_and_secretaries_work_for_the_people_of_their_units_too(role: Role, *, holds: bool) -> None:
    scope = scope_of([role], (), ("branch",))
    assert scope.holds(OTHER, ("group", "branch", "general")) is holds
    assert not scope.holds(OTHER, ("group", "another"))


@pytest.mark.parametrize("role", [Role.STUDENT, Role.HELPER, Role.SEALED_READER])
def test_other_roles_give_no_scope_whatever_the_token_names(role: Role) -> None:
    assert scope_of([role], ("east",), ("branch",)) == Scope()


def test_a_right_holds_where_the_roles_hold_that_give_it() -> None:
    actor = Actor("x", "x", frozenset({Role.LEADER, Role.DESK}), duty=("east.b1",))
    assert actor.scope().everywhere
    assert actor.scope(Role.DESK) == Scope(places=("east.b1",))
    assert actor.scope(Role.COUNSELLOR).nowhere


def test_a_scope_inside_a_place_is_what_of_it_may_lie_there() -> None:
    assert Scope(everywhere=True).inside("east.b1") == Scope(places=("east.b1",))
    scope = Scope(places=("east.b1", "west.b5.f1", "west.b5.f2"), units=frozenset({"u"}))
    assert scope.inside("east.b1.f1") == Scope(places=("east.b1.f1",), units=scope.units)
    assert scope.inside("west.b5") == Scope(places=("west.b5.f1", "west.b5.f2"), units=scope.units)
    assert scope.inside("north") == Scope(units=scope.units)


@pytest.mark.parametrize("role", [Role.DESK, Role.LOGISTICS, Role.COUNSELLOR, Role.SECRETARY])
def test_who_works_for_the_whole_community_works_for_places_that_are_still_to_come(role: Role) -> None:
    assert scope_of([role], ("east.b1", "*"), ()).holds("new-campus.b1.f1.r101")
    assert scope_of([Role.STUDENT], ("*",), ()).nowhere
