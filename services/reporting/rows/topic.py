"""Rows: what the topic needs to open."""

from services.reporting.rows.store import INDEXES, Rows
from services.reporting.settings import Settings
from shared.ids import new_id
from shared.topic import Runtime, Topic


async def _open(runtime: Runtime[Settings]) -> None:
    runtime.parts.keep(Rows(runtime.collection("rows"), new_id()))


TOPIC = Topic(_open, collections={"rows": INDEXES})
