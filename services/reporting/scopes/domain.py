"""Scopes: which records a figure is asked over. Places, kind and category narrow both of its sides. Pure."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.reporting.measures.domain import Subject, inside
from services.reporting.records.domain import RequestRecord
from shared.contracts.places import floor_of
from shared.contracts.stages import Kind


@dataclass(frozen=True, slots=True)
class Scope:
    """What to narrow a figure to, None for no narrowing.

    `since` and `until` (not included) narrow only what is counted, by the moment with which the figure dates it.
    """

    building: str | None = None
    floor: str | None = None
    kind: Kind | None = None
    category: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def fits(self, *, placed: bool, classed: bool, timed: bool) -> bool:
        """Tell whether it asks only for what the records have: a place, a class (kind and category), a moment."""
        return (
            (placed or (self.building is None and self.floor is None))
            and (classed or (self.kind is None and self.category is None))
            and (timed or not self.timed)
        )

    @property
    def timed(self) -> bool:
        """Tell whether it names a span of time."""
        return self.since is not None or self.until is not None


EVERYTHING: Final = Scope()
"""The whole community, for all of its time."""


def holds_subject(scope: Scope, subject: Subject) -> bool:
    """Tell whether the record belongs to the places, kind and category of the scope."""
    return (
        (scope.building is None or inside(subject, scope.building))
        and (scope.floor is None or on_floor(subject, scope.floor))
        and (not isinstance(subject, RequestRecord) or _is_classed(scope, subject))
    )


def holds_moment(scope: Scope, at: datetime | None) -> bool:
    """Tell whether the moment lies in the span of the scope; a record without a moment lies in none."""
    if not scope.timed:
        return True
    return at is not None and (scope.since is None or scope.since <= at) and (scope.until is None or at < scope.until)


def on_floor(subject: Subject, floor: str) -> bool:
    """Tell whether the subject belongs to the floor."""
    return subject.place is not None and floor_of(subject.place) == floor


def _is_classed(scope: Scope, request: RequestRecord) -> bool:
    return scope.kind in {None, request.kind} and scope.category in {None, request.category}
