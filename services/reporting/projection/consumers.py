"""What reporting hears: every fact of every service, in batches."""

from collections.abc import Sequence
from typing import Any

from services.reporting.projection.handlers import Projection, project_events
from shared.bus.consumers import hears_batch
from shared.bus.outcome import Done, Outcome
from shared.contracts.catalog import FACTS
from shared.contracts.event import Event


class Consumers:
    """Hears for the rows."""

    def __init__(self, projection: Projection) -> None:
        """Hear for this projection."""
        self._projection = projection

    @hears_batch("reporting-rows", *FACTS)
    async def on_facts(self, events: Sequence[Event[Any]]) -> Sequence[Outcome]:
        """Merge a batch of facts into rows with one bulk write."""
        await project_events(self._projection, events)
        return [Done()] * len(events)
