"""What the desk settles by hand with an outside system."""

from typing import Final

from services.requests.casework.domain.request import Command
from services.requests.casework.queries.views import RequestView
from services.requests.legs.api import OneLeg
from services.requests.logistics.domain.withdrawing import acknowledge
from shared.auth.permissions import CASES, roles
from shared.contracts.members import Role
from shared.http import Body, Router
from shared.words import Note

_ACKNOWLEDGERS: Final = roles(*CASES.roles or (), Role.LOGISTICS)

router = Router(prefix="/api/requests/{request_id}/legs", tags=["legs"])


class AcknowledgementBody(Body):
    """What was settled with the outside system, and with whom."""

    note: Note


@router.post("/{leg_id}/outside-acknowledgement", allow=_ACKNOWLEDGERS, command=Command.ACKNOWLEDGE_OUTSIDE)
async def post_outside_acknowledgement(call: OneLeg, body: AcknowledgementBody) -> RequestView:
    """Write down what was settled by hand with an outside system that could not be told of a dropped leg."""
    return await call.give(Command.ACKNOWLEDGE_OUTSIDE, acknowledge, leg_id=call.leg_id, note=body.note)
