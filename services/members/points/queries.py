"""What we show of points."""

from services.members.points.domain import Entry, Transaction
from shared.store.document import Documents


async def entries_of(transactions: Documents[Transaction], person_id: str) -> list[Entry]:
    """Return every entry of a person, the latest first; the balance is their sum."""
    found = await transactions.select({"state.entries.person_id": person_id})
    entries = [entry for transaction in found for entry in transaction.state.entries if entry.person_id == person_id]
    return sorted(entries, key=lambda entry: (entry.at, entry.id), reverse=True)
