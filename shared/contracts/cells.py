"""What a fact says about its aggregate: which one it is, and which cells of what is known of it the fact fills."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final


class Aggregate(StrEnum):
    """The sort of thing that a fact is about; whatever is known of one such thing is one row."""

    REQUEST = "request"
    PLACE = "place"
    PERSON = "person"
    UNIT = "unit"
    DUTY_AREA = "duty_area"
    ACTIVITY = "activity"
    PROPOSAL = "proposal"
    ENTRY = "entry"
    SESSIONS = "sessions"


class Keep(StrEnum):
    """Which of two fillings of one cell stays: the one of the later or of the earlier version of the aggregate."""

    LAST = "last"
    FIRST = "first"


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell that a fact fills.

    In the name, `{fact}` stands for the last word of the subject and `{leg_id}` for the fact's own field. `fields` are
    those that go into the cell (none named: all), `adds` what the fact tells by merely having happened.
    """

    name: str = "{fact}"
    fields: tuple[str, ...] = ()
    keep: Keep = Keep.LAST
    adds: Mapping[str, str] = field(default_factory=dict[str, str])


STAGE: Final = Cell("stage", ("stage",))
"""Where the aggregate stood afterwards."""
