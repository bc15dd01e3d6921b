"""The programme: what the topic needs to open."""

from services.activities.learnt.store import Directory
from services.activities.planning.domain import Why as WhyPlan
from services.activities.programme import api, store
from services.activities.programme.domain import Activity, Why
from services.activities.programme.handlers import Programme
from services.activities.settings import Settings
from services.activities.venues.domain import Calendar
from services.activities.venues.domain import Why as WhyVenue
from shared.topic import Runtime, Stored, Topic


async def _open(runtime: Runtime[Settings]) -> None:
    documents, directory = runtime.documents, runtime.parts[Directory]
    runtime.parts.keep(Programme(documents(Activity), documents(Calendar), directory, runtime.clock))


TOPIC = Topic(
    _open,
    documents=[
        Stored(store.ACTIVITIES, Activity, indexes=store.INDEXES),
        Stored(store.CALENDARS, Calendar),
    ],
    routers=[api.router],
    refusals={
        **dict.fromkeys(WhyPlan, 422),
        **dict.fromkeys(WhyVenue, 409),
        **dict.fromkeys((why for why in Why if why not in {Why.NOT_YOURS, Why.NOT_FORGOTTEN}), 409),
        Why.WRONG_CODE: 422,
        Why.CODE_HIDDEN: 403,
        Why.PERSON_LEFT: 403,
    },
)
