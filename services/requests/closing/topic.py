"""Closing: what the topic needs to open."""

from services.requests.closing import api
from shared.topic import Topic

TOPIC = Topic(routers=[api.router])
