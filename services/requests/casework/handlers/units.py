"""Write into requests of an earlier release whose units they are."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from msgspec.structs import replace

from services.requests.casework.domain.request import Request
from services.requests.directory.store import Directory
from shared.store.document import Document


class Requests(Protocol):
    """Requests that can be completed."""

    async def select(
        self, where: Mapping[str, Any], *, sort: Sequence[tuple[str, int]] = (), limit: int = 0
    ) -> list[Document[Request]]:
        """Return the documents that match."""
        ...

    async def complete(self, document: Document[Request], state: Request) -> bool:
        """Write what a state lacked; False when the document was changed meanwhile."""
        ...


async def write_units(requests: Requests, directory: Directory, after: str, limit: int) -> str:
    """Write the units of whoever asked into requests that lack them; return where the next look begins.

    They were filed before units were kept, or before the units were heard of. Those of whom nothing is heard yet wait.
    """
    where = {"state.units": None, "_id": {"$gt": after}}
    found = await requests.select(where, sort=[("_id", 1)], limit=limit)
    for document in found:
        units = await directory.belongs(document.state.requester_id, ())
        if units is not None:
            await requests.complete(document, replace(document.state, units=units))
    return found[-1].id if len(found) == limit else ""
