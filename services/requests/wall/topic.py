"""The public wall: what the topic needs to open."""

from services.requests.wall import api
from shared.topic import Topic

TOPIC = Topic(routers=[api.router])
