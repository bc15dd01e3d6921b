"""An outside leg that is no longer wanted here is withdrawn outside, or shown to the desk until it is over there."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from services.requests.casework.domain.closing import cancel, reject
from services.requests.casework.domain.request import Command, Leg, Need, Request, Withdrawal
from services.requests.casework.domain.triage import triage
from services.requests.legs.domain.service import add_leg, withdraw
from services.requests.logistics.domain.exchange import News, RemoteStatus, await_number, fail_send, hear, take_number
from services.requests.logistics.domain.withdrawing import acknowledge, is_owed, note_told, note_untold, notice_of
from shared.contracts.requests.leg import LegDropped
from shared.contracts.stages import LegKind, LegState, Stage
from tests.support import requests_domain as cast

ASK = cast.by(cast.MATCHING)
OPEN, CLOSED = RemoteStatus.OPEN, RemoteStatus.CLOSED


def dropped(request: Request | None = None) -> Request:
    return cancel(request or cast.acked(), cast.by(cast.STUDENT), None)[0]


def leg_of(request: Request) -> Leg:
    return request.legs[0]


def news(status: RemoteStatus | None, notes: str | None = None, remote_id: str | None = "311-1") -> News:
    return News(cast.SYSTEM, remote_id, status, notes)


def waiting() -> Request:
    request = cast.filed("repair.heat")
    return await_number(request, ASK, leg_of(request).id, "token")[0]


def refused() -> Request:
    request = cast.filed("repair.heat")
    return fail_send(request, ASK, leg_of(request).id, 404)[0]


def told(request: Request) -> Request:
    return note_told(request, ASK, leg_of(request))[0]


def untold(request: Request, status: int = 501) -> Request:
    return note_untold(request, ASK, leg_of(request), status)[0]


ENDS: dict[str, Callable[[Request], tuple[Request, object]]] = {
    "cancelled": lambda r: cancel(r, cast.by(cast.STUDENT), None),
    "rejected": lambda r: reject(r, cast.by(cast.DESK), "no", "elsewhere"),
    "withdrawn": lambda r: withdraw(r, cast.by(cast.DESK), leg_of(r).id, "not needed"),
}


@pytest.mark.parametrize("reason", ENDS)
@pytest.mark.parametrize("make", [lambda: cast.filed("repair.heat"), waiting, cast.acked])
def test_whatever_ends_a_leg_that_may_be_open_outside_is_told_there(reason: str, make: Callable[[], Request]) -> None:
    after, facts = ENDS[reason](make())
    leg = leg_of(after)
    assert (leg.state, leg.withdrawal) == (LegState.DROPPED, Withdrawal.PENDING)
    assert is_owed(leg, in_doubt=False)
    assert notice_of(after, leg, cast.NOW).reason == reason
    assert [fact.system for fact in facts if isinstance(fact, LegDropped)] == [cast.SYSTEM]  # type: ignore[attr-defined]


@pytest.mark.parametrize("make", [cast.filed, refused])
def test_what_is_not_open_outside_is_not_told(make: Callable[[], Request]) -> None:
    after, facts = cancel(make(), cast.by(cast.STUDENT), None)
    assert leg_of(after).withdrawal is None
    assert not is_owed(leg_of(after), in_doubt=True)
    assert [fact.system for fact in facts if isinstance(fact, LegDropped)] == [None]


def test_the_number_is_told_when_it_is_known_and_each_message_has_one_id() -> None:
    known, unknown = dropped(), dropped(cast.filed("repair.heat"))
    assert notice_of(known, leg_of(known), cast.NOW).remote_id == "311-1"
    assert notice_of(unknown, leg_of(unknown), cast.NOW).remote_id is None
    ids = {notice_of(one, leg_of(one), at).id for one in (known, unknown) for at in (cast.NOW, cast.by(cast.DESK).at)}
    assert ids == {f"{leg_of(known).id}.withdrawn", f"{leg_of(known).id}.withdrawn.numbered"}


def test_what_was_told_is_told_once() -> None:
    after, facts = note_told(dropped(), ASK, leg_of(dropped()))
    assert facts == ()
    assert (leg_of(after).withdrawal, leg_of(after).withdrawn_at) == (Withdrawal.TOLD, cast.NOW)
    assert after.needs == ()
    assert after.timeline[-1].code == "leg.outside_told"
    assert not is_owed(leg_of(after), in_doubt=True)
    assert note_told(after, ASK, leg_of(after)) == (after, ())
    assert note_untold(after, ASK, leg_of(after), 404) == (after, ())


@pytest.mark.parametrize("make", [cast.acked, waiting])
@pytest.mark.parametrize("status", [404, 410, 422, 501])
def test_what_cannot_be_told_is_shown_to_the_desk_though_the_request_has_ended(
    make: Callable[[], Request], status: int
) -> None:
    after = untold(dropped(make()), status)
    assert (after.stage, after.needs) == (Stage.CANCELLED, (Need.STILL_OPEN_OUTSIDE,))
    assert leg_of(after).withdrawal is Withdrawal.BY_HAND
    assert after.timeline[-1].code == "leg.outside_by_hand"
    assert not is_owed(leg_of(after), in_doubt=True)


def test_it_is_shown_beside_what_else_a_running_request_needs() -> None:
    open_ = withdraw(cast.acked(), cast.by(cast.DESK), leg_of(cast.acked()).id, "no")[0]
    assert untold(open_).needs == (Need.TRIAGE, Need.STILL_OPEN_OUTSIDE)


@pytest.mark.parametrize(("status", "state"), [(404, "settled"), (410, "settled"), (501, "settled"), (422, "by_hand")])
def test_a_leg_that_never_reached_the_system_leaves_nothing_to_do(status: int, state: str) -> None:
    assert leg_of(untold(dropped(cast.filed("repair.heat")), status)).withdrawal == state


def test_the_desk_acknowledges_what_it_settled_by_hand() -> None:
    request = cast.by_hand()
    leg = leg_of(request).id
    assert Command.ACKNOWLEDGE_OUTSIDE in cast.may_on_leg(request, cast.by(cast.DESK))
    assert Command.ACKNOWLEDGE_OUTSIDE not in cast.may_on_leg(request, cast.by(cast.STUDENT))
    assert cast.refusal_of(acknowledge, request, cast.by(cast.STUDENT), leg, "I") == "auth.not_yours"
    after, facts = acknowledge(request, cast.by(cast.DESK), leg, "called Ms Li")
    assert (after.needs, leg_of(after).withdrawal, facts) == ((), Withdrawal.SETTLED, ())
    assert (after.timeline[-1].code, after.timeline[-1].params["note"]) == ("leg.outside_acknowledged", "called Ms Li")
    assert Command.ACKNOWLEDGE_OUTSIDE not in cast.may_on_leg(after, cast.by(cast.DESK))
    assert cast.refusal_of(acknowledge, after, cast.by(cast.DESK), leg, "again") == "leg.wrong_state"


@pytest.mark.parametrize("make", [dropped, lambda: told(dropped()), cast.by_hand])
def test_the_outside_system_itself_says_that_it_is_over(make: Callable[[], Request]) -> None:
    request = make()
    after, facts = hear(request, ASK, leg_of(request).id, news(CLOSED, "withdrawn"))
    leg = leg_of(after)
    assert (after.stage, after.needs, facts) == (request.stage, (), ())
    assert (leg.withdrawal, leg.remote_status, leg.note) == (Withdrawal.SETTLED, "closed", "withdrawn")
    assert after.timeline[-1].code == "leg.outside_closed"
    assert cast.refusal_of(hear, after, ASK, leg.id, news(CLOSED)) == "request.wrong_stage"


def test_what_is_over_outside_before_its_answer_is_written_down_stays_over() -> None:
    request = dropped()
    closed, _facts = hear(request, ASK, leg_of(request).id, news(CLOSED))
    after, _facts = note_told(closed, ASK, leg_of(request))
    assert (leg_of(after).withdrawal, leg_of(after).withdrawn_at) == (Withdrawal.SETTLED, cast.NOW)
    assert note_untold(closed, ASK, leg_of(request), 404) == (closed, ())
    assert leg_of(closed).remote_id == "311-1"
    nameless = dropped(cast.filed("repair.heat"))
    assert leg_of(hear(nameless, ASK, leg_of(nameless).id, news(CLOSED, remote_id=None))[0]).remote_id is None


@pytest.mark.parametrize("status", [OPEN, None])
def test_other_news_of_a_dropped_leg_is_too_late(status: RemoteStatus | None) -> None:
    request = cast.by_hand()
    assert cast.refusal_of(hear, request, ASK, leg_of(request).id, news(status, "soon")) == "request.wrong_stage"
    running = withdraw(cast.acked(), cast.by(cast.DESK), leg_of(cast.acked()).id, "no")[0]
    assert cast.refusal_of(hear, running, ASK, leg_of(running).id, news(status, "soon")) == "leg.wrong_state"
    nameless = dropped(cast.filed("repair.heat"))
    late = news(status, remote_id=None)
    assert cast.refusal_of(hear, nameless, ASK, leg_of(nameless).id, late) == "request.wrong_stage"


@pytest.mark.parametrize("status", [OPEN, CLOSED])
def test_a_leg_that_was_never_to_be_withdrawn_hears_nothing(status: RemoteStatus) -> None:
    served = hear(cast.acked(), ASK, leg_of(cast.acked()).id, news(CLOSED))[0]
    failed = refused()
    gone = add_leg(failed, cast.by(cast.DESK), LegKind.HELPER, None, cast.SYSTEM)[0]
    assert leg_of(served).withdrawal is None
    assert cast.refusal_of(hear, gone, ASK, leg_of(gone).id, news(status)) == "leg.wrong_state"


LATE: dict[str, Callable[[Request], tuple[Request, object]]] = {
    "number": lambda r: take_number(r, ASK, leg_of(r).id, "311-1"),
    "token": lambda r: await_number(r, ASK, leg_of(r).id, "token"),
    "news": lambda r: hear(r, ASK, leg_of(r).id, news(OPEN)),
}


@pytest.mark.parametrize("way", LATE)
@pytest.mark.parametrize("sooner", [lambda r: r, lambda r: untold(r, 404)])
def test_what_comes_after_the_leg_was_dropped_is_kept_and_the_system_is_told(
    way: str, sooner: Callable[[Request], Request]
) -> None:
    request = sooner(dropped(cast.filed("repair.heat")))
    after, facts = LATE[way](request)
    assert cast.names(facts) == ["LegDropped"]
    leg = leg_of(after)
    assert (after.stage, leg.state, leg.withdrawal) == (Stage.CANCELLED, LegState.DROPPED, Withdrawal.PENDING)
    assert (leg.remote_id or leg.remote_token) in {"311-1", "token"}
    if way != "news":
        assert LATE[way](after) == (after, ())


def test_an_answer_to_what_was_told_before_the_number_came_does_not_count() -> None:
    request = dropped(cast.filed("repair.heat"))
    numbered = take_number(request, ASK, leg_of(request).id, "311-1")[0]
    assert note_told(numbered, ASK, leg_of(request)) == (numbered, ())
    assert note_untold(numbered, ASK, leg_of(request), 404) == (numbered, ())
    assert leg_of(told(numbered)).withdrawal is Withdrawal.TOLD


def test_a_leg_that_may_have_been_sent_after_all_is_told_again_until_it_is_known() -> None:
    settled = untold(dropped(cast.filed("repair.heat")), 404)
    assert not is_owed(leg_of(settled), in_doubt=False)
    assert is_owed(leg_of(settled), in_doubt=True)
    assert leg_of(told(settled)).withdrawal is Withdrawal.TOLD
    assert not is_owed(leg_of(hear_closed(settled)), in_doubt=True)


def hear_closed(request: Request) -> Request:
    numbered = take_number(request, ASK, leg_of(request).id, "311-1")[0]
    return hear(numbered, cast.by(cast.MATCHING, timedelta(hours=1)), leg_of(numbered).id, news(CLOSED))[0]


def test_a_new_category_withdraws_the_leg_of_the_old_one() -> None:
    request = cast.acked()
    after, facts = triage(request, cast.by(cast.DESK), "wish.errand", cast.SYSTEM, urgent=None)
    assert leg_of(after).withdrawal is Withdrawal.PENDING
    assert [fact.system for fact in facts if isinstance(fact, LegDropped)] == [cast.SYSTEM]
