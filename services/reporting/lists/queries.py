"""What is shown of request rows."""

from collections.abc import Iterable
from heapq import nsmallest

from services.reporting.requests.domain.record import RequestRecord, request_of
from services.reporting.rows.store import Rows
from shared.contracts.cells import Aggregate


async def request_rows(
    rows: Rows, generation: int, *, after: str, limit: int, sealed: bool
) -> tuple[list[RequestRecord], str | None]:
    """Return the next requests after a key, and the key that the next page goes on from (None on the last)."""
    found = await rows.page(generation, Aggregate.REQUEST, after=after, limit=limit + 1, sealed=sealed)
    last = found[limit - 1].key if len(found) > limit else None
    return [record for row in found[:limit] if (record := request_of(row))], last


async def rows_of(
    rows: Rows, generation: int, ids: Iterable[str], *, after: str, limit: int
) -> tuple[list[RequestRecord], str | None]:
    """Return the next of these requests after an id, ascending, and the id that the next page goes on from."""
    chosen = nsmallest(limit + 1, (one for one in ids if one > after))
    shown = chosen[:limit]
    read = await rows.read(generation, [(Aggregate.REQUEST, one) for one in shown])
    found = sorted((record for row in read if (record := request_of(row))), key=lambda record: record.id)
    return found, shown[-1] if len(chosen) > limit else None


async def request_row(rows: Rows, generation: int, request_id: str) -> RequestRecord | None:
    """Return one request, or None when nothing, or only a later part of its story, was learnt of it."""
    found = await rows.read(generation, [(Aggregate.REQUEST, request_id)])
    return request_of(found[0]) if found else None
