"""Units and duty areas: what the topic needs to open."""

from services.members.forms.store import FORM_INDEX
from services.members.organisation import api
from services.members.organisation.domain import DutyMap, Unit, Why
from services.members.organisation.handlers import OrganisationDesk
from services.members.people.domain import Person
from services.members.places.domain import Place
from services.members.settings import Settings
from shared.store.mongo import Index
from shared.topic import Runtime, Stored, Topic


async def _open(runtime: Runtime[Settings]) -> None:
    documents = runtime.documents
    runtime.parts.keep(
        OrganisationDesk(documents(Unit), documents(DutyMap), documents(Person), documents(Place), runtime.clock)
    )


TOPIC = Topic(
    _open,
    documents=[
        Stored("units", Unit, indexes=[FORM_INDEX, Index((("state.parent", 1),))]),
        Stored("duty", DutyMap),
    ],
    routers=[api.router],
    refusals={
        **dict.fromkeys(Why, 422),
        Why.UNIT_TAKEN: 409,
        Why.OTHER_TYPE: 409,
        Why.OVERLAP: 409,
        Why.UNKNOWN_AREA: 404,
    },
)
