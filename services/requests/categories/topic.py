"""Categories: what the topic needs to open."""

from services.requests.categories import api
from shared.topic import Topic

TOPIC = Topic(routers=[api.router])
