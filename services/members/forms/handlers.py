"""Make a thing with a natural id once per form."""

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from services.members.forms.domain import Form, recognise
from shared.refusal import Refusal
from shared.store.document import Conflict, Created, Documents


class Formed(Protocol):
    """A state that knows the form it was made by; None when it came from elsewhere."""

    @property
    def form(self) -> Form | None:
        """Return the form."""
        ...


S = TypeVar("S", bound=Formed)


async def make_once(
    documents: Documents[S], form: Form, make: Callable[[], Awaitable[Created[S]]], taken: Refusal
) -> Created[S]:
    """Make a thing, or find what this form made before, however it looks by now.

    `make` checks and creates; it is asked only when this key made nothing yet. Raises `taken` when the thing's id
    belongs to one that came from elsewhere, and refuses a key that made something by a form that said something else.
    """
    created = await _made_by(documents, form)
    if created is None:
        try:
            created = await make()
        except Conflict:
            created = await _made_by(documents, form)
            if created is None:
                raise
    recognise(created.document.state.form, form, taken)
    return created


async def _made_by(documents: Documents[S], form: Form) -> Created[S] | None:
    found = await documents.select({"state.form.id": form.id}, limit=1)
    return Created(found[0], fresh=False) if found else None
