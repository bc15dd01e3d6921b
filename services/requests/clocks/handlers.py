"""Look for due clocks and let them ring; safe in several replicas, because each is checked again when it rings."""

import asyncio
from typing import Final

from services.requests.casework.domain.request import Request, Why
from services.requests.casework.handlers.casework import Casework, decide_because
from services.requests.clocks.domain import ring
from services.requests.clocks.store import due_before
from shared.refusal import Refusal
from shared.store.document import Because, Conflict, Document

_AT_ONCE: Final = 16
_LOOK: Final = 500
ACTOR: Final = "clock"


async def ring_due_clocks(casework: Casework) -> None:
    """Let every due clock ring, the longest overdue first."""
    due = await casework.documents.select(due_before(casework.clock.now()), sort=[("state.due_at", 1)], limit=_LOOK)
    for start in range(0, len(due), _AT_ONCE):
        await asyncio.gather(*(ring_clocks(casework, document) for document in due[start : start + _AT_ONCE]))


async def ring_clocks(casework: Casework, document: Document[Request]) -> None:
    """Let the due clocks of one request ring; another replica may have been faster."""
    cause = f"clock:{document.id}:{document.version}"
    because = Because.command(ACTOR, cause, casework.clock.now(), correlation=document.id)
    try:
        await decide_because(casework, document.id, ring, because)
    except Refusal as refusal:
        if refusal.code != Why.NOT_DUE:
            raise
    except Conflict:
        return  # somebody is at work on this request; the next look finds whatever is still due
