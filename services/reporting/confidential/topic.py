"""What is sealed, in one number a day: what the topic needs to open."""

from zoneinfo import ZoneInfo

from services.reporting.confidential.domain import Tally
from services.reporting.confidential.handlers import DailyTally
from services.reporting.settings import Settings
from shared.topic import Runtime, Stored, Topic


async def _open(runtime: Runtime[Settings]) -> None:
    zone = ZoneInfo(runtime.settings.timezone)
    runtime.parts.keep(DailyTally(runtime.documents(Tally), runtime.clock, zone))


TOPIC = Topic(_open, documents=[Stored("tallies", Tally)])
