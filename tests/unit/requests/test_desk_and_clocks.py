from datetime import timedelta

from services.requests.casework.domain.holding import contact, hold, resume
from services.requests.casework.domain.request import Request
from services.requests.clocks.domain import ring
from services.requests.legs.domain.service import start
from services.requests.logistics.domain.exchange import News, RemoteStatus, hear
from shared.contracts.stages import LegState, Stage
from tests.support import requests_domain as cast


def held(*, for_requester: bool) -> Request:
    return hold(cast.accepted(), cast.by(cast.DESK), "on holiday", for_requester=for_requester)[0]


def test_a_held_request_waits_and_its_helper_too() -> None:
    request = held(for_requester=True)
    assert request.stage is Stage.ON_HOLD
    assert cast.refusal_of(start, request, cast.by(cast.HELPER), request.legs[0].id) == "request.wrong_stage"


def test_a_hold_for_the_requester_pauses_the_resolve_clock() -> None:
    before = cast.accepted().resolve_due_at
    request = held(for_requester=True)
    assert request.due_at is None
    after, facts = resume(request, cast.by(cast.DESK, timedelta(hours=5)))
    assert cast.names(facts) == ["RequestResumed"]
    assert before is not None
    assert after.resolve_due_at == before + timedelta(hours=5)
    assert after.stage is Stage.ASSIGNED


def test_a_hold_for_our_own_sake_does_not() -> None:
    request = held(for_requester=False)
    after, _ = resume(request, cast.by(cast.DESK, timedelta(hours=5)))
    assert after.resolve_due_at == cast.accepted().resolve_due_at


def test_an_outside_system_finishes_during_a_hold_and_the_request_resolves_when_it_goes_on() -> None:
    request, _ = hold(cast.acked(), cast.by(cast.DESK), "keys", for_requester=False)
    news = News(cast.SYSTEM, "311-1", RemoteStatus.CLOSED)
    request, facts = hear(request, cast.by(cast.MATCHING), request.legs[0].id, news)
    assert cast.names(facts) == ["LegRemoteClosed"]
    assert request.stage is Stage.ON_HOLD
    after, facts = resume(request, cast.by(cast.DESK))
    assert cast.names(facts) == ["RequestResumed", "RequestResolved"]
    assert after.stage is Stage.RESOLVED


def test_the_desk_contacts_many_times_but_first_contact_is_told_once() -> None:
    once, facts = contact(cast.filed(), cast.by(cast.DESK), "called")
    assert cast.names(facts) == ["RequestContacted"]
    twice, facts = contact(once, cast.by(cast.DESK, timedelta(hours=1)), "called again")
    assert facts == ()
    assert twice.first_contact_at == cast.NOW
    assert [entry.code for entry in twice.timeline[-2:]] == ["request.contact_noted"] * 2


def test_a_clock_that_is_not_due_does_not_ring() -> None:
    assert cast.refusal_of(ring, cast.offered(), cast.by(cast.MATCHING)) == "request.clock_not_due"
    assert cast.refusal_of(ring, cast.closed(), cast.by(cast.MATCHING)) == "request.clock_not_due"


def test_a_request_becomes_overdue_once() -> None:
    request = cast.filed()
    after, facts = ring(request, cast.by(cast.MATCHING, timedelta(days=7)))
    assert after.overdue
    assert cast.names(facts) == ["LegUnmatched"]
    assert after.due_at is None
    assert after.stage is Stage.MATCHING


def test_an_outside_system_that_is_silent_for_a_day_is_reported_once() -> None:
    after, facts = ring(cast.acked("repair.paint"), cast.by(cast.MATCHING, timedelta(hours=24)))
    assert cast.names(facts) == ["LegRemoteStale"]
    assert after.legs[0].state is LegState.REMOTE_STALE
    assert [need.value for need in after.needs] == ["stale"]
    assert after.due_at == after.resolve_due_at


def test_a_leg_that_could_not_be_sent_for_a_day_is_reported_and_stays_queued() -> None:
    after, facts = ring(cast.filed("repair.paint"), cast.by(cast.MATCHING, timedelta(hours=24)))
    assert cast.names(facts) == ["LegRemoteStale"]
    assert after.legs[0].state is LegState.QUEUED
    assert [need.value for need in after.needs] == ["stale"]
