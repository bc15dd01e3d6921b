from datetime import timedelta

import pytest

from services.requests.casework.domain.holding import hold
from services.requests.casework.domain.permissions import is_on_wall
from services.requests.casework.domain.request import Command, Request
from services.requests.legs.domain.offers import assign, claim, decline
from services.requests.wall.domain import STAGES_OF, Column, claimable_leg
from shared.contracts.stages import LegState, Stage, Visibility
from tests.support import requests_domain as cast


def test_a_claim_takes_the_leg_at_once() -> None:
    request = cast.filed()
    after, facts = claim(request, cast.by(cast.SECOND), request.legs[0].id)
    leg = after.legs[0]
    assert (leg.state, leg.helper_id, leg.round, leg.assigned) == (LegState.ACCEPTED, "second", 2, False)
    assert cast.names(facts) == ["LegOffered", "LegAccepted", "RequestContacted"]
    assert after.stage is Stage.ASSIGNED
    assert [line.code for line in after.timeline[-2:]] == ["leg.claimed", "leg.accepted"]
    assert after.timeline[-2].params["helper"] == "second"


def test_an_offer_that_nobody_answered_lapses_by_a_claim() -> None:
    request = cast.offered()
    after, _ = claim(request, cast.by(cast.SECOND), request.legs[0].id)
    assert after.legs[0].helper_id == "second"
    assert cast.may(after, cast.by(cast.HELPER)) == ()


def test_who_declined_may_think_again() -> None:
    request = cast.offered()
    freed, _ = decline(request, cast.by(cast.HELPER), request.legs[0].id, None)
    after, _ = claim(freed, cast.by(cast.HELPER), request.legs[0].id)
    assert after.legs[0].state is LegState.ACCEPTED


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (cast.filed(visibility=Visibility.PRIVATE), "auth.not_yours"),
        (cast.filed("suggestion.food"), "auth.not_yours"),
        (cast.filed("quarrel.roommates"), "auth.not_yours"),
        (cast.accepted(), "leg.wrong_state"),
        (cast.offered(helper=cast.SECOND), "leg.wrong_state"),
        (cast.resolved(), "request.wrong_stage"),
    ],
)
def test_only_what_hangs_on_the_wall_and_nobody_took_is_claimed(request_: Request, code: str) -> None:
    assert cast.refusal_of(claim, request_, cast.by(cast.SECOND), request_.legs[0].id) == code


def test_nobody_claims_their_own_wish_and_only_helpers_claim() -> None:
    request = cast.filed()
    own = cast.Caller(cast.STUDENT.id, cast.HELPER.roles)
    for caller in (own, cast.OTHER, cast.DESK):
        assert cast.refusal_of(claim, request, cast.by(caller), request.legs[0].id) == "auth.not_yours"
        assert Command.CLAIM not in cast.may(request, cast.by(caller))


def test_what_the_desk_gave_to_somebody_and_what_is_on_hold_is_not_to_be_had() -> None:
    request = cast.filed()
    given, _ = assign(request, cast.by(cast.DESK), request.legs[0].id, cast.HELPER.id)
    held, _ = hold(request, cast.by(cast.DESK), "wait", for_requester=True)
    assert cast.refusal_of(claim, given, cast.by(cast.SECOND), request.legs[0].id) == "leg.wrong_state"
    assert cast.refusal_of(claim, held, cast.by(cast.SECOND), request.legs[0].id) == "request.wrong_stage"
    for one in (given, held):
        assert claimable_leg(one, cast.by(cast.SECOND)) is None


def test_the_wall_offers_a_leg_to_those_who_may_claim_it() -> None:
    request = cast.filed()
    assert claimable_leg(request, cast.by(cast.SECOND)) == request.legs[0].id
    assert claimable_leg(request, cast.by(cast.OTHER)) is None
    late = cast.by(cast.SECOND, timedelta(days=3))
    assert cast.may_on_leg(request, late) == (Command.CLAIM,)


def test_every_column_has_stages_of_its_own() -> None:
    shown = [stage for stages in STAGES_OF.values() for stage in stages]
    assert set(STAGES_OF) == set(Column)
    assert len(shown) == len(set(shown))
    assert not {Stage.ON_HOLD, Stage.CANCELLED, Stage.REJECTED, Stage.CLOSED_UNCONFIRMED} & set(shown)
    assert is_on_wall(cast.filed("study.maths"))
