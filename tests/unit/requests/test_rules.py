from datetime import timedelta

import pytest

from services.requests.app import TOPICS
from services.requests.casework.domain.lifecycle import ARROWS, LEG_ARROWS, LEG_STAGE, STAGES
from services.requests.casework.domain.permissions import ALLOWED, sees
from services.requests.casework.domain.request import Caller, Command, Why
from shared.contracts.members import Role
from shared.contracts.stages import ENDED, Stage, Visibility
from shared.http.problems import COMMON
from shared.runtime import refusals_of
from tests.support import requests_domain as cast


def test_every_stage_and_every_command_has_a_row() -> None:
    assert set(ARROWS) == set(Stage)
    assert set(STAGES) == set(Command)
    assert set(ALLOWED) | set(LEG_ARROWS) | {Command.CLOSE_UNCONFIRMED} == set(Command)


def test_only_a_reopening_leaves_an_end() -> None:
    assert {to for stage in ENDED for to in ARROWS[stage]} == {Stage.TRIAGED}


def test_every_live_leg_can_be_dropped() -> None:
    assert set(LEG_ARROWS[Command.DROP]) == set(LEG_STAGE)


def test_a_requester_may_cancel_what_is_open_and_confirm_what_is_resolved() -> None:
    assert cast.may(cast.filed(), cast.by(cast.STUDENT)) == (Command.CANCEL,)
    assert cast.may(cast.resolved(), cast.by(cast.STUDENT)) == (Command.CONFIRM, Command.REOPEN)
    assert cast.may(cast.closed(), cast.by(cast.STUDENT)) == (Command.RATE, Command.REOPEN)


def test_what_may_be_done_ends_with_its_window() -> None:
    late = cast.by(cast.STUDENT, timedelta(hours=13))
    assert cast.may(cast.closed(), late) == (Command.REOPEN,)
    assert cast.may(cast.closed(), cast.by(cast.STUDENT, timedelta(days=20))) == ()


def test_a_helper_may_answer_an_offer() -> None:
    request = cast.offered()
    assert cast.may(request, cast.by(cast.HELPER)) == (Command.ACCEPT, Command.DECLINE)
    assert cast.may_on_leg(request, cast.by(cast.SECOND)) == (Command.CLAIM,)


def test_an_offer_that_ran_out_may_be_declined_but_not_accepted_even_before_its_clock_rings() -> None:
    request = cast.offered()
    late = cast.by(cast.HELPER, timedelta(hours=4))
    assert cast.may_on_leg(request, late) == (Command.DECLINE,)


def test_the_desk_may_do_much_but_not_with_sealed_requests() -> None:
    assert Command.ASSIGN in cast.may(cast.filed(), cast.by(cast.DESK))
    assert cast.may(cast.filed("counsel.talk"), cast.by(cast.DESK)) == ()
    assert Command.ASSIGN in cast.may(cast.filed("counsel.talk"), cast.by(cast.READER))


@pytest.mark.parametrize(
    ("visibility", "seen_by"),
    [
        (Visibility.PUBLIC, {"student", "desk", "leader", "counsellor"}),
        (Visibility.MASKED, {"student", "desk", "leader", "counsellor"}),
        (Visibility.PRIVATE, {"student", "desk", "counsellor"}),
        (Visibility.SEALED, {"student", "reader"}),
    ],
)
def test_who_sees_what_follows_the_visibility(visibility: Visibility, seen_by: set[str]) -> None:
    request = cast.filed(visibility=visibility)
    everybody = (cast.STUDENT, cast.OTHER, cast.HELPER, cast.DESK, cast.LEADER, cast.COUNSELLOR, cast.READER)
    assert {caller.id for caller in everybody if sees(request, caller)} == seen_by


def test_a_helper_sees_the_request_of_a_leg_until_the_leg_is_given_up() -> None:
    request = cast.offered()
    assert sees(request, cast.HELPER)
    assert not sees(cast.filed(), cast.HELPER)


def test_an_admin_does_not_read_sealed_requests() -> None:
    assert not sees(cast.filed("counsel.talk"), Caller("admin", frozenset({Role.ADMIN})))


def test_every_refusal_that_a_caller_can_meet_has_an_http_status() -> None:
    inside = {Why.OFFER_STALE.value, Why.NOT_DUE.value}
    assert {why.value for why in Why} - inside <= {*refusals_of(TOPICS), *COMMON}
