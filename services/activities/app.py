"""Opens `activities`: its store, its rooms, its ears."""

from fastapi import FastAPI

from services.activities.ears import Ears
from services.activities.programme import api, store
from services.activities.programme.domain import Activity
from services.activities.programme.handlers import Programme
from services.activities.programme.store import LearntVenues
from services.activities.settings import Settings
from shared.ports import Ports
from shared.runtime import Opened, Runtime, service_app


async def open_rooms(runtime: Runtime) -> Opened:
    """Build the rooms in order."""
    activities = runtime.documents(store.ACTIVITIES, Activity, indexes=store.INDEXES)
    venues = LearntVenues(runtime.collection(store.PLACES))
    return Opened(rooms=Programme(activities, venues, runtime.clock), ears=Ears(venues, runtime.ended_sessions))


def build(settings: Settings, ports: Ports | None = None) -> FastAPI:
    """Return the application; nothing connects before it starts. `ports` are the real ones unless others are given."""
    return service_app("activities", settings, open_rooms, routers=[api.router], refusals=api.REFUSALS, ports=ports)
