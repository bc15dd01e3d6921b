from datetime import timedelta

from services.requests.casework.domain.closing import cancel
from services.requests.clocks.domain import ring
from services.requests.logistics.domain.exchange import (
    News,
    RemoteStatus,
    await_number,
    check_sendable,
    fail_send,
    hear,
    note_asked,
    take_number,
)
from shared.contracts.stages import LegState, Stage
from tests.support import requests_domain as cast

ASK = cast.by(cast.MATCHING)


def news(
    status: RemoteStatus | None,
    notes: str | None = None,
    remote_id: str | None = "311-1",
    system: str = cast.SYSTEM,
    word: str | None = None,
) -> News:
    return News(system, remote_id, status, notes, word)


def test_an_acknowledged_leg_assigns_the_request_and_is_its_first_contact() -> None:
    request = cast.filed("repair.heat")
    after, facts = take_number(request, ASK, request.legs[0].id, "311-1")
    assert cast.names(facts) == ["LegAcked", "RequestContacted"]
    assert after.stage is Stage.ASSIGNED
    assert after.poll_at == cast.NOW


def test_a_number_may_be_promised_by_a_token() -> None:
    request = cast.filed("repair.heat")
    waiting, facts = await_number(request, ASK, request.legs[0].id, "token")
    assert facts == ()
    assert waiting.legs[0].state is LegState.TOKEN_WAIT
    assert waiting.poll_at == cast.NOW
    assert cast.refusal_of(check_sendable, waiting, waiting.legs[0].id) == "leg.wrong_state"
    assert take_number(waiting, ASK, waiting.legs[0].id, "311-1")[0].legs[0].remote_id == "311-1"


def test_a_leg_is_sent_only_while_it_is_wanted() -> None:
    request = cast.filed("repair.heat")
    assert check_sendable(request, request.legs[0].id) == request.legs[0]
    gone, _ = cancel(request, cast.by(cast.STUDENT), None)
    assert cast.refusal_of(check_sendable, gone, request.legs[0].id) == "request.wrong_stage"
    sent = cast.acked()
    assert cast.refusal_of(check_sendable, sent, sent.legs[0].id) == "leg.wrong_state"


def test_a_refused_leg_asks_the_desk() -> None:
    request = cast.filed("repair.heat")
    after, facts = fail_send(request, ASK, request.legs[0].id, 404)
    assert cast.names(facts) == ["LegSendFailed"]
    assert after.legs[0].state is LegState.SEND_FAILED


def test_remote_closed_resolves_but_confirms_nothing() -> None:
    request = cast.acked()
    after, facts = hear(request, ASK, request.legs[0].id, news(RemoteStatus.CLOSED, "fixed"))
    assert cast.names(facts) == ["LegRemoteClosed", "RequestResolved"]
    assert after.stage is Stage.RESOLVED
    assert after.legs[0].note == "fixed"
    assert after.poll_at is None


def test_news_that_overtakes_its_number_is_taken_with_it() -> None:
    request = cast.filed("repair.heat")
    after, facts = hear(request, ASK, request.legs[0].id, news(RemoteStatus.CLOSED))
    assert cast.names(facts) == ["LegAcked", "RequestContacted", "LegRemoteClosed", "RequestResolved"]
    assert after.legs[0].remote_id == "311-1"


def test_open_news_keep_the_leg_alive_and_a_new_note_is_written_down() -> None:
    request = cast.acked()
    once, facts = hear(request, cast.by(cast.MATCHING, timedelta(hours=2)), request.legs[0].id, news(RemoteStatus.OPEN))
    assert facts == ()
    assert once.legs[0].heard_at == cast.NOW + timedelta(hours=2)
    noted, _ = hear(once, ASK, request.legs[0].id, news(RemoteStatus.OPEN, "on the way"))
    same, _ = hear(noted, ASK, request.legs[0].id, news(RemoteStatus.OPEN, "on the way"))
    assert len(noted.timeline) == len(once.timeline) + 1
    assert same.timeline == noted.timeline


def test_a_stale_leg_that_speaks_again_is_no_longer_stale() -> None:
    request, _ = ring(cast.acked("repair.paint"), cast.by(cast.MATCHING, timedelta(hours=24)))
    after, _ = hear(request, ASK, request.legs[0].id, news(RemoteStatus.OPEN))
    assert after.legs[0].state is LegState.REMOTE_OPEN
    assert after.needs == ()


def test_a_status_that_we_do_not_know_moves_nothing_and_is_shown_in_its_words() -> None:
    request = cast.acked()
    once, facts = hear(request, ASK, request.legs[0].id, news(None, "on the way", word="Dispatched"))
    assert facts == ()
    assert (once.legs[0].remote_status, once.legs[0].note) == ("Dispatched", "on the way")
    assert once.timeline[-1].params["status"] == "Dispatched"
    silent, _ = hear(once, ASK, request.legs[0].id, news(None))
    assert (silent.legs[0].remote_status, silent.legs[0].note) == ("Dispatched", "on the way")
    assert silent.timeline == once.timeline


def test_news_that_names_only_our_id_is_taken_and_the_number_may_follow() -> None:
    request = cast.filed("repair.heat")
    leg_id = request.legs[0].id
    nameless, _ = hear(request, ASK, leg_id, news(RemoteStatus.OPEN, remote_id=None))
    assert nameless.legs[0].remote_id == leg_id
    named, _ = hear(nameless, ASK, leg_id, news(RemoteStatus.OPEN))
    assert named.legs[0].remote_id == "311-1"
    again, facts = hear(named, ASK, leg_id, news(RemoteStatus.CLOSED, remote_id=None))
    assert again.legs[0].remote_id == "311-1"
    assert "LegRemoteClosed" in cast.names(facts)


def test_news_of_another_number_or_system_is_refused() -> None:
    request = cast.acked()
    leg_id = request.legs[0].id
    wrong_number = news(RemoteStatus.CLOSED, remote_id="311-2")
    wrong_system = news(RemoteStatus.CLOSED, system="another")
    assert cast.refusal_of(hear, request, ASK, leg_id, wrong_number) == "leg.system_mismatch"
    assert cast.refusal_of(hear, request, ASK, leg_id, wrong_system) == "leg.system_mismatch"


def test_news_of_a_closed_leg_are_refused() -> None:
    request = cast.acked()
    closed, _ = hear(request, ASK, request.legs[0].id, news(RemoteStatus.CLOSED))
    again = news(RemoteStatus.CLOSED)
    assert cast.refusal_of(hear, closed, ASK, request.legs[0].id, again) == "request.wrong_stage"


def test_a_leg_that_was_asked_in_vain_goes_to_the_end_of_the_line() -> None:
    request = cast.acked()
    later = cast.by(cast.MATCHING, timedelta(hours=1))
    asked, facts = note_asked(request, later, request.legs[0].id)
    assert facts == ()
    assert asked.poll_at == cast.NOW + timedelta(hours=1)
    done, _ = hear(request, ASK, request.legs[0].id, news(RemoteStatus.CLOSED))
    assert note_asked(done, later, request.legs[0].id) == (done, ())
