"""What of an outside system's news could not be taken."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class KeptNews:
    """News that could not be taken: why, the ids that it names, and what it said, for people to read.

    `word` is the status in the outside system's own word, `notes` what it says to it, as far as they were understood;
    `text` is the message as it came. `request_id` is the request that it is about, where that is known; `settled_at`
    is when somebody had dealt with it.
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
