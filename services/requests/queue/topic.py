"""The queue: what the topic needs to open."""

from services.requests.queue import api
from shared.topic import Topic

TOPIC = Topic(routers=[api.router])
