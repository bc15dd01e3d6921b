"""What legs hear: whom matching proposes."""

from services.requests.casework.domain.request import SERVICE
from services.requests.casework.handlers.casework import Casework
from services.requests.legs.domain.offers import Proposal
from services.requests.legs.handlers import offer_leg
from shared.bus.consumers import hears
from shared.bus.outcome import Done, Outcome
from shared.contracts.event import Event
from shared.contracts.members import HelperNotFound, HelperProposed
from shared.store.document import Because


class Consumers:
    """Hears for legs that wait for a helper."""

    def __init__(self, casework: Casework) -> None:
        """Hear for these requests."""
        self._casework = casework

    @hears("requests-proposals", HelperProposed)
    async def on_helper_proposed(self, event: Event[HelperProposed]) -> Outcome:
        """Matching proposes a helper: the leg is offered, unless the news is stale."""
        told = event.data
        proposal = Proposal(told.leg_id, told.round, told.helper_id)
        await offer_leg(
            self._casework, told.request_id, proposal, Because.event(event, self._casework.clock.now(), SERVICE)
        )
        return Done()

    @hears("requests-proposals", HelperNotFound)
    async def on_helper_not_found(self, event: Event[HelperNotFound]) -> Outcome:
        """Matching found nobody: a coordinator is asked, unless the news is stale."""
        told = event.data
        proposal = Proposal(told.leg_id, told.round, None)
        await offer_leg(
            self._casework, told.request_id, proposal, Because.event(event, self._casework.clock.now(), SERVICE)
        )
        return Done()
