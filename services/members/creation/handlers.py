"""Make a thing with a natural id once per idempotency key."""

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from services.members.creation.domain import CreationKey
from shared.refusal import Refusal
from shared.store.commands import create_once
from shared.store.document import Created, Document, Documents


class Keyed(Protocol):
    """A state that knows the call it was made by; None when it came from elsewhere."""

    @property
    def form(self) -> CreationKey | None:
        """Return the key of the call."""
        ...


S = TypeVar("S", bound=Keyed)


async def make_once(
    documents: Documents[S], key: CreationKey, make: Callable[[], Awaitable[Created[S]]], taken: Refusal
) -> Created[S]:
    """Make a thing, or find what this key made before; refuses a key that made something else.

    `make` checks and creates. Raises `taken` when the thing's id belongs to one that came from elsewhere.
    """

    async def make_own() -> Created[S]:
        created = await make()
        known = created.document.state.form
        if not created.fresh and (known is None or known.id != key.id):
            raise taken
        return created

    async def find() -> Document[S] | None:
        found = await documents.select({"state.form.id": key.id}, limit=1)
        return found[0] if found else None

    return await create_once(make_own, is_same=lambda state: state.form == key, find=find)
