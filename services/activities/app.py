"""Opens `activities`: its store, its rooms, its ears, its sweeps."""

from collections.abc import Mapping
from typing import Final

from fastapi import FastAPI

import services.activities
from services.activities.clocks.handlers import complete_forgotten_activities
from services.activities.departures.handlers import look_again
from services.activities.ears import Ears
from services.activities.learnt.store import PEOPLE, PEOPLE_INDEXES, PLACES, UNITS, Directory
from services.activities.programme import api, store
from services.activities.programme.domain import Activity
from services.activities.programme.handlers import Programme
from services.activities.settings import Settings
from services.activities.venues.domain import Calendar
from shared.auth.permissions import ORGANISERS
from shared.ports import Ports
from shared.runtime import Opened, OpenRooms, Runtime, Sweep, service_app

REFUSALS: Final[Mapping[str, int]] = api.REFUSALS


def rooms_for(settings: Settings) -> OpenRooms:
    """Return what builds the rooms in order."""

    async def open_rooms(runtime: Runtime) -> Opened:
        activities = runtime.documents(store.ACTIVITIES, Activity, indexes=store.INDEXES)
        calendars = runtime.documents(store.CALENDARS, Calendar)
        people = runtime.collection(PEOPLE, indexes=PEOPLE_INDEXES)
        places, units = runtime.collection(PLACES), runtime.collection(UNITS)
        directory = Directory(places, units, people, ORGANISERS.roles or ())
        programme = Programme(activities, calendars, directory, runtime.clock)

        async def look_for_the_forgotten() -> None:
            await complete_forgotten_activities(programme)

        async def look_again_at_the_departed() -> None:
            await look_again(programme)

        return Opened(
            rooms=programme,
            ears=Ears(programme, directory, runtime.ended_sessions),
            sweeps=(
                Sweep("activities-clocks", settings.clocks_every, look_for_the_forgotten),
                Sweep("activities-departed", settings.clocks_every, look_again_at_the_departed),
            ),
        )

    return open_rooms


def build(settings: Settings, ports: Ports | None = None) -> FastAPI:
    """Return the application; nothing connects before it starts. `ports` are the real ones unless others are given."""
    rooms = rooms_for(settings)
    return service_app(
        "activities",
        settings,
        rooms,
        routers=[api.router],
        refusals=REFUSALS,
        ports=ports,
        about=services.activities.__doc__ or "",
    )
