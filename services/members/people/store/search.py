"""How people are found: the keys that are written with each, and the indexes of the lists."""

from typing import Final

from services.members.people.domain.person import Person
from services.members.people.store.identity import USERNAME_INDEX
from shared.contracts.places import ancestors
from shared.finding import Keys
from shared.store.aggregates import KEYS
from shared.store.mongo import Index

LIVES_IN: Final = "@"
"""Marks the keys of the places that hold the one where a person lives, that one too."""
BELONGS_TO: Final = "%"
"""Marks the keys of the units that a person belongs to."""

INDEXES: Final = (
    USERNAME_INDEX,
    Index((("state.departed_at", 1), ("state.username", 1))),
    Index((("state.profile.roles", 1), ("state.departed_at", 1), ("state.username", 1))),
    Index(((KEYS, 1), ("state.departed_at", 1), ("state.username", 1))),
)
"""Each list is an equality and then the order of account names, so that a page costs the same among any number."""


def keys_of(person: Person) -> list[str]:
    """Return what a person is found by: name, pinyin, account name, room, the places around it, and their units."""
    profile = person.profile
    around = ancestors(profile.place) if profile.place else ()
    told = Keys().name(profile.name).number(person.username).place(profile.place).told()
    return [*(LIVES_IN + place for place in around), *(BELONGS_TO + unit for unit in profile.units), *told]
