"""Filing and triage: what the topic needs to open."""

from services.requests.filing import api
from shared.topic import Topic

TOPIC = Topic(routers=[api.router])
