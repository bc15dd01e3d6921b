"""The programme: what the topic needs to open."""

from services.activities.programme import api, store
from services.activities.programme.consumers import Consumers
from services.activities.programme.domain.activity import Activity
from services.activities.programme.domain.permitted import Why
from services.activities.programme.domain.plan import Why as WhyPlan
from services.activities.programme.handlers.commands import Programme
from services.activities.programme.handlers.departures import look_again
from services.activities.programme.handlers.forgotten import complete_forgotten_activities
from services.activities.settings import Settings
from shared.topic import Runtime, Stored, Topic


async def _open(runtime: Runtime[Settings]) -> None:
    programme, every = runtime.parts[Programme], runtime.settings.clocks_every
    runtime.sweep("activities-clocks", every, lambda: complete_forgotten_activities(programme))
    runtime.sweep("activities-departed", every, lambda: look_again(programme))


TOPIC = Topic(
    _open,
    documents=[Stored(store.ACTIVITIES, Activity, indexes=store.INDEXES)],
    parts=[Programme],
    routers=[api.router],
    refusals={
        **dict.fromkeys(WhyPlan, 422),
        **dict.fromkeys((why for why in Why if why not in {Why.NOT_YOURS, Why.NOT_FORGOTTEN}), 409),
        Why.WRONG_CODE: 422,
        Why.CODE_HIDDEN: 403,
        Why.PERSON_LEFT: 403,
    },
    consumers=Consumers,
)
