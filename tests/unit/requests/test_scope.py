"""Staff see and handle what lies where they work, and nothing else; what is sealed is its two readers' alone."""

import itertools
from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from services.requests.casework.domain.permissions import (
    Relation,
    may_know_of,
    reach,
    reads_sealed,
    relations,
    sees,
    sees_wholly,
)
from services.requests.casework.domain.request import Caller, Command, Request
from services.requests.casework.domain.search import keys_of, keys_of_scope, keys_of_visibility, knows_people, marks_of
from services.requests.legs.domain.offers import assign
from services.requests.logistics.domain.withdrawing import acknowledge
from services.requests.unplaced.domain import looked_for
from shared.contracts.members import Role
from shared.contracts.scope import Scope
from shared.contracts.stages import ENDED, Stage, Visibility
from tests.support import requests_domain as cast

HERE = "east.b3.f4.r407"
STAFF = (Role.DESK, Role.SECRETARY, Role.COUNSELLOR)
IN = (("east.b3",), ("east",), ("east.b3.f4",), ("west", "east.b3"))
OUT: tuple[tuple[str, ...], ...] = ((), ("east.b30",), ("east.b3.f5",), ("west",))
CATEGORIES = {
    Visibility.PUBLIC: "wish.errand",
    Visibility.MASKED: "study.maths",
    Visibility.PRIVATE: "wish.company",
    Visibility.SEALED: "counsel.talk",
}


def of(visibility: Visibility, **fields: object) -> Request:
    request = cast.filed(CATEGORIES[visibility], **fields)
    assert request.visibility is visibility
    return request


@pytest.mark.parametrize("role", STAFF)
@pytest.mark.parametrize("visibility", [Visibility.PUBLIC, Visibility.MASKED, Visibility.PRIVATE])
def test_staff_handle_what_lies_where_they_work_and_see_nothing_else(role: Role, visibility: Visibility) -> None:
    request = of(visibility)
    for duty in (*IN, *OUT):
        caller = Caller("s", frozenset({role}), duty)
        assert sees(request, caller) is (duty in IN), duty
        assert (Relation.HANDLER in relations(request, caller)) is (duty in IN), duty
        assert (Command.HOLD in cast.may(request, cast.by(caller))) is (duty in IN), duty
        if duty in OUT:
            assert cast.refusal_of(assign, request, cast.by(caller), request.legs[0].id, "h") == "auth.not_yours"


@pytest.mark.parametrize(("role", "by_unit"), [(Role.SECRETARY, True), (Role.COUNSELLOR, True), (Role.DESK, False)])
def test_counsellors_and_secretaries_work_for_the_people_of_their_units_wherever_they_are(
    role: Role, *, by_unit: bool
) -> None:
    for units, held in (
        (("branch",), True),
        (("general",), True),
        (("group",), True),
        (("other",), False),
        ((), False),
    ):
        caller = Caller("s", frozenset({role}), (), units)
        request = of(Visibility.PRIVATE, units=("group", "branch", "general"))
        assert sees(request, caller) is (held and by_unit)
        assert not sees(of(Visibility.PRIVATE, units=()), caller)
        assert not sees(of(Visibility.PRIVATE, units=None), caller)


@pytest.mark.parametrize("roles", list(itertools.combinations(Role, 2)))
def test_what_is_sealed_is_seen_by_no_role_but_that_of_its_readers(roles: tuple[Role, ...]) -> None:
    caller = Caller("s", frozenset(roles), ("east", "west"), ("group",))
    request = of(Visibility.SEALED, units=("group",))
    assert sees(request, caller) is (Role.SEALED_READER in roles)
    assert (Relation.HANDLER in relations(request, caller)) is (Role.SEALED_READER in roles)
    assert reads_sealed(caller) is (Role.SEALED_READER in roles)
    assert Visibility.SEALED not in {each for seen in reach(caller).values() for each in seen}


def test_a_sealed_reader_alone_sees_nothing_else() -> None:
    for visibility in (Visibility.PUBLIC, Visibility.MASKED, Visibility.PRIVATE):
        assert not sees(of(visibility), Caller("s", frozenset({Role.SEALED_READER}), ("east",), ("group",)))


