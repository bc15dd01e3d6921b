"""A command that is given again by the same person in the same words, without a key, is done already or is a new one.

Every command of people is in the table below, with a request on which it is given, and with what undoes it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from services.requests.casework.domain.change import Decision
from services.requests.casework.domain.closing import Answer, cancel, confirm, rate, reject, reopen
from services.requests.casework.domain.holding import contact, hold, resume
from services.requests.casework.domain.permissions import ALLOWED
from services.requests.casework.domain.repetition import AGAIN, Given, is_done
from services.requests.casework.domain.request import Ask, Caller, Command, Request
from services.requests.casework.domain.triage import triage
from services.requests.legs.domain.offers import Proposal, accept, assign, claim, decline, offer, release
from services.requests.legs.domain.service import add_leg, complete, report, start, withdraw
from services.requests.logistics.domain.withdrawing import acknowledge
from shared.contracts.stages import LegKind, Stage
from tests.support import requests_domain as cast

S = cast.SYSTEM


def on_hold() -> Request:
    return hold(cast.started(), cast.by(cast.DESK), "away", for_requester=True)[0]


@dataclass(frozen=True)
class Case:
    """A command: who gives it on what, how, what it says, what others would say, and what comes later."""

    command: Command
    who: Caller
    make: Callable[[], Request]
    act: Callable[[Request, Ask, str], Decision]
    words: dict[str, Any]
    other: dict[str, Any] | None = None
    on_leg: bool = False

    def said(self, request: Request, words: dict[str, Any] | None = None) -> Given:
        leg = request.legs[0].id if self.on_leg else None
        return Given(self.command, leg, self.words if words is None else words)


CASES = (
    Case(
        Command.CANCEL, cast.STUDENT, cast.filed, lambda r, a, _: cancel(r, a, "no"), {"reason": "no"}, {"reason": None}
    ),
    Case(
        Command.CANCEL, cast.DESK, cast.started, lambda r, a, _: cancel(r, a, None), {"reason": None}, {"reason": "x"}
    ),
    Case(
        Command.REJECT,
        cast.DESK,
        cast.filed,
        lambda r, a, _: reject(r, a, "no", "else"),
        {"reason": "no", "alternative": "else"},
        {"reason": "no", "alternative": "other"},
    ),
    Case(
        Command.HOLD,
        cast.DESK,
        cast.started,
        lambda r, a, _: hold(r, a, "away", for_requester=True),
        {"reason": "away", "for_requester": True},
        {"reason": "away", "for_requester": False},
    ),
    Case(Command.RESUME, cast.DESK, on_hold, lambda r, a, _: resume(r, a), {}),
    Case(
        Command.TRIAGE,
        cast.DESK,
        cast.filed,
        lambda r, a, _: triage(r, a, "wish.moving", S, urgent=True),
        {"category_id": "wish.moving", "urgent": True},
        {"category_id": "wish.moving", "urgent": False},
    ),
    Case(
        Command.TRIAGE,
        cast.DESK,
        cast.filed,
        lambda r, a, _: triage(r, a, None, S, urgent=None),
        {"category_id": None, "urgent": None},
        {"category_id": "wish.moving", "urgent": None},
    ),
    Case(
        Command.CONTACT,
        cast.DESK,
        cast.filed,
        lambda r, a, _: contact(r, a, "called"),
        {"note": "called"},
        {"note": "met"},
    ),
    Case(
        Command.CONFIRM,
        cast.STUDENT,
        cast.resolved,
        lambda r, a, _: confirm(r, a, Answer(solved=True, stars=4, comment="good"), S),
        {"answer": Answer(solved=True, stars=4, comment="good")},
        {"answer": Answer(solved=True, stars=5, comment="good")},
    ),
    Case(
        Command.CONFIRM,
        cast.STUDENT,
        cast.resolved,
        lambda r, a, _: confirm(r, a, Answer(solved=False, comment="still"), S),
        {"answer": Answer(solved=False, stars=None, comment="still")},
        {"answer": Answer(solved=True, stars=None, comment="still")},
    ),
    Case(
        Command.RATE,
        cast.STUDENT,
        cast.closed,
        lambda r, a, _: rate(r, a, 3, "late"),
        {"stars": 3, "comment": "late"},
        {"stars": 3, "comment": None},
    ),
    Case(
        Command.REOPEN,
        cast.STUDENT,
        cast.closed,
        lambda r, a, _: reopen(r, a, "again", S),
        {"reason": "again"},
        {"reason": "other"},
    ),
    Case(
        Command.ASSIGN,
        cast.DESK,
        cast.filed,
        lambda r, a, leg: assign(r, a, leg, "second"),
        {"helper_id": "second"},
        {"helper_id": "third"},
        on_leg=True,
    ),
    Case(
        Command.ASSIGN,
        cast.DESK,
        cast.started,
        lambda r, a, leg: assign(r, a, leg, "desk"),
        {"helper_id": "desk"},
        {"helper_id": "second"},
        on_leg=True,
    ),
    Case(Command.CLAIM, cast.SECOND, cast.offered, claim, {}, on_leg=True),
    Case(Command.ACCEPT, cast.HELPER, cast.offered, accept, {}, on_leg=True),
    Case(
        Command.DECLINE,
        cast.HELPER,
        cast.offered,
        lambda r, a, leg: decline(r, a, leg, None),
        {"reason": None},
        {"reason": "exam"},
        on_leg=True,
    ),
    Case(
        Command.DECLINE,
        cast.HELPER,
        cast.started,
        lambda r, a, leg: decline(r, a, leg, "exam"),
        {"reason": "exam"},
        {"reason": "ill"},
        on_leg=True,
    ),
    Case(
        Command.RELEASE,
        cast.HELPER,
        cast.accepted,
        lambda r, a, leg: release(r, a, leg, "exam"),
        {"reason": "exam"},
        {"reason": "ill"},
        on_leg=True,
    ),
    Case(
        Command.RELEASE,
        cast.DESK,
        cast.started,
        lambda r, a, leg: release(r, a, leg, "not seen"),
        {"reason": "not seen"},
        {"reason": "ill"},
        on_leg=True,
    ),
    Case(
        Command.REPORT,
        cast.HELPER,
        cast.accepted,
        lambda r, a, leg: report(r, a, leg, "on Saturday"),
        {"note": "on Saturday"},
        {"note": "on Sunday"},
        on_leg=True,
    ),
    Case(Command.START, cast.HELPER, cast.accepted, start, {}, on_leg=True),
    Case(
        Command.COMPLETE,
        cast.HELPER,
        cast.started,
        lambda r, a, leg: complete(r, a, leg, "done"),
        {"note": "done"},
        {"note": None},
        on_leg=True,
    ),
    Case(
        Command.WITHDRAW,
        cast.DESK,
        cast.started,
        lambda r, a, leg: withdraw(r, a, leg, "enough"),
        {"reason": "enough"},
        {"reason": "else"},
        on_leg=True,
    ),
    Case(
        Command.ACKNOWLEDGE_OUTSIDE,
        cast.DESK,
        cast.by_hand,
        lambda r, a, leg: acknowledge(r, a, leg, "called them"),
        {"note": "called them"},
        {"note": "wrote to them"},
        on_leg=True,
    ),
)
NAMES = [f"{case.command}-{case.who.id}-{index}" for index, case in enumerate(CASES)]
every_command = pytest.mark.parametrize("case", CASES, ids=NAMES)


def given(case: Case) -> tuple[Request, Request]:
    before = case.make()
    return before, case.act(before, cast.by(case.who), before.legs[0].id)[0]


def test_every_command_of_people_is_here() -> None:
    assert {case.command for case in CASES} == set(ALLOWED) - {Command.ADD_LEG}


@every_command
def test_what_was_not_given_is_not_done(case: Case) -> None:
    before, _ = given(case)
    assert not is_done(before, cast.by(case.who), case.said(before))


@every_command
def test_what_was_given_is_done_for_whoever_gave_it(case: Case) -> None:
    _, after = given(case)
    assert is_done(after, cast.by(case.who, timedelta(seconds=30)), case.said(after))
    for other in (cast.OTHER, Caller("somebody", case.who.roles)):
        assert not is_done(after, cast.by(other), case.said(after))


@every_command
def test_other_words_are_another_command(case: Case) -> None:
    _, after = given(case)
    assert case.other is None or not is_done(after, cast.by(case.who), case.said(after, case.other))


def test_a_leg_that_there_is_not_was_never_anybodys() -> None:
    for case in CASES:
        if case.on_leg:
            said = Given(case.command, "nothing", case.words)
            assert not is_done(given(case)[1], cast.by(case.who), said)


def test_two_more_legs_may_both_be_meant() -> None:
    request = add_leg(cast.filed(), cast.by(cast.DESK), LegKind.HELPER, None, S)[0]
    assert not is_done(request, cast.by(cast.DESK), Given(Command.ADD_LEG))


def done(request: Request, who: Caller, said: Given, after: timedelta = timedelta()) -> bool:
    return is_done(request, cast.by(who, after), said)


def test_what_was_undone_may_be_done_again() -> None:
    held = on_hold()
    resumed = resume(held, cast.by(cast.DESK))[0]
    said = Given(Command.HOLD, None, {"reason": "away", "for_requester": True})
    assert (done(held, cast.DESK, said), done(resumed, cast.DESK, said)) == (True, False)
    assert done(resumed, cast.DESK, Given(Command.RESUME))
    again = hold(resumed, cast.by(cast.DESK), "away", for_requester=True)[0]
    assert not done(again, cast.DESK, Given(Command.RESUME))


def test_a_note_in_the_same_words_is_another_note_after_a_while() -> None:
    noted = contact(cast.filed(), cast.by(cast.DESK), "called")[0]
    assert not done(noted, cast.DESK, Given(Command.CONTACT, None, {"note": "called"}), AGAIN)
    told = report(cast.accepted(), cast.by(cast.HELPER), noted.legs[0].id, "on Saturday")[0]
    said = Given(Command.REPORT, noted.legs[0].id, {"note": "on Saturday"})
    assert not done(told, cast.HELPER, said, AGAIN)
    handed_back = release(told, cast.by(cast.HELPER), noted.legs[0].id, "exam")[0]
    assert not done(handed_back, cast.HELPER, said)


def test_an_assignment_that_ran_out_or_was_given_up_is_not_done() -> None:
    request = cast.filed()
    leg = request.legs[0].id
    given_to, _ = assign(request, cast.by(cast.DESK), leg, "second")
    said = Given(Command.ASSIGN, leg, {"helper_id": "second"})
    assert done(given_to, cast.DESK, said)
    assert not done(given_to, cast.DESK, said, timedelta(hours=4))
    assert not done(withdraw(given_to, cast.by(cast.DESK), leg, "enough")[0], cast.DESK, said)
    declined = decline(given_to, cast.by(cast.SECOND), leg, None)[0]
    assert not done(declined, cast.DESK, said)


def test_the_desk_may_take_a_leg_from_one_after_the_other_for_the_same_reason() -> None:
    request = cast.started()
    leg = request.legs[0].id
    taken = release(request, cast.by(cast.DESK), leg, "not seen")[0]
    said = Given(Command.RELEASE, leg, {"reason": "not seen"})
    offered = offer(taken, cast.by(cast.MATCHING), Proposal(leg, 2, "second"))[0]
    assert (done(taken, cast.DESK, said), done(offered, cast.DESK, said)) == (True, True)
    assert not done(accept(offered, cast.by(cast.SECOND), leg)[0], cast.DESK, said)


def test_a_yes_is_not_done_for_whoever_lost_the_leg_and_a_no_not_for_whoever_has_it_again() -> None:
    request = cast.accepted()
    leg = request.legs[0].id
    given_away = assign(request, cast.by(cast.DESK), leg, "second")[0]
    assert not done(given_away, cast.HELPER, Given(Command.ACCEPT, leg))
    declined = decline(cast.offered(), cast.by(cast.HELPER), leg, None)[0]
    again = assign(declined, cast.by(cast.DESK), leg, "helper")[0]
    assert not done(again, cast.HELPER, Given(Command.DECLINE, leg, {"reason": None}))


def test_a_rejection_of_the_service_is_one_for_each_time_it_was_served() -> None:
    no = Answer(solved=False)
    said = Given(Command.CONFIRM, None, {"answer": Answer(solved=False, stars=None, comment=None)})
    again = confirm(cast.resolved(), cast.by(cast.STUDENT), no, S)[0]
    assert done(again, cast.STUDENT, said)
    assert not done(cast.resolved(again), cast.STUDENT, said)


def test_a_confirmation_is_done_though_the_stars_were_changed_since_and_not_after_a_reopening() -> None:
    request = cast.closed()
    said = Given(Command.CONFIRM, None, {"answer": Answer(solved=True, stars=5, comment=None)})
    changed = rate(request, cast.by(cast.STUDENT), 2, None)[0]
    assert done(changed, cast.STUDENT, said)
    assert not done(reopen(changed, cast.by(cast.STUDENT), "again", S)[0], cast.STUDENT, said)
    assert not done(replace(request, rating=None), cast.STUDENT, said)


def test_only_the_requester_rates_and_only_what_is_closed() -> None:
    said = Given(Command.RATE, None, {"stars": 5, "comment": None})
    assert done(cast.closed(), cast.STUDENT, said)
    assert not done(replace(cast.closed(), rating=None), cast.STUDENT, said)
    reopened = reopen(cast.closed(), cast.by(cast.STUDENT), "again", S)[0]
    assert reopened.stage is Stage.MATCHING
    assert not done(reopened, cast.STUDENT, said)


def test_a_triage_is_done_until_its_legs_are_given_up() -> None:
    request = triage(cast.filed(), cast.by(cast.DESK), None, S, urgent=None)[0]
    said = Given(Command.TRIAGE, None, {"category_id": None, "urgent": None})
    assert done(request, cast.DESK, said)
    withdrawn = withdraw(request, cast.by(cast.DESK), request.legs[0].id, "enough")[0]
    assert not done(withdrawn, cast.DESK, said)
