"""One request, as far as it tells who has to do with whom. Facts may come in any order and more than once."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import permutations
from typing import Final

from shared.contracts.places import ancestors
from shared.contracts.requests.leg import (
    LegAccepted,
    LegDeclined,
    LegDone,
    LegDropped,
    LegExpired,
    LegFact,
    LegOffered,
    LegReleased,
)
from shared.contracts.requests.request import RequestClosed, RequestFact, RequestFiled, RequestTriaged
from shared.contracts.stages import Visibility

_PERSON: Final = re.compile(r"[0-9a-f]{26}")
_STRICTNESS: Final = tuple(Visibility)


@dataclass(frozen=True, slots=True)
class Hand:
    """Who has a leg, or was offered it, as of the version of the request; None: nobody."""

    version: int
    helper_id: str | None


@dataclass(frozen=True, slots=True)
class Case:
    """A request: whose it is, who filed it, who acted on it, who serves or served it, and who was only ever asked.

    `units` are those of the requester and all above them, when it was last heard of.
    """

    place: str | None = None
    visibility: Visibility = Visibility.PUBLIC
    requester_id: str | None = None
    filed_by_id: str | None = None
    units: tuple[str, ...] = ()
    actors: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    served: tuple[str, ...] = ()
    hands: Mapping[str, Hand] = field(default_factory=dict[str, Hand])


def learn(case: Case, fact: RequestFact, version: int, actor: str) -> Case:
    """Return what is known of the case with this fact, and with who caused it."""
    case = replace(case, actors=_with(case.actors, [actor] if _PERSON.fullmatch(actor) else []))
    if isinstance(fact, LegFact):
        return _of_leg(case, fact, version)
    match fact:
        case RequestFiled():
            return replace(
                case,
                place=fact.place,
                visibility=_stricter(case.visibility, fact.visibility),
                requester_id=fact.requester_id,
                filed_by_id=fact.filed_by_id,
            )
        case RequestTriaged():
            return replace(case, visibility=_stricter(case.visibility, fact.visibility))
        case RequestClosed():
            served = [leg.helper_id for leg in fact.legs if leg.helper_id is not None]
            strict = _stricter(case.visibility, fact.visibility)
            return replace(case, visibility=strict, asked=_with(case.asked, served), served=_with(case.served, served))
        case _:
            return case


def _of_leg(case: Case, fact: LegFact, version: int) -> Case:
    match fact:
        case LegOffered() | LegAccepted():
            return _held(replace(case, asked=_with(case.asked, [fact.helper_id])), fact, version, fact.helper_id)
        case LegDone():
            did = [fact.helper_id]
            served = replace(case, asked=_with(case.asked, did), served=_with(case.served, did))
            return _held(served, fact, version, fact.helper_id)
        case LegDeclined() | LegExpired() | LegReleased():
            return _held(replace(case, asked=_with(case.asked, [fact.helper_id])), fact, version, None)
        case LegDropped():
            return _held(case, fact, version, None)
        case _:
            return case


def _held(case: Case, fact: LegFact, version: int, helper_id: str | None) -> Case:
    known = case.hands.get(fact.leg_id)
    if known is not None and known.version >= version:
        return case
    return replace(case, hands={**case.hands, fact.leg_id: Hand(version, helper_id)})


def those_concerned(case: Case) -> frozenset[str]:
    """Return who has to do with each other: whoever was only asked to help counts as long as they have the offer."""
    holding = {hand.helper_id for hand in case.hands.values()}
    acted = set(case.actors) - set(case.asked)
    people = {case.requester_id, case.filed_by_id, *holding, *case.served, *acted}
    return frozenset(one for one in people if one is not None)


def keys_of_case(case: Case) -> list[str]:
    """Return what the case is found by: who may see whose name, and whose names those see who work for it."""
    concerned = those_concerned(case)
    everybody = sorted(concerned | set(case.asked))
    return [
        *(sees(one, other) for one, other in permutations(sorted(concerned), 2)),
        *(at_work(where, one) for where in desks_of(case) for one in everybody),
        *(there(case.place, where) for where in desks_of(case) if case.place and where.startswith(_UNIT)),
    ]


def desks_of(case: Case) -> Sequence[str]:
    """Return whose work the case is: the desks of its places and of its requester's units, or the sealed readers."""
    if case.visibility is Visibility.SEALED:
        return (SEALED,)
    around = ancestors(case.place) if case.place else ()
    return (*(at_place(place) for place in around), *(in_unit(unit) for unit in case.units))


SEALED: Final = "sealed"
"""The desk of sealed requests: its readers."""
_UNIT: Final = "%"


def at_place(place: str) -> str:
    """Return the desk of a place."""
    return f"@{place}"


def in_unit(unit: str) -> str:
    """Return the desk of a unit."""
    return f"{_UNIT}{unit}"


def sees(viewer: str, seen: str) -> str:
    """Return the key of one person seeing another's name."""
    return f"{viewer}>{seen}"


def at_work(desk: str, seen: str) -> str:
    """Return the key of a desk seeing a person's name."""
    return f"{desk}>{seen}"


def there(place: str, desk: str) -> str:
    """Return the key of a place at which a desk has work to do."""
    return f"{desk}>{place}"


def _with(known: tuple[str, ...], more: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({*known, *more}))


def _stricter(one: Visibility, other: Visibility) -> Visibility:
    return max(one, other, key=_STRICTNESS.index)
