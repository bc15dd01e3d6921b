"""A creation is recognised by who made it under which key, and by what was said."""

from dataclasses import dataclass
from typing import Any

import pytest

from services.members.creation.domain import CreationKey, Why, creation_key
from services.members.creation.handlers import make_once
from shared.refusal import Refusal
from shared.store.document import Created, Document

TAKEN = Refusal("person.username_taken")
KEY = creation_key("person", "admin", "k1", "anna", "{}")


@dataclass
class Thing:
    form: CreationKey | None


class Things:
    """One thing, which has the natural id that is asked for; found by its key as the index finds it."""

    def __init__(self, known: CreationKey | None) -> None:
        self.only = Document("t1", 1, Thing(known))

    async def select(self, where: Any, **_: Any) -> list[Document[Thing]]:
        known = self.only.state.form
        return [self.only] if known is not None and known.id == where["state.form.id"] else []

    async def make(self) -> Created[Thing]:
        return Created(self.only, fresh=False)


async def made(known: CreationKey | None) -> Created[Thing]:
    things = Things(known)
    return await make_once(things, KEY, things.make, TAKEN)  # type: ignore[arg-type]


async def test_the_same_call_finds_what_it_made() -> None:
    created = await made(creation_key("person", "admin", "k1", "anna", "{}"))
    assert not created.fresh
    assert created.document.id == "t1"


async def test_a_key_that_said_something_else_is_refused_as_reused() -> None:
    with pytest.raises(Refusal, match=Why.KEY_REUSED):
        await made(creation_key("person", "admin", "k1", "bo", "{}"))


@pytest.mark.parametrize(
    "known",
    [
        creation_key("person", "admin", "k2", "anna", "{}"),
        creation_key("person", "other", "k1", "anna", "{}"),
        creation_key("place", "admin", "k1", "anna", "{}"),
        None,
    ],
)
async def test_another_key_another_actor_or_none_at_all_is_somebody_elses(known: CreationKey | None) -> None:
    with pytest.raises(Refusal, match=TAKEN.code):
        await made(known)
