"""Legs: what the topic needs to open."""

from services.requests.legs import api
from services.requests.legs.consumers import Consumers
from shared.topic import Topic

TOPIC = Topic(routers=[api.router], consumers=Consumers)
