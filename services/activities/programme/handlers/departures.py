"""Settling what hangs on people who changed or left: load, decide, commit, one activity at a time."""

from collections.abc import Mapping, Sequence
from typing import Final

from services.activities.directory.domain import Person
from services.activities.directory.store import PersonFact
from services.activities.programme.domain.activity import Activity
from services.activities.programme.domain.departures import settle
from services.activities.programme.handlers.commands import Programme, departed_waiting
from services.activities.programme.store import organised_by, signed_up_for
from shared.contracts.event import Event
from shared.store.document import Because, Document, change

SERVICE: Final = "activities"
_AT_ONCE: Final = 100


async def settle_people(programme: Programme, events: Sequence[Event[PersonFact]]) -> None:
    """Settle the activities of people whom these events told of, as far as the events are not overtaken by later ones.

    What counts is who the people are by now, so that the order and the repetition of events make no difference.
    """
    told = {event.data.person_id: event for event in events}
    people = await programme.directory.people(list(told))
    for document in await _concerned(programme, people):
        for person in people.values():
            because = Because.event(told[person.id], programme.clock.now(), SERVICE)
            await _settle(programme, document, person, because)


async def look_again(programme: Programme) -> None:
    """Settle once more what people had who left some minutes ago: a sign-up may have been under way meanwhile."""
    now = programme.clock.now()
    for person in await programme.directory.to_look_at(now, _AT_ONCE):
        for document in await _concerned(programme, {person.id: person}):
            because = Because.command(SERVICE, f"left:{person.id}:{document.version}", now, correlation=document.id)
            await _settle(programme, document, person, because)
        await programme.directory.looked_at(person.id, now)


async def _concerned(programme: Programme, people: Mapping[str, Person]) -> Sequence[Document[Activity]]:
    now = programme.clock.now()
    found = await programme.activities.select(organised_by(list(people), now))
    left = [person.id for person in people.values() if person.left]
    if left:
        found += await programme.activities.select(signed_up_for(left, now))
    return list({document.id: document for document in found}.values())


async def _settle(programme: Programme, document: Document[Activity], person: Person, because: Because) -> None:
    if settle(document.state, person, because.at)[0] == document.state:
        return
    async with programme.turns.of(document.id):
        left = await departed_waiting(programme, document.id)
        await change(programme.activities, document.id, lambda state: settle(state, person, because.at, left), because)
