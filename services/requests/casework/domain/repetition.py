"""Which commands are done already: given before by the same person, in the same words, and not undone since.

The timeline tells who did what last; the rest of the request tells whether it still stands.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Final

from msgspec import Struct, field

from services.requests.casework.domain.closing import Answer
from services.requests.casework.domain.lifecycle import HELD, SERVED
from services.requests.casework.domain.request import Ask, Command, Entry, Leg, Request
from shared.contracts.stages import LegState, Stage

AGAIN: Final = timedelta(minutes=10)
"""A note in the same words within this time is the same note."""


class Given(Struct, frozen=True):
    """A person's command: about which leg, if any, and all that it says, by the names that its decision has for it."""

    command: Command
    leg_id: str | None = None
    words: Mapping[str, object] = field(default_factory=dict[str, object])


def is_done(request: Request, ask: Ask, given: Given) -> bool:
    """Tell whether this person's same command has brought the request to where it is."""
    rule = _RULES.get(given.command)
    return rule is not None and rule(request, ask, given)


_UNDOES: Final[Mapping[str, frozenset[str]]] = {
    "request.cancelled": frozenset(),
    "request.rejected": frozenset(),
    "request.held": frozenset({"request.resumed", "request.cancelled", "request.rejected"}),
    "request.resumed": frozenset({"request.held", "request.cancelled", "request.rejected"}),
    "request.triaged": frozenset({"leg.withdrawn", "request.cancelled", "request.rejected"}),
    "request.reopened": frozenset({"request.resolved", "request.closed", "request.cancelled", "request.rejected"}),
    "request.not_solved": frozenset({"request.resolved", "request.closed", "request.cancelled", "request.rejected"}),
    "request.closed": frozenset({"request.reopened"}),
    "request.contact_noted": frozenset(),
    "leg.assigned": frozenset({"leg.offered", "leg.claimed"}),
    "leg.claimed": frozenset({"leg.offered", "leg.assigned"}),
    "leg.taken_back": frozenset({"leg.accepted"}),
    "leg.reported": frozenset({"leg.nudged", "leg.quiet"}),
    "leg.withdrawn": frozenset(),
    "leg.outside_acknowledged": frozenset({"leg.outside_by_hand"}),
}
"""Which lines of the timeline undo what another one tells."""


def _last(request: Request, ask: Ask, code: str, given: Given, **words: object) -> Entry | None:
    """Return the line in which this person given the same, when nothing later has undone it."""
    turns = _UNDOES[code] | {code}
    last = next((e for e in reversed(request.timeline) if e.code in turns and _is_about(e, given)), None)
    if last is None or last.code != code or last.actor != ask.caller.id:
        return None
    return last if all(last.params.get(name) == word for name, word in words.items()) else None


def _is_about(entry: Entry, given: Given) -> bool:
    return given.leg_id is None or entry.params.get("leg") == given.leg_id


def _leg(request: Request, given: Given) -> Leg | None:
    return next((leg for leg in request.legs if leg.id == given.leg_id), None)


def _is_mine(request: Request, ask: Ask, given: Given, *states: LegState) -> bool:
    leg = _leg(request, given)
    return leg is not None and leg.helper_id == ask.caller.id and leg.state in states


def _cancelled(request: Request, ask: Ask, given: Given) -> bool:
    return _last(request, ask, "request.cancelled", given, reason=given.words.get("reason")) is not None


def _rejected(request: Request, ask: Ask, given: Given) -> bool:
    return (
        _last(
            request,
            ask,
            "request.rejected",
            given,
            reason=given.words["reason"],
            alternative=given.words["alternative"],
        )
        is not None
    )


def _held(request: Request, ask: Ask, given: Given) -> bool:
    same = request.held_for_requester == given.words["for_requester"]
    return same and _last(request, ask, "request.held", given, reason=given.words["reason"]) is not None


def _resumed(request: Request, ask: Ask, given: Given) -> bool:
    return _last(request, ask, "request.resumed", given) is not None


def _triaged(request: Request, ask: Ask, given: Given) -> bool:
    category, urgent = given.words["category_id"] or request.category, given.words["urgent"]
    same = category == request.category and urgent in {None, request.urgent}
    return same and _last(request, ask, "request.triaged", given, category=category) is not None


def _contacted(request: Request, ask: Ask, given: Given) -> bool:
    noted = _last(request, ask, "request.contact_noted", given, note=given.words["note"])
    return noted is not None and ask.at < noted.at + AGAIN


