"""What logistics hear: legs for an outside system, and legs that are no longer wanted there."""

from dataclasses import dataclass

from services.requests.casework.domain.request import SERVICE
from services.requests.logistics.handlers.logistics import Logistics
from services.requests.logistics.handlers.sending import dispatch_leg, withdraw_outside
from shared.bus.consumers import hears
from shared.bus.outcome import Done, Outcome
from shared.contracts.event import Event
from shared.contracts.requests.leg import LegDropped, LegQueued
from shared.store.document import Because


@dataclass(frozen=True)
class Consumers:
    """Hears for outside systems."""

    logistics: Logistics

    @hears("requests-dispatch", LegQueued)
    async def on_leg_queued(self, event: Event[LegQueued]) -> Outcome:
        """A leg waits for the outside system: it is sent, again and again while that system is away."""
        told = event.data
        return await dispatch_leg(self.logistics, told.request_id, told.leg_id, self._because(event))

    @hears("requests-withdrawals", LegDropped)
    async def on_leg_dropped(self, event: Event[LegDropped]) -> Outcome:
        """An outside leg is no longer wanted: its system is told, again and again while it is away."""
        told = event.data
        if told.system is None:
            return Done()
        return await withdraw_outside(self.logistics, told.request_id, told.leg_id, self._because(event))

    def _because(self, event: Event[LegQueued] | Event[LegDropped]) -> Because:
        return Because.event(event, self.logistics.casework.clock.now(), SERVICE)
