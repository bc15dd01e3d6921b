"""React to people who leave, come back, or are no helpers any more; told twice or late, it has no further effect."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any, Final

from services.requests.casework.domain import SERVICE, Ask, Caller, Request
from services.requests.casework.handlers import Casework
from services.requests.learnt.domain import Resident
from services.requests.leavers.domain import OPEN, note_requester, release_legs
from services.requests.leavers.store import left_by, unended_of, with_open_legs_of
from services.requests.story.domain import Decision
from shared.contracts.members import Role
from shared.store.document import Because, Document, change

_PAGE: Final = 200


async def follow_people(casework: Casework, causes: Mapping[str, str]) -> None:
    """Bring open requests in line with what is now known of these people; `causes` names the event for each of them."""
    known = await casework.learnt.known(causes)
    unfit = sorted(one.id for one in known.values() if not is_helper(one))
    gone = sorted(one.id for one in known.values() if one.departed)
    back = sorted(one.id for one in known.values() if not one.departed)
    async for document in _pages(casework, with_open_legs_of, unfit):
        for person_id in {leg.helper_id for leg in document.state.legs if leg.state in OPEN} & known.keys():
            await _let_go(casework, document.id, known[person_id or ""], causes[person_id or ""])
    for where, people in ((unended_of, gone), (left_by, back)):
        async for document in _pages(casework, where, people):
            person = known[document.state.requester_id]
            await _decide(casework, document.id, causes[person.id], lambda r, a, who=person: note_requester(r, a, who))


async def let_go_if_unfit(casework: Casework, request_id: str, person_id: str, cause: str) -> None:
    """Take the legs of one request from a person who has left, or is no helper any more, when they got them.

    Whoever gives somebody a leg asks this afterwards: either this or `follow_people` sees both the leg and the leaving.
    """
    known = await casework.learnt.known([person_id])
    if person_id in known and not is_helper(known[person_id]):
        await _let_go(casework, request_id, known[person_id], cause)


def is_helper(person: Resident) -> bool:
    """Tell whether the person is here and a helper, as far as it is known."""
    return not person.departed and (person.roles is None or Role.HELPER in person.roles)


async def _let_go(casework: Casework, request_id: str, person: Resident, cause: str) -> None:
    await _decide(casework, request_id, cause, lambda r, a: release_legs(r, a, person))


async def _decide(casework: Casework, request_id: str, cause: str, decide: Callable[[Request, Ask], Decision]) -> None:
    at = casework.clock.now()
    because = Because(SERVICE, cause, request_id, at)
    ask = Ask(Caller(SERVICE), at)
    await change(casework.documents, request_id, lambda state: decide(state, ask), because)


async def _pages(
    casework: Casework, where: Callable[[Sequence[str]], Mapping[str, Any]], people: Sequence[str]
) -> AsyncIterator[Document[Request]]:
    """Yield what is found for these people, in pages by id: what is yielded changes while it is gone through."""
    last = ""
    while people:
        found = await casework.documents.select({**where(people), "_id": {"$gt": last}}, sort=[("_id", 1)], limit=_PAGE)
        for document in found:
            yield document
        if len(found) < _PAGE:
            return
        last = found[-1].id
