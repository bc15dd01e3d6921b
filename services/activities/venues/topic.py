"""The calendars of places: what the topic needs to open."""

from services.activities.venues.domain import Calendar, Why
from shared.topic import Stored, Topic

TOPIC = Topic(documents=[Stored("calendars", Calendar)], refusals=dict.fromkeys(Why, 409))
