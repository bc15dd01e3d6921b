"""The desk: what the topic needs to open."""

from services.requests.desk import api
from shared.topic import Topic

TOPIC = Topic(routers=[api.router])
