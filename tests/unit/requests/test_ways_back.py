"""No assignment is without a way back: helpers hand back, the desk takes back, clocks ask and then go on."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from services.requests.casework.domain.deadlines import patience
from services.requests.casework.domain.holding import hold, resume
from services.requests.casework.domain.request import Command, Need, Request
from services.requests.clocks.domain import ring
from services.requests.legs.domain.offers import Proposal, accept, assign, decline, offer, release
from services.requests.legs.domain.service import add_leg, complete, report, start, withdraw
from services.requests.logistics.domain.exchange import await_number, fail_send
from shared.contracts.requests.leg import LegReleased
from shared.contracts.stages import LegKind, LegState, Released, Stage
from tests.support import requests_domain as cast

DAY = timedelta(days=1)
HELD = (cast.accepted, cast.started)


def facts_of(request: Request, ask: object, *args: object) -> list[str]:
    return cast.names(ring(request, ask)[1])  # type: ignore[arg-type]


@pytest.mark.parametrize("make", HELD)
@pytest.mark.parametrize("act", [release, decline])
def test_a_helper_hands_a_taken_leg_back_with_a_reason(make: object, act: object) -> None:
    request: Request = make()  # type: ignore[operator]
    after, facts = act(request, cast.by(cast.HELPER), request.legs[0].id, "exam")  # type: ignore[operator]
    assert cast.names(facts) == ["LegReleased", "LegOpened"]
    assert isinstance(facts[0], LegReleased)
    assert (facts[0].helper_id, facts[0].why, facts[0].state) == ("helper", Released.HANDED_BACK, LegState.OPEN)
    leg = after.legs[0]
    assert (leg.state, leg.helper_id, leg.round, leg.moved_at) == (LegState.OPEN, None, 2, cast.NOW)
    assert after.stage is Stage.MATCHING
    assert (after.timeline[-1].code, after.timeline[-1].params["reason"]) == ("leg.handed_back", "exam")


@pytest.mark.parametrize("make", HELD)
@pytest.mark.parametrize("reason", [None, ""])
def test_handing_back_needs_a_reason(make: object, reason: str | None) -> None:
    request: Request = make()  # type: ignore[operator]
    assert cast.refusal_of(decline, request, cast.by(cast.HELPER), request.legs[0].id, reason) == "leg.reason_missing"


def test_nobody_else_hands_a_leg_back_and_an_offer_is_declined_not_handed_back() -> None:
    request = cast.accepted()
    for who in (cast.SECOND, cast.STUDENT):
        assert cast.refusal_of(release, request, cast.by(who), request.legs[0].id, "no") == "auth.not_yours"
    offered = cast.offered()
    assert cast.refusal_of(release, offered, cast.by(cast.HELPER), offered.legs[0].id, "no") == "leg.wrong_state"
    done = cast.resolved()
    assert cast.refusal_of(release, done, cast.by(cast.HELPER), done.legs[0].id, "no") == "request.wrong_stage"


def test_the_desk_takes_a_leg_back() -> None:
    request = cast.started()
    after, facts = release(request, cast.by(cast.DESK), request.legs[0].id, "not seen")
    assert isinstance(facts[0], LegReleased)
    assert facts[0].why is Released.TAKEN_BACK
    assert after.timeline[-1].params == {"leg": after.legs[0].id, "helper": "helper", "reason": "not seen"}


@pytest.mark.parametrize("make", HELD)
def test_the_desk_gives_a_taken_leg_to_another(make: object) -> None:
    request: Request = make()  # type: ignore[operator]
    after, facts = assign(request, cast.by(cast.DESK), request.legs[0].id, "second")
    assert cast.names(facts) == ["LegReleased", "LegOffered"]
    assert (after.legs[0].state, after.legs[0].helper_id, after.stage) == (LegState.OFFERED, "second", Stage.MATCHING)
    assert "helper" in after.legs[0].excluded_ids
    for act in (accept, start):
        after, _ = act(after, cast.by(cast.SECOND), after.legs[0].id)
    assert cast.refusal_of(complete, after, cast.by(cast.HELPER), after.legs[0].id, None) == "auth.not_yours"


def test_the_desk_takes_a_leg_over_itself() -> None:
    request = cast.started()
    after, facts = assign(request, cast.by(cast.DESK), request.legs[0].id, "desk")
    assert cast.names(facts) == ["LegReleased", "LegOffered", "LegAccepted"]
    assert after.legs[0].helper_id == "desk"


@pytest.mark.parametrize("make", HELD)
def test_giving_a_leg_to_whoever_has_it_changes_nothing(make: object) -> None:
    request: Request = make()  # type: ignore[operator]
    assert assign(request, cast.by(cast.DESK), request.legs[0].id, "helper") == (request, ())


def test_whoever_handed_back_is_not_proposed_again_but_may_be_chosen() -> None:
    request = cast.accepted()
    after, _ = release(request, cast.by(cast.HELPER), request.legs[0].id, "exam")
    proposal = Proposal(after.legs[0].id, 2, "helper")
    assert cast.refusal_of(offer, after, cast.by(cast.MATCHING), proposal) == "leg.helper_excluded"
    again, _ = assign(after, cast.by(cast.DESK), after.legs[0].id, "helper")
    assert again.legs[0].helper_id == "helper"


def test_what_the_desk_gave_comes_back_to_the_desk() -> None:
    request = cast.filed()
    given, _ = assign(request, cast.by(cast.DESK), request.legs[0].id, "desk")
    after, facts = release(given, cast.by(cast.DESK), given.legs[0].id, "too much")
    assert cast.names(facts) == ["LegReleased", "LegUnmatched"]
    assert isinstance(facts[0], LegReleased)
    assert facts[0].why is Released.HANDED_BACK
    assert after.needs == (Need.COORDINATOR,)


def test_a_leg_may_be_handed_back_while_the_request_is_on_hold() -> None:
    request, _ = hold(cast.started(), cast.by(cast.DESK), "away", for_requester=True)
    after, _ = release(request, cast.by(cast.HELPER), request.legs[0].id, "exam")
    assert (after.stage, after.legs[0].state) == (Stage.ON_HOLD, LegState.OPEN)


def test_a_request_never_waits_for_a_leg_that_was_superseded() -> None:
    request = cast.accepted()
    both, _ = add_leg(request, cast.by(cast.DESK), LegKind.HELPER, None, cast.SYSTEM)
    second = both.legs[1].id
    both, _ = assign(both, cast.by(cast.DESK), second, "second")
    for act in (accept, start):
        both, _ = act(both, cast.by(cast.SECOND), second)
    both, _ = complete(both, cast.by(cast.SECOND), second, None)
    assert both.stage is Stage.IN_PROGRESS
    after, facts = withdraw(both, cast.by(cast.DESK), request.legs[0].id, "the second did it")
    assert cast.names(facts) == ["LegDropped", "RequestResolved"]
    assert (after.stage, after.needs) == (Stage.RESOLVED, ())


def test_withdrawing_the_only_leg_asks_the_desk_what_next() -> None:
    request = cast.started()
    after, facts = withdraw(request, cast.by(cast.DESK), request.legs[0].id, "came to nothing")
    assert cast.names(facts) == ["LegDropped"]
    assert (after.stage, after.needs) == (Stage.TRIAGED, (Need.TRIAGE,))


def test_while_on_hold_a_request_resolves_when_it_goes_on() -> None:
    both, _ = add_leg(cast.started(), cast.by(cast.DESK), LegKind.HELPER, None, cast.SYSTEM)
    both, _ = complete(both, cast.by(cast.HELPER), both.legs[0].id, None)
    held, _ = hold(both, cast.by(cast.DESK), "away", for_requester=False)
    after, facts = withdraw(held, cast.by(cast.DESK), held.legs[1].id, "enough")
    assert (after.stage, cast.names(facts)) == (Stage.ON_HOLD, ["LegDropped"])
    resumed, facts = resume(after, cast.by(cast.DESK))
    assert cast.names(facts) == ["RequestResumed", "RequestResolved"]
    assert resumed.stage is Stage.RESOLVED


def test_what_is_served_cannot_be_withdrawn_and_only_the_desk_withdraws() -> None:
    both, _ = add_leg(cast.started(), cast.by(cast.DESK), LegKind.HELPER, None, cast.SYSTEM)
    both, _ = complete(both, cast.by(cast.HELPER), both.legs[0].id, None)
    assert cast.refusal_of(withdraw, both, cast.by(cast.DESK), both.legs[0].id, "no") == "leg.wrong_state"
    assert cast.refusal_of(withdraw, both, cast.by(cast.STUDENT), both.legs[1].id, "no") == "auth.not_yours"


def test_the_desk_gives_up_an_outside_leg_in_every_state_and_goes_on_by_hand() -> None:
    queued = cast.filed("repair.heat")
    leg = queued.legs[0].id
    waiting, _ = await_number(queued, cast.by(cast.MATCHING), leg, "token")
    failed, _ = fail_send(queued, cast.by(cast.MATCHING), leg, 400)
    stale, _ = ring(cast.acked(), cast.by(cast.MATCHING, DAY))
    for request in (queued, waiting, failed, cast.acked(), stale):
        after, _ = withdraw(request, cast.by(cast.DESK), leg, "by hand")
        both, _ = add_leg(after, cast.by(cast.DESK), LegKind.HELPER, None, cast.SYSTEM)
        given, _ = assign(both, cast.by(cast.DESK), both.legs[1].id, "desk")
        assert given.stage is Stage.ASSIGNED


def test_a_helper_who_does_not_start_is_asked_and_then_the_leg_goes_on() -> None:
    request = cast.accepted()
    assert request.due_at == cast.NOW + DAY
    asked, facts = ring(request, cast.by(cast.MATCHING, DAY))
    assert cast.names(facts) == ["LegNudged"]
    assert (asked.legs[0].nudged_at, asked.legs[0].helper_id) == (cast.NOW + DAY, "helper")
    assert asked.due_at == cast.NOW + 2 * DAY
    after, facts = ring(asked, cast.by(cast.MATCHING, 2 * DAY))
    assert cast.names(facts) == ["LegReleased", "LegOpened"]
    assert isinstance(facts[0], LegReleased)
    assert facts[0].why is Released.NOT_STARTED
    assert (after.legs[0].state, after.legs[0].nudged_at) == (LegState.OPEN, None)


def test_a_helper_who_was_asked_and_starts_or_tells_how_it_goes_keeps_the_leg() -> None:
    asked, _ = ring(cast.accepted(), cast.by(cast.MATCHING, DAY))
    begun, _ = start(asked, cast.by(cast.HELPER, DAY), asked.legs[0].id)
    told, facts = report(asked, cast.by(cast.HELPER, DAY), asked.legs[0].id, "on Saturday")
    assert facts == ()
    assert [one.legs[0].nudged_at for one in (begun, told)] == [None, None]
    assert (begun.due_at, told.due_at) == (cast.NOW + 4 * DAY, cast.NOW + 2 * DAY)
    assert told.timeline[-1].params["note"] == "on Saturday"


def test_a_helper_who_goes_silent_is_asked_and_then_the_desk_is_told() -> None:
    request = cast.started()
    asked, facts = ring(request, cast.by(cast.MATCHING, 3 * DAY))
    assert cast.names(facts) == ["LegNudged"]
    quiet, facts = ring(asked, cast.by(cast.MATCHING, 6 * DAY))
    assert (facts, quiet.needs, quiet.legs[0].helper_id) == ((), (Need.NO_UPDATE,), "helper")
    told, _ = report(quiet, cast.by(cast.HELPER, 6 * DAY), quiet.legs[0].id, "still at it")
    assert told.needs == ()
    done, _ = complete(quiet, cast.by(cast.HELPER, 6 * DAY), quiet.legs[0].id, None)
    assert (done.stage, done.legs[0].quiet) == (Stage.RESOLVED, False)
    taken, _ = assign(quiet, cast.by(cast.DESK, 6 * DAY), quiet.legs[0].id, "second")
    assert (taken.needs, taken.legs[0].quiet) == ((), False)


def test_nobody_reports_on_a_leg_that_is_not_theirs_or_not_taken() -> None:
    request = cast.accepted()
    assert cast.refusal_of(report, request, cast.by(cast.DESK), request.legs[0].id, "n") == "auth.not_yours"
    offered = cast.offered()
    assert cast.refusal_of(report, offered, cast.by(cast.HELPER), offered.legs[0].id, "n") == "leg.wrong_state"


def test_what_is_urgent_is_asked_about_sooner() -> None:
    assert patience(cast.filed(), LegState.ACCEPTED) == timedelta(hours=24)
    assert patience(cast.filed(), LegState.STARTED) == timedelta(days=3)
    assert patience(cast.filed(urgent=True), LegState.ACCEPTED) == timedelta(hours=21)
    assert patience(cast.filed("counsel.talk"), LegState.ACCEPTED) == timedelta(hours=6)


def test_nobody_is_asked_while_the_request_is_on_hold_and_the_clock_begins_anew_afterwards() -> None:
    request = cast.accepted()
    held, _ = hold(request, cast.by(cast.DESK), "away", for_requester=True)
    assert held.due_at is None
    resumed, _ = resume(held, cast.by(cast.DESK, 3 * DAY))
    assert resumed.due_at == cast.NOW + 4 * DAY


def test_a_leg_that_was_taken_before_this_was_kept_is_asked_about_too() -> None:
    request = cast.accepted()
    old = request.legs[0].opened_at
    stored = replace(request, legs=(replace(request.legs[0], moved_at=None),), due_at=old + DAY)
    assert cast.names(ring(stored, cast.by(cast.MATCHING, DAY))[1]) == ["LegNudged"]


def test_when_matching_does_not_answer_a_coordinator_is_asked() -> None:
    late = cast.by(cast.MATCHING, timedelta(hours=4))
    after, facts = ring(cast.filed(), late)
    assert (cast.names(facts), after.needs) == (["LegUnmatched"], (Need.COORDINATOR,))
    proposal = Proposal(after.legs[0].id, 1, "helper")
    assert cast.refusal_of(offer, after, late, proposal) == "leg.offer_stale"
    declined, _ = decline(cast.offered(), cast.by(cast.HELPER, timedelta(hours=3)), after.legs[0].id, None)
    assert declined.due_at == cast.NOW + timedelta(hours=7)


def test_what_people_may_do_about_a_leg_that_is_taken() -> None:
    request = cast.accepted()
    assert cast.may_on_leg(request, cast.by(cast.HELPER)) == (Command.RELEASE, Command.REPORT, Command.START)
    assert cast.may_on_leg(request, cast.by(cast.DESK)) == (Command.ASSIGN, Command.WITHDRAW, Command.RELEASE)
    assert cast.may_on_leg(request, cast.by(cast.STUDENT)) == ()
