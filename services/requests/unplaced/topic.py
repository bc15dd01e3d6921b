"""News from outside that nobody could take: what the topic needs to open."""

from services.requests.settings import Settings
from services.requests.unplaced import api
from services.requests.unplaced.handlers import WhyNot
from services.requests.unplaced.store import INDEXES, UnplacedStore
from shared.topic import Runtime, Topic


async def _open(runtime: Runtime[Settings]) -> None:
    runtime.parts.keep(UnplacedStore(runtime.collection("outside_news")))


TOPIC = Topic(_open, collections={"outside_news": INDEXES}, routers=[api.router], refusals={WhyNot.NOT_FOUND: 404})
