"""The wall, and what is already asked for: what the topic needs to open."""

from services.requests.wall.api import similar, wall
from services.requests.wall.queries.similar import INDEX
from shared.topic import Topic

TOPIC = Topic(collections={"requests": [INDEX]}, routers=[wall.router, similar.router])
