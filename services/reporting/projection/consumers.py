"""What reporting hears: every fact of every service, in batches."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from services.reporting.projection.handlers import Projection, project_events
from shared.bus.consumers import hears_batch
from shared.contracts.catalog import FACTS
from shared.contracts.event import Event


@dataclass(frozen=True)
class Consumers:
    """Hears for the rows."""

    projection: Projection

    @hears_batch("reporting-rows", *FACTS)
    async def on_facts(self, events: Sequence[Event[Any]]) -> None:
        """Merge a batch of facts into rows with one bulk write."""
        await project_events(self.projection, events)
