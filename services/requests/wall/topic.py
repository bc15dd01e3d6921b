"""The wall, and what is already asked for: what the topic needs to open."""

from services.requests.wall import api
from services.requests.wall.queries import INDEX
from shared.topic import Topic

TOPIC = Topic(collections={"requests": [INDEX]}, routers=[api.router, api.similar_router])
