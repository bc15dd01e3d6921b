"""Which commands are done already: given before by the same person, in the same words, and not undone since.

The timeline tells who did what last; the rest of the request tells whether it still stands.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Final

from msgspec import Struct, field

from services.requests.casework.domain import Ask, Command, Entry, Leg, Rating, Request, Revision
from services.requests.rules.domain import HELD, SERVED
from shared.contracts.stages import LegState, Stage

AGAIN: Final = timedelta(minutes=10)
"""A note in the same words within this time is the same note."""


class Said(Struct, frozen=True):
    """What a person's command says: about which leg, if any, and in which words; what is None was not said."""

    command: Command
    leg_id: str | None = None
    words: Mapping[str, object] = field(default_factory=dict[str, object])


def is_done(request: Request, ask: Ask, said: Said) -> bool:
    """Tell whether this person's same command has brought the request to where it is."""
    rule = _RULES.get(said.command)
    return rule is not None and rule(request, ask, said)


_UNDOES: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "request.cancelled": frozenset(),
        "request.rejected": frozenset(),
        "request.held": frozenset({"request.resumed", "request.cancelled", "request.rejected"}),
        "request.resumed": frozenset({"request.held", "request.cancelled", "request.rejected"}),
        "request.triaged": frozenset({"leg.withdrawn", "request.cancelled", "request.rejected"}),
        "request.reopened": frozenset({"request.resolved", "request.closed", "request.cancelled", "request.rejected"}),
        "request.not_solved": frozenset(
            {"request.resolved", "request.closed", "request.cancelled", "request.rejected"}
        ),
        "request.closed": frozenset({"request.reopened"}),
        "request.contact_noted": frozenset(),
        "leg.assigned": frozenset({"leg.offered", "leg.claimed"}),
        "leg.claimed": frozenset({"leg.offered", "leg.assigned"}),
        "leg.taken_back": frozenset({"leg.accepted"}),
        "leg.reported": frozenset({"leg.nudged", "leg.quiet"}),
        "leg.withdrawn": frozenset(),
        "leg.outside_acknowledged": frozenset({"leg.outside_by_hand"}),
    }
)
"""Which lines of the timeline undo what another one tells."""


def _last(request: Request, ask: Ask, code: str, said: Said, **words: object) -> Entry | None:
    """Return the line in which this person said the same, when nothing later has undone it."""
    turns = _UNDOES[code] | {code}
    last = next((e for e in reversed(request.timeline) if e.code in turns and _is_about(e, said)), None)
    if last is None or last.code != code or last.actor != ask.caller.id:
        return None
    return last if all(last.params.get(name) == word for name, word in words.items()) else None


def _is_about(entry: Entry, said: Said) -> bool:
    return said.leg_id is None or entry.params.get("leg") == said.leg_id


def _leg(request: Request, said: Said) -> Leg | None:
    return next((leg for leg in request.legs if leg.id == said.leg_id), None)


def _is_mine(request: Request, ask: Ask, said: Said, *states: LegState) -> bool:
    leg = _leg(request, said)
    return leg is not None and leg.helper_id == ask.caller.id and leg.state in states


def _cancelled(request: Request, ask: Ask, said: Said) -> bool:
    return _last(request, ask, "request.cancelled", said, reason=said.words.get("reason")) is not None


def _rejected(request: Request, ask: Ask, said: Said) -> bool:
    return _last(request, ask, "request.rejected", said, **said.words) is not None


def _held(request: Request, ask: Ask, said: Said) -> bool:
    same = request.held_for_requester == said.words["for_requester"]
    return same and _last(request, ask, "request.held", said, reason=said.words["reason"]) is not None


def _resumed(request: Request, ask: Ask, said: Said) -> bool:
    return _last(request, ask, "request.resumed", said) is not None


def _triaged(request: Request, ask: Ask, said: Said) -> bool:
    category, urgent = said.words["category"] or request.category, said.words["urgent"]
    same = category == request.category and urgent in {None, request.urgent}
    return same and _last(request, ask, "request.triaged", said, category=category) is not None


