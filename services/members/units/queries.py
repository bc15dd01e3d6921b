"""What we show of units."""

from collections.abc import Iterable, Mapping

from services.members.units.domain import Unit
from shared.store.document import Document, Documents


async def list_units(units: Documents[Unit]) -> list[Document[Unit]]:
    """Return every unit, ordered by id."""
    return await units.select({}, sort=[("_id", 1)])


async def lineages(units: Documents[Unit], ids: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
    """Return each of these units that is known with all above it: itself first, then its parent, and so on."""
    parents: dict[str, str | None] = {}
    wanted = set(ids)
    while wanted:
        found = await units.select({"_id": {"$in": sorted(wanted)}})
        parents |= {one.id: one.state.parent for one in found}
        wanted = {one.state.parent for one in found if one.state.parent is not None} - parents.keys()
    return {unit: tuple(_upwards(unit, parents)) for unit in parents}


async def with_those_below(units: Documents[Unit], ids: Iterable[str]) -> frozenset[str]:
    """Return these units and all below them."""
    found: set[str] = set()
    at = set(ids)
    while at:
        found |= at
        below = await units.select({"state.parent": {"$in": sorted(at)}})
        at = {one.id for one in below} - found
    return frozenset(found)


def _upwards(unit: str, parents: Mapping[str, str | None]) -> Iterable[str]:
    at: str | None = unit
    while at is not None:
        yield at
        at = parents.get(at)
