"""File a request, and triage it."""

import msgspec
from msgspec import Struct

from services.requests.allowed.domain import FILES_FOR_OTHERS, sees
from services.requests.casework.domain import Ask, Command, Request, Why
from services.requests.casework.handlers import Casework, decide_for_person
from services.requests.filing.domain import Filing, file, triage, way_in
from services.requests.repeats.domain import Said
from shared.auth.actor import Actor
from shared.contracts.stages import Channel, Visibility
from shared.ids import derive_id
from shared.refusal import Refusal
from shared.store.document import Because, Created, Document, Terms, next_version


class Form(Struct, frozen=True):
    """What was filled in; what is None follows from who files."""

    category: str
    title: str
    text: str
    place: str | None = None
    urgent: bool = False
    requester_id: str | None = None
    channel: Channel | None = None
    visibility: Visibility | None = None


async def file_request(casework: Casework, actor: Actor, key: str, form: Form) -> Created[Request]:
    """File a request once per idempotency key; the same form again finds what the first one filed."""
    ask = casework.ask(actor)
    requester_id, place = await _concerned(casework, actor, form)
    filing = Filing(
        id=derive_id("request", actor.id, key),
        fingerprint=derive_id("form", msgspec.json.encode(form).decode()),
        category=form.category,
        title=form.title,
        text=form.text,
        place=place,
        channel=way_in(form.channel, for_another=requester_id != actor.id),
        requester_id=requester_id,
        visibility=form.visibility,
        urgent=form.urgent,
        requester_name=actor.name if requester_id == actor.id else None,
        requester_account=actor.username if requester_id == actor.id else None,
        units=await _units(casework, actor, requester_id),
    )
    state, facts = file(filing, ask, casework.system)
    created = await casework.documents.create(filing.id, state, facts, Because.command(actor.id, key, ask.at))
    if created.fresh:
        return created
    known = created.document.state
    if known.fingerprint != filing.fingerprint:
        raise Refusal(Why.KEY_REUSED)
    if sees(known, ask.caller):
        return created
    # Whoever filed it for somebody is told again what they filed, and nothing of what became of it.
    state, facts = file(filing, Ask(ask.caller, known.filed_at), casework.system)
    return Created(Document(known.id, next_version(0, facts), state), fresh=False)


async def _units(casework: Casework, actor: Actor, requester_id: str) -> tuple[str, ...] | None:
    """Return the units of whoever asks and all above them; who asks for themself tells theirs with their token."""
    if requester_id == actor.id and not actor.units:
        return ()
    return await casework.learnt.belongs(requester_id, actor.units if requester_id == actor.id else ())


async def triage_request(
    casework: Casework, actor: Actor, request_id: str, category: str | None, terms: Terms, *, urgent: bool | None
) -> Document[Request]:
    """Let the desk say what a request really is, and how urgent."""
    return await decide_for_person(
        casework,
        actor,
        request_id,
        lambda request, ask: triage(request, ask, category, casework.system, urgent=urgent),
        terms,
        Said(Command.TRIAGE, None, {"category": category, "urgent": urgent}),
    )


async def _concerned(casework: Casework, actor: Actor, form: Form) -> tuple[str, str]:
    """Return whom and where the request concerns, or refuse: not for others, unknown person, no or unknown place."""
    requester_id, home = actor.id, actor.place
    if form.requester_id is not None and form.requester_id != actor.id:
        if not actor.has(*FILES_FOR_OTHERS):
            raise Refusal(Why.ONLY_FOR_YOURSELF)
        resident = await casework.learnt.resident(form.requester_id)
        if resident is None:
            raise Refusal(Why.UNKNOWN_REQUESTER)
        requester_id, home = resident.id, resident.place
    place = form.place or home
    if place is None:
        raise Refusal(Why.PLACE_MISSING)
    if not await casework.learnt.knows_place(place):
        raise Refusal(Why.UNKNOWN_PLACE, place=place)
    return requester_id, place
