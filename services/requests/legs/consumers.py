"""What legs hear: whom matching proposes."""

from dataclasses import dataclass

from services.requests.casework.domain.request import SERVICE
from services.requests.casework.handlers.casework import Casework
from services.requests.legs.domain.offers import Proposal
from services.requests.legs.handlers import offer_leg
from shared.bus.consumers import hears
from shared.contracts.event import Event
from shared.contracts.members import HelperNotFound, HelperProposed, ProposalFact
from shared.store.document import Because


@dataclass(frozen=True)
class Consumers:
    """Hears for legs that wait for a helper."""

    casework: Casework

    @hears("requests-proposals", HelperProposed, HelperNotFound)
    async def on_proposal(self, event: Event[ProposalFact]) -> None:
        """Matching proposes a helper, who is offered the leg, or nobody: a coordinator is asked. Unless it is stale."""
        told = event.data
        helper_id = told.helper_id if isinstance(told, HelperProposed) else None
        because = Because.event(event, self.casework.clock.now(), SERVICE)
        await offer_leg(self.casework, told.request_id, Proposal(told.leg_id, told.round, helper_id), because)
