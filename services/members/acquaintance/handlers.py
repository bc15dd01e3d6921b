"""Learning who has to do with whom from what `requests` and `activities` tell."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from services.members.acquaintance.domain.cases import Case
from services.members.acquaintance.domain.cases import learn as learn_case
from services.members.acquaintance.domain.gatherings import Gathering
from services.members.acquaintance.domain.gatherings import learn as learn_gathering
from services.members.duty_areas.domain import DutyMap
from services.members.people.domain.person import Person
from services.members.people.queries import people_by_id
from services.members.units.domain import Unit
from services.members.units.queries import lineages
from shared.clock import Clock
from shared.contracts.activities import ActivityFact
from shared.contracts.event import Event, Fact
from shared.contracts.requests.request import RequestFact, RequestFiled
from shared.store.commands import change_or_create
from shared.store.document import Because, Documents

S = TypeVar("S")
F = TypeVar("F", bound=Fact)


@dataclass(frozen=True, slots=True)
class Acquaintance:
    """What acquaintance needs."""

    cases: Documents[Case]
    gatherings: Documents[Gathering]
    people: Documents[Person]
    units: Documents[Unit]
    duty: Documents[DutyMap]
    clock: Clock


async def follow_requests(acquaintance: Acquaintance, events: Sequence[Event[RequestFact]]) -> None:
    """Learn from what happened to requests."""
    requesters = {event.data.requester_id for event in events if isinstance(event.data, RequestFiled)}
    units = await units_of(acquaintance, requesters)
    await asyncio.gather(
        *(
            _learn(acquaintance.cases, request_id, Case(), _case_of(told, units), _because(acquaintance, told[0]))
            for request_id, told in _by_subject(events).items()
        )
    )


def _case_of(told: Sequence[Event[RequestFact]], units: Mapping[str, frozenset[str]]) -> Callable[[Case], Case]:
    def learn(case: Case) -> Case:
        for event in told:
            case = learn_case(case, event.data, event.version, event.actor)
            if isinstance(event.data, RequestFiled):
                case = replace(case, units=tuple(sorted(units.get(event.data.requester_id, ()))))
        return case

    return learn


async def follow_activities(acquaintance: Acquaintance, events: Sequence[Event[ActivityFact]]) -> None:
    """Learn from what happened to activities."""
    await asyncio.gather(
        *(
            _learn(
                acquaintance.gatherings, activity_id, Gathering(), _gathering_of(told), _because(acquaintance, told[0])
            )
            for activity_id, told in _by_subject(events).items()
        )
    )


def _gathering_of(told: Sequence[Event[ActivityFact]]) -> Callable[[Gathering], Gathering]:
    def learn(gathering: Gathering) -> Gathering:
        for event in told:
            gathering = learn_gathering(gathering, event.data, event.version)
        return gathering

    return learn


async def units_of(acquaintance: Acquaintance, ids: Iterable[str]) -> Mapping[str, frozenset[str]]:
    """Return the units of these people, and all above them; nobody who is unknown is listed."""
    people = await people_by_id(acquaintance.people, sorted(ids))
    lines = await lineages(acquaintance.units, {unit for one in people.values() for unit in one.profile.units})
    return {
        person_id: frozenset(above for unit in person.profile.units for above in lines.get(unit, (unit,)))
        for person_id, person in people.items()
    }


async def _learn(
    documents: Documents[S], document_id: str, nothing: S, learn: Callable[[S], S], because: Because
) -> None:
    """Merge into the document, which is made when there is none; what was learnt before changes nothing."""
    await change_or_create(documents, document_id, nothing, lambda known: (learn(known), ()), because)


def _because(acquaintance: Acquaintance, event: Event[Fact]) -> Because:
    return Because.command("members", event.id, acquaintance.clock.now(), correlation=event.correlation)


def _by_subject(events: Sequence[Event[F]]) -> Mapping[str, list[Event[F]]]:
    told: dict[str, list[Event[F]]] = {}
    for event in events:
        told.setdefault(event.subject, []).append(event)
    return told
