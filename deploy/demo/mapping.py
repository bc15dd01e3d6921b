"""Real requests as requests of the campus: always the same category, place and person for the same row."""

import csv
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import count
from pathlib import Path
from typing import Final

from deploy.demo.campus import Campus
from deploy.demo.mapping_tables import (
    BUILDINGS_OF_BOROUGH,
    CATEGORY_OF_DETAIL,
    CATEGORY_OF_TYPE,
    DETAILS,
    HOMES,
    OUTDOORS,
    TITLES,
    URGENT,
)

SOURCE: Final = Path(__file__).parent / "data" / "requests.csv"
_FLOORS, _ROOMS = 5, 10
_TITLE_MOST = 80

Row = Mapping[str, str]


class UnknownRowError(ValueError):
    """A row says something that no table knows."""


@dataclass(frozen=True, slots=True)
class Filing:
    """A real request as somebody of the campus files it; `key` is the number it had in the city."""

    key: str
    category: str
    title: str
    text: str
    place: str
    requester: str
    channel: str
    urgent: bool
    by_desk: bool


@cache
def rows() -> tuple[Row, ...]:
    """Return the real requests, oldest first."""
    with SOURCE.open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


def category_of(row: Row) -> str:
    """Return our category of the row; raises `UnknownRowError` when its type is in no table."""
    kind = row["complaint_type"]
    found = CATEGORY_OF_DETAIL.get((kind, row["descriptor"])) or CATEGORY_OF_TYPE.get(kind)
    if found is None:
        msg = f"no category for {kind!r}"
        raise UnknownRowError(msg)
    return found


def place_of(row: Row) -> str:
    """Return the place: borough and zip give building and floor, the row's number the room.

    What people reported at home is about a room, out of doors about a building, anything else about a floor. Raises
    `UnknownRowError` for a borough in no table.
    """
    buildings = BUILDINGS_OF_BOROUGH.get(row["borough"])
    if buildings is None:
        msg = f"no building for {row['borough']!r}"
        raise UnknownRowError(msg)
    building = buildings[draw(len(buildings), row["zip"])]
    if row["location_type"] in OUTDOORS:
        return building
    floor = 1 + draw(_FLOORS, row["zip"], "floor")
    if row["location_type"] not in HOMES:
        return f"{building}.f{floor}"
    return f"{building}.f{floor}.r{floor}{1 + draw(_ROOMS, row['unique_key'], 'room'):02d}"


def text_of(row: Row) -> str:
    """Return what was said, as it was said."""
    where = f" ({row['location_type']})" if row["location_type"] else ""
    said = f": {row['descriptor']}" if row["descriptor"] else ""
    return f"{row['complaint_type']}{said}{where}"


def title_of(row: Row) -> str:
    """Return a Chinese title: the category's, and the detail's where we have words for it."""
    detail = DETAILS.get(row["descriptor"])
    title = TITLES[category_of(row)]
    return (f"{title}：{detail}" if detail else title)[:_TITLE_MOST]


def filing_of(row: Row, residents: Mapping[str, Sequence[str]]) -> Filing:
    """Return the row as a filing by one of the building's `residents` (usernames by building)."""
    place = place_of(row)
    building = ".".join(place.split(".")[:2])
    neighbours = residents[building]
    by_desk = row["channel"] == "PHONE"
    return Filing(
        key=row["unique_key"],
        category=category_of(row),
        title=title_of(row),
        text=text_of(row),
        place=place,
        requester=neighbours[draw(len(neighbours), row["unique_key"], "who")],
        channel="desk" if by_desk else "room_qr" if row["channel"] == "MOBILE" else "phone",
        urgent=(row["complaint_type"], row["descriptor"]) in URGENT,
        by_desk=by_desk,
    )


def residents_of(campus: Campus) -> dict[str, list[str]]:
    """Return the students who can sign in and are no helpers, by building."""
    found: dict[str, list[str]] = {}
    for person in campus.accounts("student"):
        if "helper" not in person.roles and person.place is not None:
            found.setdefault(".".join(person.place.split(".")[:2]), []).append(person.username)
    return found


def filings(campus: Campus) -> Iterator[Filing]:
    """Return real requests without end, well mixed: after the last row the first comes again under another key."""
    residents = residents_of(campus)
    mixed = sorted(rows(), key=lambda row: hashlib.sha256(row["unique_key"].encode()).digest())
    for lap in count():
        for row in mixed:
            again = row if lap == 0 else {**row, "unique_key": f"{row['unique_key']}-{lap}"}
            yield filing_of(again, residents)


def draw(size: int, *parts: str) -> int:
    """Return a number from 0 to size - 1, always the same one for the same parts."""
    return int.from_bytes(hashlib.sha256("\x1f".join(parts).encode()).digest()[:6], "big") % size
