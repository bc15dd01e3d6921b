"""React to people who leave, come back, or are no helpers any more; told twice or late, it has no further effect."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any, Final

from services.requests.casework.domain.request import SERVICE, Request
from services.requests.casework.handlers.casework import Casework, decide_because
from services.requests.departures.domain import note_requester
from services.requests.departures.store import left_by, unended_of, with_open_legs_of
from services.requests.legs.domain.fitness import OPEN
from services.requests.legs.handlers import is_helper, let_go
from shared.store.document import Because, Document

_PAGE: Final = 200


async def follow_people(casework: Casework, causes: Mapping[str, str]) -> None:
    """Bring open requests in line with what is now known of these people; `causes` names the event for each of them."""
    known = await casework.directory.known(causes)
    unfit = sorted(one.id for one in known.values() if not is_helper(one))
    gone = sorted(one.id for one in known.values() if one.departed)
    back = sorted(one.id for one in known.values() if not one.departed)
    async for document in _pages(casework, with_open_legs_of, unfit):
        for person_id in {leg.helper_id for leg in document.state.legs if leg.state in OPEN} & known.keys():
            await let_go(casework, document.id, known[person_id or ""], causes[person_id or ""])
    for where, people in ((unended_of, gone), (left_by, back)):
        async for document in _pages(casework, where, people):
            person = known[document.state.requester_id]
            because = Because(SERVICE, causes[person.id], document.id, casework.clock.now())
            await decide_because(casework, document.id, lambda r, a, who=person: note_requester(r, a, who), because)


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
