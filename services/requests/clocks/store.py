"""How due requests are found."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from services.requests.casework.store import LONG_AGO
from shared.store.mongo import Index

INDEX: Final = Index(keys=(("state.due_at", 1),), partial={"state.due_at": {"$gt": LONG_AGO}})


def due_before(moment: datetime) -> Mapping[str, Any]:
    """Return the filter of requests with a clock that is due at this moment."""
    return {"state.due_at": {"$gt": LONG_AGO, "$lte": moment}}
