"""Gives everybody who joined under an earlier release the id that follows from the key, in place of a plain hash.

An id stands in many places: in documents, their keys and their ids, in events that are not sent yet, in the stream, and
in what was derived from it (ids of events about a person, sheets of points). All of them are 26 hexadecimal digits, so
one table of old and new ones says it all: every place is rewritten by it, byte for byte, and no length changes.

The table is stored before anything is changed, and dropped when everything is: whatever is interrupted, the same
command goes on by the same table. The services must be down.
"""

import re
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bson.codec_options import CodecOptions
from bson.raw_bson import RawBSONDocument
from nats.aio.client import Client as Broker
from pymongo import ReplaceOne
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.database import AsyncDatabase

from deploy.local.errors import LocalError
from deploy.nats.migrate import Say, hearers, migrate
from deploy.nats.topology import durables
from services.members.people.domain.identity import guessable_id_of, person_id_of
from services.members.people.store import HALF_DONE, KEYED, NOTES
from services.members.points.domain import attendance_id
from shared.bus.publisher import message_id
from shared.ids import derive_id

REWRITING: Final = "person-ids"
"""What the stream notes that it has gone through."""
COMPLETE: Final = "complete"
"""The row of the table that says that all others are there."""

_MEMBERS: Final = "/yizhan/members"
_ID: Final = re.compile(rb"(?<![0-9a-f])[0-9a-f]{26}(?![0-9a-f])")
_MESSAGE_ID: Final = "Nats-Msg-Id"
_AT_ONCE: Final = 200
_TOLD_EVERY: Final = 20_000
_RAW: Final = CodecOptions(document_class=RawBSONDocument)

Database = AsyncDatabase[Any]
Table = Mapping[bytes, bytes]
"""New by old."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where ids stand: the database of each service, and the broker; `signing_key` is thrown away, so sessions end."""

    databases: Mapping[str, Database]
    broker: Broker
    replicas: int = 1
    signing_key: Path | None = None


def rewritten(table: Table, data: bytes) -> bytes:
    """Return the bytes with every id of the table replaced."""
    return _ID.sub(lambda found: table.get(found[0], found[0]), data)


async def rename_people(places: Places, key: bytes, *, say: Say = lambda _text: None) -> int:
    """Rename everybody who has a guessable id, everywhere; returns how many. Safe to run again at any time.

    Raises:
        LocalError: when a service hears still.
    """
    members = places.databases["members"]
    table = await _table(members, key)
    if table is None:
        await _note(members)
        return 0
    await _require_silence(places)
    people = await members[HALF_DONE].count_documents({"person": True})
    say(f"Giving {people:,} people new ids ...")
    for service, database in places.databases.items():
        for name in sorted(await database.list_collection_names()):
            if name.startswith("system.") or (service, name) == ("members", HALF_DONE):
                continue
            await _rewrite(database[name], table, say)
        say(f"... {service}: every document")
    await members["tries"].delete_many({})  # counted under derived ids; they are forgotten within the hour anyway
    await _rewrite_stream(places, table, say)
    for file in () if places.signing_key is None else (places.signing_key, places.signing_key.with_name("jwks.json")):
        file.unlink(missing_ok=True)
    await _note(members)
    await members[HALF_DONE].drop()
    say("Everybody has an id that only the key leads to. Whoever was signed in signs in again.")
    return people


async def _require_silence(places: Places) -> None:
    heard = await hearers(places.broker.jsm())
    if heard:
        msg = f"Services are running still: {', '.join(heard)} are heard from. Stop them, and run this again."
        raise LocalError(msg)


async def _note(members: Database) -> None:
    await members[NOTES].update_one({"_id": KEYED}, {"$set": {"done": True}}, upsert=True)


async def _table(members: Database, key: bytes) -> Table | None:
    """Return the table, stored before; None when nobody is to be renamed."""
    kept = members[HALF_DONE]
    if await kept.find_one({"_id": COMPLETE}) is None:
        rows = [row async for row in _rows(members, key)]
        if not rows:
            return None
        await kept.delete_many({})
        for begin in range(0, len(rows), _AT_ONCE):
            await kept.insert_many(rows[begin : begin + _AT_ONCE])
        await kept.insert_one({"_id": COMPLETE})
    return {row["_id"].encode(): row["to"].encode() async for row in kept.find({"to": {"$exists": True}})}


