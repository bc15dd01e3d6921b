"""What a look at the desk's queue may be narrowed to."""

from pydantic import ConfigDict, Field

from services.requests.casework.domain.request import Need
from shared.contracts.model import Model
from shared.contracts.places import PlaceId
from shared.contracts.stages import Kind, Stage
from shared.words import Id, Query

_SOUGHT = "Words of the number, the title or the place; for who acts for the desk, of the requester too."
_PEOPLE = "Repeatable, for who acts for the desk: whose requests; beside `q`, theirs too."


class QueueFilter(Model):
    """What the queue is narrowed to; what is empty or None does not narrow it."""

    model_config = ConfigDict(extra="forbid")

    stage: list[Stage] = Field(default=[], description="Repeatable; without it, what has not ended.")
    category: Id | None = None
    kind: Kind | None = None
    building: PlaceId | None = None
    needs: Need | None = None
    overdue: bool | None = None
    q: Query | None = Field(default=None, description=_SOUGHT)
    person: list[Id] = Field(default=[], max_length=20, description=_PEOPLE)
