"""A person leaves, or is no helper any more: their work does not stay theirs."""

from services.requests.casework.domain.closing import cancel
from services.requests.casework.domain.lifecycle import ROUNDS, SPANS, Span
from services.requests.casework.domain.request import Need, Request
from services.requests.clocks.domain import ring
from services.requests.departures.domain import note_requester
from services.requests.directory.domain import Resident
from services.requests.legs.domain.fitness import release_legs
from services.requests.legs.domain.offers import Proposal, assign, pass_over
from shared.contracts.members import Role
from shared.contracts.requests.leg import LegOpened, LegReleased
from shared.contracts.stages import LegState, Released, Stage
from tests.support import requests_domain as cast

ASK = cast.by(cast.MATCHING)
GONE = Resident("helper", None, frozenset(), departed=True)
NO_HELPER = Resident("helper", None, frozenset({Role.STUDENT}))
HELPS = Resident("helper", None, frozenset({Role.HELPER}))


def let_go(request: Request, person: Resident) -> tuple[Request, list[str]]:
    after, facts = release_legs(request, ASK, person)
    return after, cast.names(facts)


def test_every_open_leg_of_somebody_who_left_is_offered_anew() -> None:
    for request in (cast.offered(), cast.accepted(), cast.started()):
        after, facts = let_go(request, GONE)
        assert facts == ["LegReleased", "LegOpened"]
        assert (after.legs[0].state, after.legs[0].helper_id) == (LegState.OPEN, None)
        assert let_go(after, GONE) == (after, [])


def test_what_they_have_served_stays_served() -> None:
    request = cast.resolved()
    assert let_go(request, GONE) == (request, [])


def test_a_leg_of_somebody_who_is_no_helper_any_more_is_offered_anew() -> None:
    after, facts = release_legs(cast.accepted(), ASK, NO_HELPER)
    assert isinstance(facts[0], LegReleased)
    assert facts[0].why is Released.NO_HELPER
    assert after.timeline[-1].code == "leg.no_helper"


def test_helpers_and_people_of_whom_no_roles_are_known_keep_their_legs() -> None:
    request = cast.accepted()
    for person in (HELPS, Resident("helper", None), Resident("other", None, departed=True)):
        assert let_go(request, person) == (request, [])


def test_whom_the_desk_chose_from_the_desk_keeps_the_leg_as_long_as_they_are_of_the_desk() -> None:
    request = cast.filed()
    given, _ = assign(request, cast.by(cast.DESK), request.legs[0].id, "desk")
    assert let_go(given, Resident("desk", None, frozenset({Role.DESK})))[1] == []
    assert let_go(given, Resident("desk", None, frozenset({Role.STUDENT})))[1] == ["LegReleased", "LegUnmatched"]


def test_a_sealed_reader_keeps_a_sealed_leg_as_long_as_they_are_one() -> None:
    request = cast.filed("counsel.talk")
    given, _ = assign(request, cast.by(cast.READER), request.legs[0].id, "reader")
    assert let_go(given, Resident("reader", None, cast.READER.roles))[1] == []
    for roles in ({Role.STUDENT}, {Role.COUNSELLOR}, {Role.DESK, Role.ADMIN}):
        assert let_go(given, Resident("reader", None, frozenset(roles)))[1] == ["LegReleased", "LegUnmatched"]
    after, facts = let_go(given, Resident("reader", None, frozenset({Role.STUDENT})))
    assert facts == ["LegReleased", "LegUnmatched"]
    assert after.needs == (Need.COORDINATOR,)


def test_a_late_proposal_of_somebody_who_left_is_passed_over() -> None:
    request = cast.filed()
    leg = request.legs[0]
    told: list[str] = []
    for round_ in range(1, ROUNDS + 1):
        request, facts = pass_over(request, ASK, Proposal(leg.id, round_, f"gone{round_}"))
        told += cast.names(facts)
        if round_ == 1:
            assert isinstance(facts[0], LegOpened)
            assert facts[0].excluded_ids == ("student", "gone1")
    assert told == ["LegOpened", "LegOpened", "LegUnmatched"]
    assert request.needs == (Need.COORDINATOR,)
    stale = Proposal(leg.id, 1, "gone1")
    assert cast.refusal_of(pass_over, request, ASK, stale) == "leg.offer_stale"
    again, _ = pass_over(cast.filed(), ASK, Proposal(leg.id, 1, None))
    assert again.legs[0].round == 2


def test_the_desk_hears_whose_requester_has_left_until_they_are_back() -> None:
    left, back = Resident("student", None, departed=True), Resident("student", "east", frozenset())
    request, facts = note_requester(cast.accepted(), ASK, left)
    assert (facts, request.needs) == ((), (Need.REQUESTER_LEFT,))
    assert note_requester(request, ASK, left) == (request, ())
    again, _ = note_requester(request, ASK, back)
    assert again.needs == ()
    assert [entry.code for entry in again.timeline[-2:]] == ["request.requester_left", "request.requester_back"]
    cancelled, _ = cancel(request, cast.by(cast.DESK), "left")
    assert cancelled.stage is Stage.CANCELLED


def test_what_a_leaver_asked_for_and_what_is_served_closes_by_its_clock() -> None:
    left = Resident("student", None, departed=True)
    request, _ = note_requester(cast.resolved(), ASK, left)
    assert request.needs == ()
    closed, _ = ring(request, cast.by(cast.MATCHING, SPANS[Span.CONFIRM]))
    assert closed.stage is Stage.CLOSED_UNCONFIRMED
    assert note_requester(closed, ASK, Resident("student", None)) == (closed, ())
