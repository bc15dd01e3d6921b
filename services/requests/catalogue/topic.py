"""The catalogue of categories: what the topic needs to open."""

from services.requests.catalogue import api
from services.requests.catalogue.domain import WhyNot
from shared.topic import Topic

TOPIC = Topic(routers=[api.router], refusals={WhyNot.UNKNOWN_CATEGORY: 422})
