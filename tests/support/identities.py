"""The ids of people in tests: keyed as in a running system, by a key that every test knows."""

import os
from pathlib import Path
from typing import Final

from services.members.people.domain import identity

KEY: Final = bytes.fromhex("5a" * 32)


def person_id_of(username: str) -> str:
    """Return the id of the person with this account name, in a system that has the tests' key."""
    return identity.person_id_of(KEY, username)


def key_file(folder: Path) -> Path:
    """Keep the tests' key in this folder, as a system's own, and return the file; processes may share the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    path, fresh = folder / "person.key", folder / f".person.key.{os.getpid()}"
    fresh.write_text(KEY.hex(), encoding="ascii")
    fresh.replace(path)
    return path
