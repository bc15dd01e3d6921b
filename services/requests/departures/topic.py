"""People who leave: what the topic needs to open."""

from services.requests.departures.consumers import Consumers
from services.requests.departures.store import INDEX
from shared.topic import Topic

TOPIC = Topic(collections={"requests": [INDEX]}, consumers=Consumers)
