"""A small cast and a short way to every stage of a request, for tests of its pure rules."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from services.requests.allowed.domain import standing
from services.requests.casework.domain import Ask, Caller, Command, Request
from services.requests.closing.domain import Answer, cancel, confirm
from services.requests.filing.domain import Filing, file
from services.requests.legs.domain import Proposal, accept, complete, offer, start
from services.requests.logistics.domain import note_untold, take_number
from shared.contracts.members import Role
from shared.contracts.stages import Channel
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


def by(caller: Caller, after: timedelta = timedelta()) -> Ask:
    return Ask(caller, NOW + after)


def filing(category: str = "wish.errand", **fields: Any) -> Filing:
    told: dict[str, Any] = {
        "id": "r1",
        "fingerprint": "f",
        "category": category,
        "title": "A title",
        "text": "Words",
        "place": "east.b3.f4.r407",
        "channel": Channel.PHONE,
        "requester_id": STUDENT.id,
    }
    return Filing(**(told | fields))


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
    return standing(request, ask).may


def may_on_leg(request: Request, ask: Ask) -> tuple[Command, ...]:
    """What may be done to the first leg."""
    return standing(request, ask).on_legs[request.legs[0].id]


def refusal_of(act: Callable[..., object], *args: Any, **kwargs: Any) -> str:
    try:
        act(*args, **kwargs)
    except Refusal as refusal:
        return refusal.code
    msg = "not refused"
    raise AssertionError(msg)


def names(facts: Any) -> list[str]:
    return [type(fact).__name__ for fact in facts]
