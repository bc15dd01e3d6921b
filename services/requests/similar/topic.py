"""What is already asked for: what the topic needs to open."""

from services.requests.similar import api
from services.requests.similar.queries import INDEX
from shared.topic import Topic

TOPIC = Topic(collections={"requests": [INDEX]}, routers=[api.router])
