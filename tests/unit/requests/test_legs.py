from datetime import timedelta

import pytest

from services.requests.casework.domain.change import Change
from services.requests.casework.domain.lifecycle import find_leg, leg_after
from services.requests.casework.domain.request import Command, Need
from services.requests.clocks.domain import ring
from services.requests.legs.domain.offers import Proposal, accept, assign, decline, offer
from services.requests.legs.domain.service import add_leg, complete, start
from services.requests.logistics.domain.exchange import fail_send
from shared.contracts.requests.leg import LegOpened
from shared.contracts.stages import LegKind, LegState, Stage
from tests.support import requests_domain as cast


def test_a_proposed_helper_is_offered_the_leg_for_four_hours() -> None:
    request = cast.offered()
    leg = request.legs[0]
    assert (leg.state, leg.helper_id) == (LegState.OFFERED, "helper")
    assert leg.offer_expires_at == cast.NOW + timedelta(hours=4)
    assert request.due_at == leg.offer_expires_at


def test_a_proposal_of_an_old_round_is_stale() -> None:
    request = cast.filed()
    proposal = Proposal(request.legs[0].id, 2, "helper")
    assert cast.refusal_of(offer, request, cast.by(cast.MATCHING), proposal) == "leg.offer_stale"


def test_a_second_proposal_for_an_offered_leg_is_stale() -> None:
    request = cast.offered()
    proposal = Proposal(request.legs[0].id, 1, "second")
    assert cast.refusal_of(offer, request, cast.by(cast.MATCHING), proposal) == "leg.offer_stale"


def test_a_proposal_for_an_ended_request_is_refused() -> None:
    request = cast.closed()
    proposal = Proposal(request.legs[0].id, 1, "second")
    assert cast.refusal_of(offer, request, cast.by(cast.MATCHING), proposal) == "request.wrong_stage"


def test_a_proposal_of_the_requester_is_refused() -> None:
    request = cast.filed()
    proposal = Proposal(request.legs[0].id, 1, "student")
    assert cast.refusal_of(offer, request, cast.by(cast.MATCHING), proposal) == "leg.helper_excluded"


def test_an_unknown_leg_is_refused() -> None:
    assert cast.refusal_of(find_leg, cast.filed(), "nothing") == "leg.unknown"


def test_when_nobody_is_found_a_coordinator_is_asked() -> None:
    request = cast.filed()
    after, facts = offer(request, cast.by(cast.MATCHING), Proposal(request.legs[0].id, 1, None))
    assert cast.names(facts) == ["LegUnmatched"]
    assert after.needs == (Need.COORDINATOR,)


def test_accepting_is_the_first_contact() -> None:
    request = cast.offered()
    after, facts = accept(request, cast.by(cast.HELPER), request.legs[0].id)
    assert cast.names(facts) == ["LegAccepted", "RequestContacted"]
    assert after.stage is Stage.ASSIGNED
    assert after.first_contact_at == cast.NOW


def test_only_the_helper_accepts() -> None:
    request = cast.offered()
    assert cast.refusal_of(accept, request, cast.by(cast.SECOND), request.legs[0].id) == "auth.not_yours"


def test_an_offer_cannot_be_accepted_after_it_expired() -> None:
    request = cast.offered()
    late = cast.by(cast.HELPER, timedelta(hours=4))
    assert cast.refusal_of(accept, request, late, request.legs[0].id) == "leg.offer_expired"


def test_starting_what_was_not_accepted_is_refused() -> None:
    request = cast.offered()
    assert cast.refusal_of(start, request, cast.by(cast.HELPER), request.legs[0].id) == "leg.wrong_state"


def test_completing_the_only_leg_resolves_the_request() -> None:
    request = cast.started()
    after, facts = complete(request, cast.by(cast.HELPER), request.legs[0].id, "done")
    assert cast.names(facts) == ["LegDone", "RequestResolved"]
    assert after.stage is Stage.RESOLVED
    assert after.confirm_due_at == cast.NOW + timedelta(days=7)
    assert after.due_at == after.confirm_due_at


def test_a_request_with_another_open_leg_is_not_resolved() -> None:
    request = cast.started()
    both, _ = add_leg(request, cast.by(cast.DESK), LegKind.HELPER, "moving", cast.SYSTEM)
    after, facts = complete(both, cast.by(cast.HELPER), request.legs[0].id, None)
    assert cast.names(facts) == ["LegDone"]
    assert after.stage is Stage.IN_PROGRESS


def test_a_declined_leg_is_sought_again_without_the_one_who_declined() -> None:
    request = cast.offered()
    after, facts = decline(request, cast.by(cast.HELPER), request.legs[0].id, "exam")
    assert cast.names(facts) == ["LegDeclined", "LegOpened"]
    opened = facts[1]
    assert isinstance(opened, LegOpened)
    assert (opened.round, opened.excluded_ids) == (2, ("student", "helper"))
    assert after.legs[0].helper_id is None
    proposal = Proposal(after.legs[0].id, 2, "helper")
    assert cast.refusal_of(offer, after, cast.by(cast.MATCHING), proposal) == "leg.helper_excluded"