async def _rows(members: Database, key: bytes) -> AsyncIterator[dict[str, Any]]:
    """Work out the table: people, the sheets of points for their attendance, and events about both."""
    renamed: dict[str, str] = {}
    async for row in members["people"].find({}, {"version": 1, "state.username": 1}):
        username = row["state"]["username"]
        if row["_id"] == guessable_id_of(username):
            renamed[row["_id"]] = person_id_of(key, username)
            yield {"_id": row["_id"], "to": renamed[row["_id"]], "person": True}
            for one in _events(_MEMBERS, "people", row["_id"], renamed[row["_id"]], row["version"]):
                yield one
    if not renamed:
        return
    async for row in members["accounts"].find({"_id": {"$in": list(renamed)}}, {"version": 1}):
        for one in _events(f"{_MEMBERS}/accounts", "accounts", row["_id"], renamed[row["_id"]], row["version"]):
            yield one
    async for row in members["points"].find({"state.entries.source": "activity"}):
        for one in _of_sheet(row, renamed):
            yield one


def _of_sheet(row: Mapping[str, Any], renamed: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """Return what an attendance is kept and told under: the sheet, its entries, and its events."""
    for entry in row["state"]["entries"]:
        old, activity = entry["person_id"], entry["source_id"]
        if old not in renamed or row["_id"] != attendance_id(activity, old):
            continue
        sheet = attendance_id(activity, renamed[old])
        before, after = (derive_id("activity", activity, one) for one in (old, renamed[old]))
        yield {"_id": row["_id"], "to": sheet}
        yield {"_id": before, "to": after}
        yield {"_id": derive_id("reversal", before), "to": derive_id("reversal", after)}
        yield from _events(_MEMBERS, "points", row["_id"], sheet, row["version"])
        return


def _events(source: str, collection: str, before: str, after: str, versions: int) -> Iterator[dict[str, Any]]:
    """Return the ids of all events about a document, as this release makes them and as those before did."""
    for version in map(str, range(1, versions + 1)):
        yield {
            "_id": derive_id(source, collection, before, version),
            "to": derive_id(source, collection, after, version),
        }
        yield {"_id": derive_id(source, before, version), "to": derive_id(source, after, version)}


async def _rewrite(collection: AsyncCollection[Any], table: Table, say: Say) -> None:
    """Rewrite every document that holds an id of the table; those whose own id changes, in one transaction for many."""
    raw: AsyncCollection[RawBSONDocument] = collection.with_options(codec_options=_RAW)
    waiting: list[tuple[Any, bytes]] = []
    seen = 0
    async for document in raw.find({}, no_cursor_timeout=False):
        seen += 1
        if not seen % _TOLD_EVERY:
            say(f"... {collection.database.name}.{collection.name}: {seen:,} documents")
        before = bytes(document.raw)
        after = rewritten(table, before)
        if after != before:
            waiting.append((document["_id"], after))
        if len(waiting) >= _AT_ONCE:
            await _write(raw, waiting)
            waiting = []
    if waiting:
        await _write(raw, waiting)


async def _write(raw: AsyncCollection[RawBSONDocument], changed: Sequence[tuple[Any, bytes]]) -> None:
    documents = [(before, RawBSONDocument(after, _RAW)) for before, after in changed]
    same = [(before, after) for before, after in documents if after["_id"] == before]
    moved = [(before, after) for before, after in documents if after["_id"] != before]
    if same:
        await raw.bulk_write([ReplaceOne({"_id": before}, after) for before, after in same], ordered=False)
    if moved:
        async with raw.database.client.start_session() as session, await session.start_transaction():
            await raw.delete_many({"_id": {"$in": [before for before, _ in moved]}}, session=session)
            taken = raw.find({"_id": {"$in": [after["_id"] for _, after in moved]}}, session=session)
            there = {row["_id"]: row async for row in taken}
            fresh = [after for _, after in moved if _newer(after, there.get(after["_id"]))]
            await raw.delete_many({"_id": {"$in": [one["_id"] for one in fresh]}}, session=session)
            if fresh:
                await raw.insert_many(fresh, session=session)


def _newer(one: RawBSONDocument, there: RawBSONDocument | None) -> bool:
    """Tell whether a document is later than what stands under its new id, which services wrote in between."""
    return there is None or one.get("version", 0) >= there.get("version", 0)


async def _rewrite_stream(places: Places, table: Table, say: Say) -> None:
    def rewrite(subject: str, headers: Mapping[str, str], data: bytes) -> tuple[str, Mapping[str, str], bytes]:
        after = rewritten(table, data)
        if after == data or _MESSAGE_ID not in headers:
            return subject, headers, after
        event_id, dot, _ = headers[_MESSAGE_ID].partition(".")
        named = rewritten(table, event_id.encode()).decode()
        return subject, {**headers, _MESSAGE_ID: message_id(named, after) if dot else named}, after

    await migrate(places.broker, durables(), replicas=places.replicas, rewrite=rewrite, rewriting=REWRITING, say=say)


__all__ = ["COMPLETE", "REWRITING", "Places", "rename_people", "rewritten"]
