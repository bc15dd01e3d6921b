"""Activities with simulated people: published, signed up for beyond the seats, attended by the rotating code."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from deploy.demo.campus import Activity
from deploy.demo.people import Json, Refused, Someone
from deploy.demo.stories import chance

_SOON: Final = timedelta(seconds=2)
TAKEN: Final = "activity.place_taken"
BEGUN: Final = "activity.begun"
_LATE: Final = frozenset({"activity.wrong_code", "activity.no_seat"})


@dataclass(slots=True)
class Gathering:
    """How an activity went: who attended (ids), each of whom earned its points."""

    activity_id: str
    points: int
    attended: list[str] = field(default_factory=list)


async def gather(organiser: Someone, activity: Activity, people: list[Someone], key: str) -> Gathering:
    """Plan and publish, let everybody sign up at once and nearly everybody with a seat attend, then end it."""
    starts = datetime.now(UTC) + _SOON
    body: Json = {
        "title": activity.title,
        "category": activity.category,
        "description": activity.description,
        "starts_at": starts.isoformat(),
        "ends_at": (starts + timedelta(hours=1)).isoformat(),
        "place": activity.place,
        "capacity": min(activity.capacity, max(1, len(people) * 2 // 3)),
        "points": activity.points,
    }
    planned = await plan(organiser, body, key)
    base = f"/api/activities/{planned['id']}"
    await _once(organiser, f"{base}/publication")
    await asyncio.gather(*(_sign_up(person, base) for person in people))
    await asyncio.sleep(_SOON.total_seconds())
    gathering = Gathering(planned["id"], activity.points)
    present = [person for person in people if chance(key, person.username) > 0.1]  # noqa: PLR2004 - one in ten forgets
    arrived = await asyncio.gather(*(_attend(organiser, base, person) for person in present))
    gathering.attended = [person_id for person_id in arrived if person_id is not None]
    await _once(organiser, f"{base}/completion")
    return gathering


async def plan(organiser: Someone, body: Json, key: str) -> Json:
    """Plan it in its hall, or on the hall's floor, which is shared, while somebody else has the hall."""
    try:
        return await organiser.post("/api/activities", body, key=key)
    except Refused as refused:
        if refused.code != TAKEN:
            raise
    return await organiser.post("/api/activities", body | {"place": body["place"].rpartition(".")[0]}, key=key)


async def _sign_up(person: Someone, base: str) -> None:
    """Take a seat or a place in the waiting list; nobody begins to wait for what has begun, as after an outage."""
    try:
        await person.post(f"{base}/sign-ups")
    except Refused as refused:
        if refused.code != BEGUN:
            raise


async def _once(organiser: Someone, path: str) -> None:
    """Bring the activity to its next stage; it is there already when the answer to an earlier attempt was lost."""
    try:
        await organiser.post(path)
    except Refused as refused:
        if refused.code != "activity.wrong_stage":
            raise


async def _attend(organiser: Someone, base: str, person: Someone) -> str | None:
    """Type the code that is shown; return the person's id, or None when there was no seat for them."""
    view = await person.get(base)
    if view["mine"] != "seat":
        return None
    for _ in range(3):
        code = (await organiser.get(f"{base}/code"))["code"]
        try:
            await person.post(f"{base}/attendance", {"code": code})
        except Refused as refused:
            if refused.code not in _LATE:
                raise
            continue
        return await person.id()
    return None
