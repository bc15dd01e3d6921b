"""What we show of points."""

from services.members.points.domain import Entry, Sheet
from shared.store.document import Documents


async def entries_of(sheets: Documents[Sheet], person_id: str) -> list[Entry]:
    """Return every entry of a person, the latest first; the balance is their sum."""
    found = await sheets.select({"state.entries.person_id": person_id})
    entries = [entry for sheet in found for entry in sheet.state.entries if entry.person_id == person_id]
    return sorted(entries, key=lambda entry: (entry.at, entry.id), reverse=True)
