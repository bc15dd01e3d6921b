"""Look for activities that nobody completed; safe in several replicas, because each is checked again."""

from typing import Final

from services.activities.programme.domain.activity import FORGOTTEN, Activity
from services.activities.programme.domain.commands import CLOCK, complete_forgotten
from services.activities.programme.domain.permitted import Why
from services.activities.programme.handlers.commands import Programme
from services.activities.programme.store import published_before
from shared.refusal import Refusal
from shared.store.document import Because, Conflict, Document, change

_LOOK: Final = 200


async def complete_forgotten_activities(programme: Programme) -> None:
    """Complete what ended a while ago, the longest forgotten first."""
    due = published_before(programme.clock.now() - FORGOTTEN)
    for document in await programme.activities.select(due, sort=[("state.plan.ends_at", 1)], limit=_LOOK):
        await _complete(programme, document)


async def _complete(programme: Programme, document: Document[Activity]) -> None:
    now = programme.clock.now()
    because = Because.command(CLOCK, f"clock:{document.id}:{document.version}", now, correlation=document.id)
    try:
        await change(programme.activities, document.id, lambda state: complete_forgotten(state, now), because)
    except Refusal as refusal:
        if refusal.code != Why.NOT_FORGOTTEN:
            raise
    except Conflict:
        return  # somebody is at work on this activity; the next look finds it if it is still forgotten