def test_whom_the_desk_chose_serves_wherever_they_work_and_the_requester_sees_their_own() -> None:
    request = of(Visibility.PRIVATE)
    given, _ = assign(request, cast.by(cast.DESK), request.legs[0].id, "elsewhere")
    assert sees_wholly(given, Caller("elsewhere", frozenset({Role.DESK}), ("west",)))
    assert not sees_wholly(request, Caller("elsewhere", frozenset({Role.DESK}), ("west",)))
    assert sees(request, cast.STUDENT)


def test_logistics_watch_and_settle_what_goes_outside_from_where_they_work() -> None:
    request = cast.by_hand()
    for duty in (*IN, *OUT):
        caller = Caller("l", frozenset({Role.LOGISTICS}), duty)
        assert sees(request, caller) is (duty in IN), duty
        settled = cast.refusal_of(acknowledge, request, cast.by(caller), "", "") if duty in OUT else None
        assert settled in {None, "leg.unknown"}
        assert (Command.ACKNOWLEDGE_OUTSIDE in cast.may(request, cast.by(caller))) is (duty in IN), duty


def test_who_leads_too_sees_everywhere_but_handles_where_their_duty_is() -> None:
    both = Caller("b", frozenset({Role.LEADER, Role.DESK}), ("west",))
    request = of(Visibility.PUBLIC)
    assert sees(request, both)
    assert Relation.HANDLER not in relations(request, both)
    assert not sees(of(Visibility.PRIVATE), both)
    assert not knows_people(both), "who sees what they do not handle would learn by a search whose it is"
    assert knows_people(Caller("b", frozenset({Role.DESK, Role.LOGISTICS}), ("west",)))
    assert knows_people(Caller("b", frozenset({Role.LEADER, Role.ADMIN}), ("west",)))
    assert knows_people(Caller("b", frozenset({Role.COUNSELLOR, Role.SEALED_READER}), ("west",), ("u",)))
    assert not knows_people(Caller("b", frozenset({Role.DESK, Role.LEADER, Role.SEALED_READER}), ("west",)))


def test_who_may_know_that_a_request_is_there() -> None:
    public, sealed = cast.accepted(), of(Visibility.SEALED)
    volunteer = Caller("v", frozenset({Role.HELPER}))
    elsewhere = Caller("s", frozenset({Role.DESK}), ("west",))
    knows = [may_know_of(public, one) for one in (cast.STUDENT, cast.HELPER, cast.DESK, volunteer, elsewhere)]
    assert knows == [True, True, True, True, False]
    assert [may_know_of(sealed, one) for one in (cast.STUDENT, cast.READER, cast.DESK, volunteer)] == [
        True,
        True,
        False,
        False,
    ]


PLACES = ("east", "east.b3", "east.b30", "east.b3.f4", HERE, "west.b5")


@pytest.mark.parametrize("duty", [*IN, *OUT])
@pytest.mark.parametrize("units", [(), ("branch",), ("group",)])
def test_the_keys_of_a_scope_find_exactly_what_lies_in_it(duty: tuple[str, ...], units: tuple[str, ...]) -> None:
    scope = Scope(places=duty, units=frozenset(units))
    for place, belongs, stage in itertools.product(PLACES, ((), ("group", "branch"), None), Stage):
        request = replace(cast.filed(place=place, units=belongs), stage=stage)
        for stages, ended_too in (((), False), ((), True), ((Stage.REJECTED,), False), (tuple(Stage), False)):
            marks = marks_of(stages, ended_too=ended_too)
            found = not set(keys_of_scope(scope, marks)).isdisjoint(keys_of(request))
            assert found is (scope.holds(place, belongs or ()) and meant(stage, stages, ended_too=ended_too))


def meant(stage: Stage, stages: Sequence[Stage], *, ended_too: bool) -> bool:
    if ended_too and not stages:
        return True
    return (stage in ENDED) in {each in ENDED for each in stages or (Stage.SUBMITTED,)}


def test_what_is_sealed_is_found_by_its_key() -> None:
    marks = marks_of(())
    for visibility in Visibility:
        found = not set(keys_of_visibility(Visibility.SEALED, marks)).isdisjoint(keys_of(of(visibility)))
        assert found is (visibility is Visibility.SEALED)


def test_news_that_belongs_nowhere_is_for_those_who_work_for_a_whole_campus() -> None:
    assert looked_for(Scope(everywhere=True)) is None
    assert looked_for(Scope(places=("east.b3", "west"))) == ["east.b3", "west", None]
    assert looked_for(Scope(places=("east.b3",))) == ["east.b3"]
    assert looked_for(Scope()) == []
