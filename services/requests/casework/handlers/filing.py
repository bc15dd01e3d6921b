"""File a request: who and where it concerns, and once per key."""

from services.requests.casework.domain.filing import Filing, Form, file
from services.requests.casework.domain.permissions import FILES_FOR_OTHERS, sees
from services.requests.casework.domain.request import Ask, Request, Why
from services.requests.casework.handlers.casework import Casework
from shared.auth.actor import Actor
from shared.ids import derive_id
from shared.refusal import Refusal
from shared.store.commands import create_once
from shared.store.document import Because, Created, Document, next_version


async def file_request(casework: Casework, actor: Actor, key: str, form: Form) -> Created[Request]:
    """File a request once per idempotency key; the same form again finds what the first one filed."""
    ask = casework.ask(actor)
    requester_id, place = await _concerned(casework, actor, form)
    for_themself = requester_id == actor.id
    filing = Filing(
        id=derive_id("request", actor.id, key),
        form=form,
        requester_id=requester_id,
        place=place,
        requester_name=actor.name if for_themself else None,
        requester_account=actor.username if for_themself else None,
        units=await _units(casework, actor, requester_id),
    )

    async def make() -> Created[Request]:
        state, facts = file(filing, ask, casework.system)
        return await casework.documents.create(filing.id, state, facts, Because.command(actor.id, key, ask.at))

    created = await create_once(make, is_same=lambda request: request.fingerprint == form.fingerprint)
    known = created.document.state
    if created.fresh or sees(known, ask.caller):
        return created
    # Whoever filed it for somebody is told again what they filed, and nothing of what became of it.
    state, facts = file(filing, Ask(ask.caller, known.filed_at), casework.system)
    return Created(Document(known.id, next_version(0, facts), state), fresh=False)


async def _units(casework: Casework, actor: Actor, requester_id: str) -> tuple[str, ...] | None:
    """Return the units of whoever asks and all above them; who asks for themself tells theirs with their token."""
    if requester_id == actor.id and not actor.units:
        return ()
    return await casework.directory.belongs(requester_id, actor.units if requester_id == actor.id else ())


async def _concerned(casework: Casework, actor: Actor, form: Form) -> tuple[str, str]:
    """Return whom and where the request concerns, or refuse: not for others, unknown person, no or unknown place."""
    requester_id, home = actor.id, actor.place
    if form.requester_id is not None and form.requester_id != actor.id:
        if not actor.has(*FILES_FOR_OTHERS):
            raise Refusal(Why.ONLY_FOR_YOURSELF)
        resident = await casework.directory.resident(form.requester_id)
        if resident is None:
            raise Refusal(Why.UNKNOWN_REQUESTER)
        requester_id, home = resident.id, resident.place
    place = form.place or home
    if place is None:
        raise Refusal(Why.PLACE_MISSING)
    if not await casework.directory.knows_place(place):
        raise Refusal(Why.UNKNOWN_PLACE, place=place)
    return requester_id, place
