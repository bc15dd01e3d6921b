"""The subject of requests."""

from typing import Final

from services.reporting.requests.domain.counts import request_counts
from services.reporting.requests.domain.figures import FIGURES
from services.reporting.requests.domain.record import (
    ConfidentialRequest,
    RequestRecord,
    is_confidential,
    place_shown,
    request_of,
)
from services.reporting.requests.domain.sums import ordered_of, sums_of
from services.reporting.subjects.domain.subject import Source, Subject, Subjects
from shared.contracts.cells import Aggregate


def _apart(request: RequestRecord) -> ConfidentialRequest | None:
    return ConfidentialRequest(request.id, request.requester_id) if is_confidential(request) else None


REQUESTS: Final = Subject(
    Subjects.REQUEST,
    records=lambda sums: sums.records(RequestRecord),
    sources=(
        Source(
            Aggregate.REQUEST,
            RequestRecord,
            request_of,
            sums=sums_of,
            ordered=ordered_of,
            apart=_apart,
            unread_counts=False,
        ),
    ),
    figures=FIGURES,
    counts=request_counts,
    place=lambda request: request.place,
    place_shown=place_shown,
    stage=lambda request, _: request.stage.value,
    class_of=lambda request: (request.kind, request.category),
    summed=True,
)