def _contacted(request: Request, ask: Ask, said: Said) -> bool:
    noted = _last(request, ask, "request.contact_noted", said, note=said.words["note"])
    return noted is not None and ask.at < noted.at + AGAIN


def _confirmed(request: Request, ask: Ask, said: Said) -> bool:
    code = "request.closed" if said.words["solved"] else "request.not_solved"
    ratings = (request.rating, *request.rating.earlier) if request.rating else ()
    if said.words["solved"] and request.stage is not Stage.CLOSED_CONFIRMED:
        return False
    return any(_says(one, said) for one in ratings) and _last(request, ask, code, said) is not None


def _rated(request: Request, ask: Ask, said: Said) -> bool:
    mine = ask.caller.id == request.requester_id and request.closed_at is not None
    return mine and request.rating is not None and request.rating.solved and _says(request.rating, said)


def _says(rating: Rating | Revision, said: Said) -> bool:
    return all(getattr(rating, name) == word for name, word in said.words.items() if name != "answers")


def _reopened(request: Request, ask: Ask, said: Said) -> bool:
    return _last(request, ask, "request.reopened", said, reason=said.words["reason"]) is not None


def _assigned(request: Request, ask: Ask, said: Said) -> bool:
    leg, helper = _leg(request, said), said.words["helper"]
    if leg is None or leg.helper_id != helper or (leg.offer_expires_at is not None and leg.offer_expires_at <= ask.at):
        return False
    return leg.state is not LegState.DROPPED and _last(request, ask, "leg.assigned", said, helper=helper) is not None


def _claimed(request: Request, ask: Ask, said: Said) -> bool:
    return _is_mine(request, ask, said, *HELD, *SERVED) and _last(request, ask, "leg.claimed", said) is not None


def _accepted(request: Request, ask: Ask, said: Said) -> bool:
    return _is_mine(request, ask, said, *HELD, *SERVED)


def _started(request: Request, ask: Ask, said: Said) -> bool:
    return _is_mine(request, ask, said, LegState.STARTED, *SERVED)


def _completed(request: Request, ask: Ask, said: Said) -> bool:
    leg = _leg(request, said)
    return _is_mine(request, ask, said, *SERVED) and leg is not None and leg.note == said.words["note"]


def _left(request: Request, ask: Ask, said: Said) -> bool:
    """Whoever said no, or handed the leg back, and does not have it again."""
    leg, reason = _leg(request, said), said.words["reason"]
    ways = {"leg.declined", "leg.handed_back"}
    mine = (e for e in reversed(request.timeline) if e.code in ways and e.params.get("leg") == said.leg_id)
    last = next((entry for entry in mine if entry.actor == ask.caller.id), None)
    gone = leg is not None and leg.helper_id != ask.caller.id
    return gone and last is not None and last.params.get("reason") == reason


def _released(request: Request, ask: Ask, said: Said) -> bool:
    taken = _last(request, ask, "leg.taken_back", said, reason=said.words["reason"])
    return taken is not None or _left(request, ask, said)


def _reported(request: Request, ask: Ask, said: Said) -> bool:
    noted = _last(request, ask, "leg.reported", said, note=said.words["note"])
    return noted is not None and ask.at < noted.at + AGAIN and _is_mine(request, ask, said, *HELD)


def _withdrawn(request: Request, ask: Ask, said: Said) -> bool:
    return _last(request, ask, "leg.withdrawn", said, reason=said.words["reason"]) is not None


def _acknowledged(request: Request, ask: Ask, said: Said) -> bool:
    return _last(request, ask, "leg.outside_acknowledged", said, note=said.words["note"]) is not None


_RULES: Final[Mapping[Command, Callable[[Request, Ask, Said], bool]]] = MappingProxyType(
    {
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
)
"""Every command of people but the opening of a leg: two more legs of one sort may both be meant."""
