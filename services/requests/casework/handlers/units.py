"""Write into requests of an earlier release whose units they are."""

from msgspec.structs import replace

from services.requests.casework.domain.request import Request
from services.requests.directory.store import Directory
from shared.store.aggregates import MongoDocuments


async def write_units(requests: MongoDocuments[Request], directory: Directory, after: str, limit: int) -> str:
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
