"""The audit after the flow: nothing lost, nothing applied twice, and the board agrees with the requests themselves."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from typing import Final, TypeVar

from deploy.demo.gatherings import Gathering
from deploy.demo.people import Json, Refused
from deploy.demo.stories import ENDED, Cast, Ending

_AT_ONCE: Final = 16
_NOT_FOUND: Final = 404
T = TypeVar("T")
R = TypeVar("R")


@dataclass(slots=True)
class Findings:
    """What the audit found; each list names what is wrong, and is empty when nothing is."""

    lost: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    disagrees: list[str] = field(default_factory=list)
    views: list[Json] = field(default_factory=list)
    rows: dict[str, Json] = field(default_factory=dict)
    board: Json = field(default_factory=dict)
    points_entries: int = 0

    @property
    def good(self) -> bool:
        """Tell whether nothing is wrong."""
        return not (self.lost or self.twice or self.disagrees)


class Audit:
    """Looks at everything through the public API, as the people who may."""

    def __init__(self, cast: Cast, endings: Sequence[Ending], gatherings: Sequence[Gathering]) -> None:
        """Look at these filed requests and these activities: they are all that there should be."""
        self._cast = cast
        self._endings = endings
        self._gatherings = gatherings
        self._reader = cast.town.someone("admin1")

    async def settle(self, patience: float) -> Findings:
        """Look again and again until nothing is wrong and nothing moves, at most for `patience` seconds."""
        ends = time.monotonic() + patience
        while True:
            findings = await self.look()
            if findings.good or time.monotonic() > ends:
                return findings
            await asyncio.sleep(1.0)

    async def look(self) -> Findings:
        """Look once."""
        found = Findings()
        await self._requests(found)
        await self._rows(found)
        await self._points(found)
        found.board = await self._reader.get("/api/reporting/boards/community")
        found.disagrees += disagreements(found.board, found.views)
        recount = await self._reader.get("/api/reporting/boards/community/recount")
        found.disagrees += [f"{part}: the board differs from a recount of its rows" for part in recount["differences"]]
        return found

    async def _requests(self, found: Findings) -> None:
        """Every filing that was answered by 201 exists; nobody has a request that they did not file."""

        async def view(ending: Ending) -> Json | None:
            try:
                return await self._cast.town.someone(ending.requester).get(f"/api/requests/{ending.request_id}")
            except Refused as refused:
                if refused.status != _NOT_FOUND:
                    raise
                return None

        for ending, seen in zip(self._endings, await _each(view, self._endings), strict=True):
            if seen is None:
                found.lost.append(f"request {ending.request_id}: filed, and not there")
            else:
                found.views.append(seen)
        filed = {ending.request_id for ending in self._endings}
        mine = await _each(self._mine, sorted({ending.requester for ending in self._endings}))
        found.twice += [f"request {each}: nobody filed it" for each in sorted(set(chain(*mine)) - filed)]
        remote = Counter(leg["remote_id"] for leg in _legs(found.views) if leg.get("remote_id"))
        found.twice += [f"work order {each}: {times} legs" for each, times in remote.items() if times > 1]

    async def _mine(self, username: str) -> list[str]:
        person = self._cast.town.someone(username)
        return [row["id"] async for row in _pages(person.get, "/api/requests/mine")]

    async def _rows(self, found: Findings) -> None:
        """Every request has its row, at the same version and stage; there is no other row."""
        readers = (self._reader, self._cast.counsellor)  # what is sealed is shown to its readers only
        for reader in readers:
            found.rows |= {row["id"]: row async for row in _pages(reader.get, "/api/reporting/rows/requests")}
        for view in found.views:
            row = found.rows.get(view["id"])
            if row is None:
                found.lost.append(f"row {view['id']}: missing")
            elif row["stage"] != view["stage"] or not _up_to_date(row, view):
                said, is_so = f"{row['stage']} v{row['version']}", f"{view['stage']} v{view['version']}"
                found.lost.append(f"row {view['id']}: says {said}, is {is_so}")
        others = found.rows.keys() - {ending.request_id for ending in self._endings}
        found.twice += [f"row {each}: of no request" for each in sorted(others)]

    async def _points(self, found: Findings) -> None:
        """Every confirmed helper leg and every attendance earned points once, and nothing else did."""
        wanted: Counter[tuple[str, str, str]] = Counter()
        for view in found.views:
            if view["stage"] == "closed_confirmed" and view["visibility"] != "sealed":
                wanted.update(("leg", leg["id"], leg["helper_id"]) for leg in _served_by_helpers(view))
        for gathering in self._gatherings:
            wanted.update(("activity", gathering.activity_id, person) for person in gathering.attended)
        people = sorted({str(leg["helper_id"]) for leg in _legs(found.views) if leg["helper_id"]})
        people = sorted({*people, *(person for each in self._gatherings for person in each.attended)})
        ledgers = await _each(lambda person: self._reader.get(f"/api/members/people/{person}/points"), people)
        earned: Counter[tuple[str, str, str]] = Counter()
        for person, ledger in zip(people, ledgers, strict=True):
            for entry in ledger["entries"]:
                sign = -1 if entry.get("reverses") else 1
                earned[entry["source"], entry["source_id"], person] += sign
                found.points_entries += 1
            if ledger["balance"] != sum(entry["points"] for entry in ledger["entries"]):
                found.disagrees.append(f"points of {person}: the balance is not the sum of the entries")
        for key in wanted.keys() | earned.keys():
            if earned[key] < wanted[key]:
                found.lost.append(f"points {key}: {earned[key]} of {wanted[key]}")
            elif earned[key] > wanted[key]:
                found.twice.append(f"points {key}: {earned[key]} of {wanted[key]}")


def disagreements(board: Json, views: Sequence[Json]) -> list[str]:
    """Count the requests ourselves, without what is sealed, and return where the board says something else."""
    views = [view for view in views if view["visibility"] != "sealed"]
    stages = Counter(view["stage"] for view in views)
    open_now = [view for view in views if view["stage"] not in ENDED]
    ours: dict[str, object] = {
        "filed": len(views),
        "by_stage": dict(stages),
        "by_kind": dict(Counter(view["kind"] for view in views)),
        "by_category": dict(Counter(view["category"] for view in views)),
        "open by kind": dict(Counter(view["kind"] for view in open_now)),
        "by_building": dict(Counter(".".join(view["place"].split(".")[:2]) for view in views)),
        **{stage: stages[stage] for stage in ("closed_confirmed", "closed_unconfirmed", "cancelled", "rejected")},
    }
    theirs: dict[str, object] = {
        "filed": board["totals"]["filed"],
        "by_stage": _counts(board["by_stage"], "count"),
        "by_kind": _counts(board["by_kind"], "count"),
        "by_category": _counts(board["by_category"], "count"),
        "open by kind": _counts(board["by_kind"], "open"),
        "by_building": _counts(board["by_building"], "filed"),
        **{
            stage: board["totals"][stage]
            for stage in ("closed_confirmed", "closed_unconfirmed", "cancelled", "rejected")
        },
    }
    return [f"{name}: board {theirs[name]}, requests {ours[name]}" for name in ours if ours[name] != theirs[name]]


def filed_to_row_ms(rows: Iterable[Json]) -> list[float]:
    """Return, ascending, the milliseconds from filing to the moment at which reporting had learnt of it."""
    spans = (
        datetime.fromisoformat(row["learnt_at"]) - datetime.fromisoformat(row["filed_at"])
        for row in rows
        if row.get("learnt_at") and row.get("filed_at")
    )
    return sorted(span.total_seconds() * 1000 for span in spans)


def percentile(ascending: Sequence[float], share: float) -> float | None:
    """Return the value that this share of the values does not exceed, or None without values."""
    return ascending[min(len(ascending) - 1, int(share * len(ascending)))] if ascending else None


def _counts(items: Sequence[Json], what: str) -> dict[str, int]:
    return {item["key"]: item[what] for item in items if item[what]}


def _legs(views: Iterable[Json]) -> list[Json]:
    return [leg for view in views for leg in view["legs"]]


def _served_by_helpers(view: Json) -> list[Json]:
    return [leg for leg in view["legs"] if leg["kind"] == "helper" and leg["state"] in {"done", "verified"}]


async def _each(do: Callable[[T], Awaitable[R]], things: Sequence[T]) -> list[R]:
    gate = asyncio.Semaphore(_AT_ONCE)

    async def one(thing: T) -> R:
        async with gate:
            return await do(thing)

    return await asyncio.gather(*(one(thing) for thing in things))


async def _pages(get: Callable[..., Awaitable[Json]], path: str):  # noqa: ANN202 - an iterator of items
    cursor: str | None = ""
    while cursor is not None:
        page = await get(path, limit=100, **({"cursor": cursor} if cursor else {}))
        for item in page["items"]:
            yield item
        cursor = page["next_cursor"]


def _up_to_date(row: Json, view: Json) -> bool:
    """Tell whether the row heard all that the request told: what is noted of a withdrawal outside is told to nobody."""
    withdrawn = any(leg["withdrawal"] for leg in view["legs"])
    return row["version"] == view["version"] or (withdrawn and row["version"] < view["version"])
