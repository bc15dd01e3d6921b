"""What a person's id follows from: the account name, and a key that this service has alone."""

from shared.ids import derive_id, keyed_id


def person_id_of(key: bytes, username: str) -> str:
    """Return the id of the person who joins under this account name; a second one meets the first at it.

    Whoever is in the ledger already keeps the id that they have, also when the key was lost or is new: look them up by
    their account name first.
    """
    return keyed_id(key, "person", username)


def guessable_id_of(username: str) -> str:
    """Return the id that earlier releases gave: a plain hash, by which everybody finds the name by trying them."""
    return derive_id("person", username)


def is_guessable(person_id: str, username: str) -> bool:
    """Tell whether a person still has an id that an earlier release gave."""
    return person_id == guessable_id_of(username)
