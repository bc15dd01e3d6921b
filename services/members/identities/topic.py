"""Ids of people: at the start it is said when some can still be guessed, or are half renewed."""

import structlog

from services.members.identities.store import HALF_DONE, NOTES, guessable_left, is_half_done
from services.members.settings import Settings
from shared.topic import Runtime, Topic

log = structlog.get_logger(__name__)


async def _open(runtime: Runtime[Settings]) -> None:
    if await is_half_done(runtime.collection(HALF_DONE)):
        log.warning("members.renaming_half_done", do="stop the services, and give new ids again: docs/runbook.md")
    left = await guessable_left(runtime.collection("people"), runtime.collection(NOTES))
    if left:
        log.warning("members.guessable_ids", people=left, do="stop the services, and give new ids: docs/runbook.md")


TOPIC = Topic(_open)
