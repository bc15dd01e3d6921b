"""How due requests are found."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from shared.store.mongo import Index

LONG_AGO: Final = datetime(2000, 1, 1, tzinfo=UTC)

INDEX: Final = Index(keys=(("state.due_at", 1),), partial={"state.due_at": {"$gt": LONG_AGO}})


def due_before(moment: datetime) -> Mapping[str, Any]:
    """Return the filter of requests with a clock that is due at this moment."""
    return {"state.due_at": {"$gt": LONG_AGO, "$lte": moment}}
