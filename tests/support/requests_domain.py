"""A small cast and a short way to every stage of a request, for tests of its pure rules."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from services.requests.casework.domain.closing import Answer, cancel, confirm
from services.requests.casework.domain.filing import Filing, Form, file
from services.requests.casework.domain.permissions import permissions_of
from services.requests.casework.domain.request import Ask, Caller, Command, Request
from services.requests.legs.domain.offers import Proposal, accept, offer
from services.requests.legs.domain.service import complete, start
from services.requests.logistics.domain.exchange import take_number
from services.requests.logistics.domain.withdrawing import note_untold
from shared.contracts.members import Role
from shared.refusal import Refusal

SYSTEM = "campus-repairs"
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
STUDENT = Caller("student", frozenset({Role.STUDENT}))
OTHER = Caller("other", frozenset({Role.STUDENT}))
HELPER = Caller("helper", frozenset({Role.HELPER, Role.STUDENT}))
SECOND = Caller("second", frozenset({Role.HELPER}))
DESK = Caller("desk", frozenset({Role.DESK}), duty=("east",))
LEADER = Caller("leader", frozenset({Role.LEADER}))
COUNSELLOR = Caller("counsellor", frozenset({Role.COUNSELLOR}), duty=("east.b3",))
READER = Caller("reader", frozenset({Role.STUDENT, Role.SEALED_READER}))
MATCHING = Caller("members")


_OF_THE_FORM = {"title", "text", "urgent", "channel", "visibility"}


def by(caller: Caller, after: timedelta = timedelta()) -> Ask:
    return Ask(caller, NOW + after)


def filing(category: str = "wish.errand", **told: Any) -> Filing:
    form: dict[str, Any] = {"category": category, "title": "A title", "text": "Words"}
    form |= {name: told.pop(name) for name in list(told) if name in _OF_THE_FORM}
    known: dict[str, Any] = {"id": "r1", "place": "east.b3.f4.r407", "requester_id": STUDENT.id}
    return Filing(form=Form(**form), **(known | told))


def filed(category: str = "wish.errand", **fields: Any) -> Request:
    return file(filing(category, **fields), by(STUDENT), SYSTEM)[0]


def offered(request: Request | None = None, helper: Caller = HELPER) -> Request:
    request = request or filed()
    leg = request.legs[-1]
    return offer(request, by(MATCHING), Proposal(leg.id, leg.round, helper.id))[0]


def accepted(request: Request | None = None) -> Request:
    request = offered(request)
    return accept(request, by(HELPER), request.legs[-1].id)[0]


def started(request: Request | None = None) -> Request:
    request = accepted(request)
    return start(request, by(HELPER), request.legs[-1].id)[0]


def resolved(request: Request | None = None) -> Request:
    request = started(request)
    return complete(request, by(HELPER), request.legs[-1].id, None)[0]


def closed(request: Request | None = None, stars: int | None = 5) -> Request:
    return confirm(resolved(request), by(STUDENT), Answer(solved=True, stars=stars), SYSTEM)[0]


def acked(category: str = "repair.heat") -> Request:
    request = filed(category)
    return take_number(request, by(Caller("system")), request.legs[0].id, "311-1")[0]


def by_hand() -> Request:
    """A cancelled request whose outside system cannot be told of it."""
    gone = cancel(acked(), by(STUDENT), None)[0]
    return note_untold(gone, by(Caller("requests")), gone.legs[0], 501)[0]


def may(request: Request, ask: Ask) -> tuple[Command, ...]:
    return permissions_of(request, ask).may


def may_on_leg(request: Request, ask: Ask) -> tuple[Command, ...]:
    """What may be done to the first leg."""
    return permissions_of(request, ask).on_legs[request.legs[0].id]


def refusal_of(act: Callable[..., object], *args: Any, **kwargs: Any) -> str:
    try:
        act(*args, **kwargs)
    except Refusal as refusal:
        return refusal.code
    msg = "not refused"
    raise AssertionError(msg)


def names(facts: Any) -> list[str]:
    return [type(fact).__name__ for fact in facts]
