"""How people are found, by keys and account names, and where the key of identities is kept."""

import contextlib
import os
import secrets
from pathlib import Path
from typing import Final

from services.members.people.domain.identity import is_guessable
from services.members.people.domain.person import Person
from shared.contracts.places import ancestors
from shared.finding import Keys
from shared.store.aggregates import KEYS
from shared.store.mongo import Collection, Index, Upsert

USERNAME_INDEX: Final = Index((("state.username", 1),), unique=True)
"""Keeps an account name from belonging to two people, also when their ids came from two keys."""
NOTES: Final = "upgrades"
"""The collection that notes what no earlier release has left behind any more."""
KEYED: Final = "person-ids"
"""The note that every id of a person follows from the key, or was drawn."""
HALF_DONE: Final = "renaming"
"""The collection that holds old and new ids while people are renamed, and is dropped at the end."""
_BYTES: Final = 32


def key_in(path: Path) -> bytes:
    """Return the key of this file, which is made (mode 600) when there is none; of two processes one makes it.

    Raises `ValueError` when the file holds fewer than 32 hexadecimal digits and no key can be read from it.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        made = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        made.touch(mode=0o600)
        made.write_text(secrets.token_hex(_BYTES), encoding="ascii")
        with contextlib.suppress(FileExistsError):
            os.link(made, path)
        made.unlink()
    key = bytes.fromhex(path.read_text(encoding="ascii"))
    if len(key) < _BYTES // 2:
        msg = f"{path} holds no key: at least {_BYTES} hexadecimal digits are needed"
        raise ValueError(msg)
    return key


async def is_half_done(renaming: Collection) -> bool:
    """Tell whether a renaming of people was begun and not ended."""
    return await renaming.find_one({}) is not None


async def guessable_left(people: Collection, notes: Collection) -> int:
    """Return how many people still have ids that an earlier release gave; 0 is noted, and never counted again."""
    if await notes.find_one({"_id": KEYED}) is not None:
        return 0
    rows = await people.find({}, fields=("state.username",))
    left = sum(is_guessable(row["_id"], row["state"]["username"]) for row in rows)
    if not left:
        await notes.upsert_many([Upsert({"_id": KEYED}, {"$set": {"done": True}})])
    return left


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
