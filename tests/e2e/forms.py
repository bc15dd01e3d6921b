"""A form that fits for every route that creates something: different at every call, with one field to change."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from shared.clock import SystemClock
from shared.contracts.members import Role
from shared.ids import new_id
from tests.e2e.house import House, person

Json = dict[str, Any]


def _name() -> str:
    return f"n{new_id()[:10]}"


async def _request(house: House) -> Json:
    return {"category": "wish.company", "title": _name(), "place": house.room}


async def _activity(house: House) -> Json:
    start = SystemClock().now() + timedelta(days=2)
    times = {"starts_at": start.isoformat(), "ends_at": (start + timedelta(hours=2)).isoformat()}
    return {"title": _name(), "category": "study", "place": house.campus, "capacity": 2, "points": 1, **times}


async def _person(house: House) -> Json:
    return {"username": _name(), "name": "Li Lei", "place": house.room, "password": "a long password"}


async def _place(house: House) -> Json:
    return {"id": f"{house.campus}.{_name()}", "type": "building", "name": "Building"}


async def _unit(_: House) -> Json:
    return {"id": _name(), "type": "committee", "name": "Committee"}


async def _duty_area(house: House) -> Json:
    admin = person(Role.ADMIN)
    owner = await house.create("/api/members/people", admin, await _person(house))
    place = await house.create("/api/members/places", admin, await _place(house))
    unit = await house.create("/api/members/units", admin, await _unit(house))
    return {"owner_id": owner["id"], "places": [place["id"]], "unit_id": unit["id"]}


FORMS: dict[str, tuple[Callable[[House], Awaitable[Json]], list[Json]]] = {
    "POST /api/requests": (_request, [{"title": "Another"}, {"urgent": True}]),
    "POST /api/activities": (_activity, [{"title": "Another"}, {"points": 2}]),
    "POST /api/members/people": (_person, [{"name": "Han"}, {"skills": ["english"]}, {"password": "another password"}]),
    "POST /api/members/places": (_place, [{"name": "Another"}, {"capacity": 7}]),
    "POST /api/members/units": (_unit, [{"name": "Another"}, {"type": "branch"}]),
    "POST /api/members/duty-areas": (_duty_area, [{"unit_id": None}]),
}
"""By route: how to fill in a form, and changes to it that its key may not be used for."""
