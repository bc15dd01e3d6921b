"""What of an outside system's news could not be taken."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.contracts.places import parent_of
from shared.contracts.scope import Scope

Places = Sequence[str | None] | None
"""Places where news is looked for; None among them is what belongs nowhere, None instead of them everywhere."""


@dataclass(frozen=True, slots=True)
class UnplacedNews:
    """News that could not be taken: why, the ids that it names, and what it said, for people to read.

    `word` is the status in the outside system's own word, `notes` what it says to it, as far as they were understood;
    `text` is the message as it came. `request_id` is the request that it is about, where that is known; `settled_at`
    is when somebody had dealt with it. `within` are the place of that request and all that holds it; None: nobody knows
    where it belongs, so that only those see it who work for a whole campus.
    """

    id: str
    at: datetime
    system: str
    why: str
    number: str | None
    leg_id: str | None
    text: str
    word: str | None = None
    notes: str | None = None
    request_id: str | None = None
    settled_at: datetime | None = None
    settled_by: str | None = None
    within: tuple[str, ...] | None = None


def looked_for(scope: Scope) -> Places:
    """Return where news is looked for in a scope: None is everywhere, a None among the places what belongs nowhere."""
    if scope.everywhere:
        return None
    whole = any(parent_of(place) is None for place in scope.places)
    return [*scope.places, *([None] if whole else [])]
