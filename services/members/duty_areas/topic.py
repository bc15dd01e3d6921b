"""Duty areas: what the topic needs to open."""

from services.members.duty_areas import api
from services.members.duty_areas.domain import DutyMap, Why
from services.members.duty_areas.handlers import DutyAreas
from shared.topic import Stored, Topic

TOPIC = Topic(
    documents=[Stored("duty", DutyMap)],
    parts=[DutyAreas],
    routers=[api.router],
    refusals={**dict.fromkeys(Why, 422), Why.OVERLAP: 409, Why.NOT_FOUND: 404},
)
