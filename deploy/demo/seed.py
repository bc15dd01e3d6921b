"""`python -m deploy.demo.seed`: loads the demo campus through the public HTTP API; running it again changes nothing."""

import argparse
import asyncio
import os
import sys
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

from deploy.demo.campus import ADMIN_PASSWORD, PASSWORD, Campus, as_csv, campus
from deploy.demo.gatherings import plan
from deploy.demo.people import Json, Refused, Someone, Town, when_known

_PAGE: Final = 200


async def seed(town: Town, data: Campus) -> Json:
    """Load places, units, people, duty areas and activities; return what each import answered."""
    admin = town.someone("admin1")
    said: Json = {}
    for what, table in (("places", _places(data)), ("units", _units(data)), ("people", _people(data))):
        answer = await admin.send("/api/members/imports", table, "text/csv", what=what, dry_run="false")
        if answer["errors"]:
            msg = f"import of {what}: {answer['errors'][:5]}"
            raise RuntimeError(msg)
        said[what] = {name: answer[name] for name in ("rows", "created", "updated", "unchanged")}
    ids = {username: person_id for person_id, username in (await usernames(admin)).items()}
    said["duty_areas"] = await _duty_areas(admin, data, ids)
    said["activities"] = await _activities(town.someone("secretary1"), data)
    return said


async def usernames(reader: Someone) -> dict[str, str]:
    """Return everybody's username by id."""
    found: dict[str, str] = {}
    cursor: str | None = ""
    while cursor is not None:
        asked: dict[str, str | int] = {"limit": _PAGE, **({"cursor": cursor} if cursor else {})}
        page = await reader.get("/api/members/people", **asked)
        found |= {row["id"]: row["username"] for row in page["items"]}
        cursor = page["next_cursor"]
    return found


def _places(data: Campus) -> bytes:
    rows = [(place.id, place.type, place.name, place.name_en, place.capacity) for place in data.places]
    return as_csv(("id", "type", "name", "name_en", "capacity"), rows)


def _units(data: Campus) -> bytes:
    return as_csv(
        ("id", "type", "name", "parent"), [(unit.id, unit.type, unit.name, unit.parent) for unit in data.units]
    )


def _people(data: Campus) -> bytes:
    header = ("username", "name", "roles", "room", "units", "duty", "skills", "stage", "reachable", "password")
    rows = [
        (
            person.username,
            person.name,
            ";".join(person.roles),
            person.place,
            ";".join(person.units),
            ";".join(person.duty),
            ";".join(person.skills),
            person.stage,
            person.reachable,
            person.password,
        )
        for person in data.people
    ]
    return as_csv(header, rows)


async def _duty_areas(admin: Someone, data: Campus, ids: dict[str, str]) -> int:
    taken = {place for area in (await admin.get("/api/members/duty-areas"))["items"] for place in area["places"]}
    made = 0
    for area in data.duty_areas:
        if taken.isdisjoint(area.places):
            body: Json = {"owner_id": ids[area.owner], "unit_id": area.unit, "places": list(area.places)}
            await admin.post("/api/members/duty-areas", body, key=f"seed-{area.places[0]}")
            made += 1
    return made


async def _activities(organiser: Someone, data: Campus) -> int:
    """Plan and publish what is not announced yet; the key keeps a repetition within the hour from planning twice."""
    known = {row["title"] for row in (await organiser.get("/api/activities", when="upcoming"))["items"]}
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    made = 0
    for number, activity in enumerate(data.activities):
        if activity.title in known:
            continue
        starts = now + timedelta(hours=activity.in_hours)
        body: Json = {
            "title": activity.title,
            "category": activity.category,
            "description": activity.description,
            "starts_at": starts.isoformat(),
            "ends_at": (starts + timedelta(hours=2)).isoformat(),
            "place": activity.place,
            "capacity": activity.capacity,
            "points": activity.points,
        }
        key = f"seed-{number}-{starts:%Y%m%d%H}"
        planned = await when_known(partial(plan, organiser, body, key))
        await organiser.post(f"/api/activities/{planned['id']}/publication")
        made += 1
    return made


async def main(origin: str) -> int:
    """Load the demo campus at `origin`, say what was done, return an exit status."""
    town = Town(origin, PASSWORD, others={"admin1": ADMIN_PASSWORD})
    try:
        print(await seed(town, campus()))
    except Refused as refused:
        print(f"The campus could not be loaded: {refused}", file=sys.stderr)
        return 1
    finally:
        await town.close()
    return 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Load the demo campus through the HTTP API.")
    parser.add_argument("--origin", default=os.environ.get("YIZHAN_ORIGIN", "http://127.0.0.1:8080"))
    sys.exit(asyncio.run(main(parser.parse_args().origin)))