def test_an_unanswered_offer_expires_and_after_three_rounds_a_coordinator_is_asked() -> None:
    request = cast.filed()
    told: list[str] = []
    for round_ in (1, 2, 3):
        leg = request.legs[0]
        request, _ = offer(request, cast.by(cast.MATCHING), Proposal(leg.id, round_, f"helper{round_}"))
        request, facts = ring(request, cast.by(cast.MATCHING, timedelta(hours=4)))
        told += cast.names(facts)
    assert told == ["LegExpired", "LegOpened", "LegExpired", "LegOpened", "LegExpired", "LegUnmatched"]
    assert request.needs == (Need.COORDINATOR,)


def test_the_desk_assigns_a_helper_and_late_proposals_are_stale() -> None:
    request = cast.filed()
    leg = request.legs[0]
    after, facts = assign(request, cast.by(cast.DESK), leg.id, "second")
    assert cast.names(facts) == ["LegOffered"]
    assert after.legs[0].round == 2
    late = Proposal(leg.id, 1, "helper")
    assert cast.refusal_of(offer, after, cast.by(cast.MATCHING), late) == "leg.offer_stale"


def test_an_assigned_leg_that_is_declined_goes_back_to_the_coordinator() -> None:
    request, _ = assign(cast.filed(), cast.by(cast.DESK), cast.filed().legs[0].id, "second")
    after, facts = decline(request, cast.by(cast.SECOND), request.legs[0].id, None)
    assert cast.names(facts) == ["LegDeclined", "LegUnmatched"]
    assert after.needs == (Need.COORDINATOR,)


def test_the_desk_may_ask_somebody_again_who_declined_but_never_the_requester() -> None:
    request = cast.offered()
    request, _ = decline(request, cast.by(cast.HELPER), request.legs[0].id, None)
    leg_id = request.legs[0].id
    assert assign(request, cast.by(cast.DESK), leg_id, "helper")[0].legs[0].helper_id == "helper"
    assert cast.refusal_of(assign, request, cast.by(cast.DESK), leg_id, "student") == "leg.helper_excluded"


def test_a_sealed_reader_takes_a_sealed_leg_at_once() -> None:
    request = cast.filed("counsel.talk")
    after, facts = assign(request, cast.by(cast.READER), request.legs[0].id, "reader")
    assert cast.names(facts) == ["LegOffered", "LegAccepted", "RequestContacted"]
    assert after.stage is Stage.ASSIGNED


def test_the_desk_does_not_touch_a_sealed_request_but_a_named_reader_does() -> None:
    request = cast.filed("counsel.talk")
    leg_id = request.legs[0].id
    assert cast.refusal_of(assign, request, cast.by(cast.DESK), leg_id, "second") == "auth.not_yours"
    assert assign(request, cast.by(cast.READER), leg_id, "second")[0].legs[0].helper_id == "second"


def test_a_sealed_leg_never_goes_outside() -> None:
    act = (cast.filed("counsel.talk"), cast.by(cast.READER), LegKind.OUTSIDE, None, cast.SYSTEM)
    assert cast.refusal_of(add_leg, *act) == "leg.sealed_never_outside"


def test_a_new_leg_takes_the_place_of_one_that_the_outside_system_refused() -> None:
    request = cast.filed("repair.heat")
    request, _ = fail_send(request, cast.by(cast.MATCHING), request.legs[0].id, 400)
    assert request.needs == (Need.SEND_FAILED,)
    after, facts = add_leg(request, cast.by(cast.DESK), LegKind.HELPER, "handy", cast.SYSTEM)
    assert cast.names(facts) == ["LegOpened", "LegDropped"]
    assert after.needs == ()


def test_a_request_that_nobody_serves_wants_the_desk_to_triage_it() -> None:
    change = Change(cast.filed(), cast.by(cast.DESK))
    change.drop_legs(change.request.legs)
    change.follow_legs()
    request, facts = change.end()
    assert cast.names(facts) == ["LegDropped"]
    assert (request.stage, request.needs) == (Stage.TRIAGED, (Need.TRIAGE,))


@pytest.mark.parametrize("state", list(LegState))
@pytest.mark.parametrize(
    "command", [Command.ACCEPT, Command.START, Command.COMPLETE, Command.ACK, Command.CLOSE_REMOTE]
)
def test_a_missing_arrow_is_a_refusal(state: LegState, command: Command) -> None:
    from msgspec.structs import replace

    from services.requests.casework.domain.lifecycle import LEG_ARROWS

    leg = replace(cast.filed().legs[0], state=state)
    if state in LEG_ARROWS[command]:
        assert leg_after(leg, command) is LEG_ARROWS[command][state]
    else:
        assert cast.refusal_of(leg_after, leg, command) == "leg.wrong_state"
