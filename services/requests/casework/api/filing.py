"""Filing and triage over HTTP."""

from typing import Annotated, Final

from fastapi import Response, status
from pydantic import StrictBool

from services.requests.casework.api.answers import OneRequest, Work, answer
from services.requests.casework.domain.filing import Form
from services.requests.casework.domain.request import TEXT_MAX, TITLE_MAX, Command
from services.requests.casework.domain.triage import triage
from services.requests.casework.handlers.filing import file_request
from services.requests.casework.queries.views import RequestView
from shared.auth.dependency import Me
from shared.auth.limits import Limit
from shared.auth.permissions import CASES, SIGNED_IN
from shared.contracts.places import PlaceId
from shared.contracts.stages import Channel, Visibility
from shared.http import LOCATION, Body, HotRoute, IdempotencyKey, Router, made, made_before
from shared.words import Id, Words

FILING: Final = Limit("filing", burst=30, seconds=180.0)
"""What one person files for themselves: thirty at once, then twenty an hour."""
FILING_FOR_OTHERS: Final = Limit("filing_for_others", burst=300, seconds=2.0)
"""What one of the staff files: a round through a building at night, and a desk with a queue in front of it."""

router = Router(
    prefix="/api/requests", tags=["filing"], about="Filing a request, what is asked for there already, and triage."
)


class FilingBody(Body):
    """A filled-in form. Without `place` it is the requester's room; `requester_id` is for the desk.

    `channel` is the way it came in: what people file for themselves comes by their phone, the wall or a room's code,
    never by the desk.
    """

    category: Id
    title: Annotated[str, Words(TITLE_MAX)]
    text: Annotated[str, Words(TEXT_MAX, lines=True, empty=True)] = ""
    place: PlaceId | None = None
    urgent: StrictBool = False
    requester_id: Id | None = None
    channel: Channel | None = None
    visibility: Visibility | None = None


class TriageBody(Body):
    """What the request really is; what is left out stays."""

    category: Id | None = None
    urgent: StrictBool | None = None


async def post_request(body: FilingBody, me: Me, key: IdempotencyKey, work: Work, response: Response) -> RequestView:
    """File a request; the same key with the same form answers with the request that was filed first."""
    created = await file_request(work, me, key, Form(**body.model_dump()))
    response.headers["Location"] = f"/api/requests/{created.document.id}"
    return answer(response, work, me, made(response, created))


router.add_api_route(
    "",
    post_request,
    methods=["POST"],
    allow=SIGNED_IN.paced(FILING, staff=FILING_FOR_OTHERS),
    status_code=status.HTTP_201_CREATED,
    responses={201: {"headers": {"Location": LOCATION}}, **made_before(RequestView)},
    route_class_override=HotRoute,
)


@router.post("/{request_id}/triage", allow=CASES, command=Command.TRIAGE)
async def post_triage(call: OneRequest, body: TriageBody) -> RequestView:
    """Say what the request really is, and how urgent; another category gives up its legs and opens new ones."""
    system = call.work.system
    return await call.give(Command.TRIAGE, triage, category_id=body.category, system=system, urgent=body.urgent)
