"""What we show of the organisation."""

from services.members.organisation.domain import Unit
from shared.store.document import Document, Documents


async def list_units(units: Documents[Unit]) -> list[Document[Unit]]:
    """Return every unit, ordered by id."""
    return await units.select({}, sort=[("_id", 1)])
