"""What a request adds to the running sums and ordered lists."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from services.reporting.people.domain import TOOK_PART
from services.reporting.requests.domain.figures import FIGURES
from services.reporting.requests.domain.record import RequestRecord, servers_of
from services.reporting.subjects.domain.scope import building_or_place
from services.reporting.subjects.domain.sums import EVERYWHERE, Key, figure_measures, figure_sums
from shared.contracts.places import floor_of

HOUR: Final = 3600
MINUTE: Final = 60


def bucket(moment: datetime, seconds: int) -> int:
    """Return the number of the span of so many seconds (since 1970) that the moment lies in."""
    return int(moment.timestamp()) // seconds


def sums_of(request: RequestRecord) -> Iterator[Key]:
    """Name every sum that the request counts in, once each."""
    for group, key in (
        ("stage", request.stage.value),
        ("kind", request.kind.value),
        ("category", request.category),
        ("building", building_or_place(request.place)),
    ):
        yield group, key
        if request.open:
            yield f"{group}_open", key
        if request.served:
            yield f"{group}_served", key
    yield from _marks_of(request)
    for person in servers_of(request):
        yield TOOK_PART, person
    floor = floor_of(request.place)
    if floor is not None and request.open:
        yield "floor_open", floor
    yield from figure_sums(FIGURES, request, request.place)


def _marks_of(request: RequestRecord) -> Iterator[Key]:
    if request.reopened:
        yield "reopened", EVERYWHERE
    for span, seconds in (("hour", HOUR), ("minute", MINUTE)):
        yield f"filed_{span}", bucket(request.filed_at, seconds)
        if request.resolved_at is not None:
            yield f"resolved_{span}", bucket(request.resolved_at, seconds)


def ordered_of(request: RequestRecord) -> Iterator[tuple[Key, Any]]:
    """Name every ordered list that the request is in: measures, the newest facts, the open ones."""
    yield from figure_measures(FIGURES, request, request.place)
    yield ("recent", EVERYWHERE), (request.latest_at, request.id)
    if request.open:
        yield ("open", EVERYWHERE), request.id
