from datetime import timedelta

from services.requests.casework.domain.change import Change
from services.requests.casework.domain.closing import Answer, cancel, confirm, rate, reject, reopen
from services.requests.casework.domain.request import Request
from services.requests.clocks.domain import ring
from shared.contracts.requests.request import RequestClosed, RequestRated, RequestReopened
from shared.contracts.stages import LegState, Outcome, Stage
from tests.support import requests_domain as cast

SOLVED = Answer(solved=True, stars=5)


def unconfirmed() -> Request:
    return ring(cast.resolved(), cast.by(cast.MATCHING, timedelta(days=7)))[0]


def test_solved_closes_and_names_the_served_legs() -> None:
    after, facts = confirm(cast.resolved(), cast.by(cast.STUDENT), SOLVED, cast.SYSTEM)
    assert cast.names(facts) == ["RequestRated", "RequestClosed"]
    told = facts[1]
    assert isinstance(told, RequestClosed)
    assert (told.outcome, told.closing) == (Outcome.CONFIRMED, 1)
    assert [leg.helper_id for leg in told.legs] == ["helper"]
    assert after.stage is Stage.CLOSED_CONFIRMED
    assert after.legs[0].state is LegState.VERIFIED
    assert after.due_at is None


def test_not_solved_cannot_close_it_reopens_with_a_new_leg() -> None:
    after, facts = confirm(cast.resolved(), cast.by(cast.STUDENT), Answer(solved=False), cast.SYSTEM)
    assert cast.names(facts) == ["RequestRated", "RequestReopened", "LegDropped", "RequestTriaged", "LegOpened"]
    assert isinstance(facts[1], RequestReopened)
    assert facts[1].closing == 0
    assert after.stage is Stage.MATCHING
    assert [leg.state for leg in after.legs] == [LegState.DROPPED, LegState.OPEN]


def test_only_the_requester_confirms() -> None:
    act = (cast.resolved(), cast.by(cast.DESK), SOLVED, cast.SYSTEM)
    assert cast.refusal_of(confirm, *act) == "auth.not_yours"


def test_what_is_not_resolved_cannot_be_confirmed() -> None:
    act = (cast.started(), cast.by(cast.STUDENT), SOLVED, cast.SYSTEM)
    assert cast.refusal_of(confirm, *act) == "request.wrong_stage"


def test_without_an_answer_it_closes_unconfirmed_after_seven_days() -> None:
    after, facts = ring(cast.resolved(), cast.by(cast.MATCHING, timedelta(days=7)))
    assert cast.names(facts) == ["RequestClosed"]
    assert after.stage is Stage.CLOSED_UNCONFIRMED
    assert after.outcome is Outcome.UNCONFIRMED


def test_a_late_rating_of_an_unconfirmed_request_is_still_taken() -> None:
    after, facts = rate(unconfirmed(), cast.by(cast.STUDENT, timedelta(days=40)), 4, "late")
    assert cast.names(facts) == ["RequestRated"]
    assert after.stage is Stage.CLOSED_UNCONFIRMED
    assert after.rating is not None
    assert after.rating.stars == 4


def test_a_rating_is_changed_within_twelve_hours_and_what_was_said_is_kept() -> None:
    after, facts = rate(cast.closed(), cast.by(cast.STUDENT, timedelta(hours=11)), 2, "well")
    assert isinstance(facts[0], RequestRated)
    assert facts[0].revision == 2
    assert after.rating is not None
    assert [revision.stars for revision in after.rating.earlier] == [5]
    assert after.rating.editable_until == cast.NOW + timedelta(hours=12)


def test_a_rating_is_not_changed_after_twelve_hours() -> None:
    act = (cast.closed(), cast.by(cast.STUDENT, timedelta(hours=12)), 2, None)
    assert cast.refusal_of(rate, *act) == "request.rating_closed"


def test_stars_that_were_left_out_may_be_given_later() -> None:
    after, _ = rate(cast.closed(stars=None), cast.by(cast.STUDENT, timedelta(days=2)), 3, None)
    assert after.rating is not None
    assert after.rating.editable_until == cast.NOW + timedelta(days=2, hours=12)


def test_a_closed_request_is_reopened_within_fourteen_days_and_says_which_closing_it_undoes() -> None:
    after, facts = reopen(cast.closed(), cast.by(cast.STUDENT, timedelta(days=13)), "again", cast.SYSTEM)
    assert cast.names(facts) == ["RequestReopened", "LegDropped", "RequestTriaged", "LegOpened"]
    assert isinstance(facts[0], RequestReopened)
    assert facts[0].closing == 1
    assert after.closed_at is None
    assert after.outcome is None


def test_a_reopened_request_closes_a_second_time_for_its_new_legs_only() -> None:
    again, _ = reopen(cast.closed(), cast.by(cast.STUDENT), "again", cast.SYSTEM)
    leg_id = again.legs[-1].id
    after, facts = confirm(cast.resolved(again), cast.by(cast.STUDENT), SOLVED, cast.SYSTEM)
    told = facts[-1]
    assert isinstance(told, RequestClosed)
    assert (told.closing, [leg.leg_id for leg in told.legs]) == (2, [leg_id])
    assert after.rating is not None
    assert after.rating.revision == 2


def test_a_request_is_not_reopened_after_fourteen_days() -> None:
    act = (cast.closed(), cast.by(cast.STUDENT, timedelta(days=14)), "again", cast.SYSTEM)
    assert cast.refusal_of(reopen, *act) == "request.reopen_too_late"


def test_a_cancelled_request_gives_up_its_legs() -> None:
    after, facts = cancel(cast.accepted(), cast.by(cast.STUDENT), None)
    assert cast.names(facts) == ["LegDropped", "RequestCancelled"]
    assert after.legs[0].state is LegState.DROPPED
    assert after.due_at is None


def test_a_stranger_does_not_cancel() -> None:
    assert cast.refusal_of(cancel, cast.filed(), cast.by(cast.OTHER), None) == "auth.not_yours"


def test_a_resolved_request_is_no_longer_cancelled() -> None:
    assert cast.refusal_of(cancel, cast.resolved(), cast.by(cast.STUDENT), None) == "request.wrong_stage"


def test_the_desk_rejects_with_a_reason_and_another_way() -> None:
    after, facts = reject(cast.filed(), cast.by(cast.DESK), "not ours", "ask the library")
    assert cast.names(facts) == ["LegDropped", "RequestRejected"]
    assert after.timeline[-1].params == {"reason": "not ours", "alternative": "ask the library"}


def test_a_stage_without_an_arrow_is_refused() -> None:
    change = Change(cast.closed(), cast.by(cast.DESK))
    assert cast.refusal_of(change.move, Stage.IN_PROGRESS) == "request.wrong_stage"