def _confirmed(request: Request, ask: Ask, given: Given) -> bool:
    answer = given.words["answer"]
    if not isinstance(answer, Answer) or (answer.solved and request.stage is not Stage.CLOSED_CONFIRMED):
        return False
    code = "request.closed" if answer.solved else "request.not_solved"
    ratings = (request.rating, *request.rating.earlier) if request.rating else ()
    same = any((one.solved, one.stars, one.comment) == (answer.solved, answer.stars, answer.comment) for one in ratings)
    return same and _last(request, ask, code, given) is not None


def _rated(request: Request, ask: Ask, given: Given) -> bool:
    mine, rating = ask.caller.id == request.requester_id and request.closed_at is not None, request.rating
    same = rating is not None and (rating.stars, rating.comment) == (given.words["stars"], given.words["comment"])
    return mine and rating is not None and rating.solved and same


def _reopened(request: Request, ask: Ask, given: Given) -> bool:
    return _last(request, ask, "request.reopened", given, reason=given.words["reason"]) is not None


def _assigned(request: Request, ask: Ask, given: Given) -> bool:
    leg, helper = _leg(request, given), given.words["helper_id"]
    if leg is None or leg.helper_id != helper or (leg.offer_expires_at is not None and leg.offer_expires_at <= ask.at):
        return False
    return leg.state is not LegState.DROPPED and _last(request, ask, "leg.assigned", given, helper=helper) is not None


def _claimed(request: Request, ask: Ask, given: Given) -> bool:
    return _is_mine(request, ask, given, *HELD, *SERVED) and _last(request, ask, "leg.claimed", given) is not None


def _accepted(request: Request, ask: Ask, given: Given) -> bool:
    return _is_mine(request, ask, given, *HELD, *SERVED)


def _started(request: Request, ask: Ask, given: Given) -> bool:
    return _is_mine(request, ask, given, LegState.STARTED, *SERVED)


def _completed(request: Request, ask: Ask, given: Given) -> bool:
    leg = _leg(request, given)
    return _is_mine(request, ask, given, *SERVED) and leg is not None and leg.note == given.words["note"]


def _left(request: Request, ask: Ask, given: Given) -> bool:
    """Whoever given no, or handed the leg back, and does not have it again."""
    leg, reason = _leg(request, given), given.words["reason"]
    ways = {"leg.declined", "leg.handed_back"}
    mine = (e for e in reversed(request.timeline) if e.code in ways and e.params.get("leg") == given.leg_id)
    last = next((entry for entry in mine if entry.actor == ask.caller.id), None)
    gone = leg is not None and leg.helper_id != ask.caller.id
    return gone and last is not None and last.params.get("reason") == reason


def _released(request: Request, ask: Ask, given: Given) -> bool:
    taken = _last(request, ask, "leg.taken_back", given, reason=given.words["reason"])
    return taken is not None or _left(request, ask, given)


def _reported(request: Request, ask: Ask, given: Given) -> bool:
    noted = _last(request, ask, "leg.reported", given, note=given.words["note"])
    return noted is not None and ask.at < noted.at + AGAIN and _is_mine(request, ask, given, *HELD)


def _withdrawn(request: Request, ask: Ask, given: Given) -> bool:
    return _last(request, ask, "leg.withdrawn", given, reason=given.words["reason"]) is not None


def _acknowledged(request: Request, ask: Ask, given: Given) -> bool:
    return _last(request, ask, "leg.outside_acknowledged", given, note=given.words["note"]) is not None


_RULES: Final[Mapping[Command, Callable[[Request, Ask, Given], bool]]] = {
    Command.CANCEL: _cancelled,
    Command.REJECT: _rejected,
    Command.HOLD: _held,
    Command.RESUME: _resumed,
    Command.TRIAGE: _triaged,
    Command.CONTACT: _contacted,
    Command.CONFIRM: _confirmed,
    Command.RATE: _rated,
    Command.REOPEN: _reopened,
    Command.ASSIGN: _assigned,
    Command.CLAIM: _claimed,
    Command.ACCEPT: _accepted,
    Command.START: _started,
    Command.COMPLETE: _completed,
    Command.DECLINE: _left,
    Command.RELEASE: _released,
    Command.REPORT: _reported,
    Command.WITHDRAW: _withdrawn,
    Command.ACKNOWLEDGE_OUTSIDE: _acknowledged,
}
"""Every command of people but the opening of a leg: two more legs of one sort may both be meant."""
