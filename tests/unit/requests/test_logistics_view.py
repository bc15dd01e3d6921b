"""What logistics sees: what went outside or is on its way there, and nobody's name."""

import pytest
from msgspec.structs import replace

from services.requests.casework.domain.permissions import goes_outside, sees, sees_wholly
from services.requests.casework.domain.request import Caller, Request
from services.requests.casework.queries.requests import seen_by
from shared.contracts.members import Role
from shared.contracts.stages import LegState, Visibility
from shared.store.document import Document
from tests.support import requests_domain as cast

LOGISTICS = Caller("logistics", frozenset({Role.LOGISTICS}), duty=("east",))
QUEUED = cast.filed("repair.heat")
SENT = cast.acked()


def dropped(request: Request, **leg: str | None) -> Request:
    return replace(request, legs=(replace(request.legs[0], state=LegState.DROPPED, **leg),))


@pytest.mark.parametrize(
    ("request_", "seen"),
    [
        (QUEUED, True),
        (SENT, True),
        (dropped(SENT), True),
        (dropped(QUEUED, remote_token="t"), True),
        (dropped(QUEUED), False),
        (replace(SENT, visibility=Visibility.MASKED), True),
        (replace(SENT, visibility=Visibility.PRIVATE), False),
        (replace(SENT, visibility=Visibility.SEALED), False),
        (cast.filed("wish.errand"), False),
        (replace(QUEUED, legs=()), False),
    ],
)
def test_only_what_goes_outside_is_seen(request_: Request, seen: bool) -> None:
    assert sees(request_, LOGISTICS) is seen
    assert not sees_wholly(request_, LOGISTICS)


@pytest.mark.parametrize("visibility", [Visibility.PUBLIC, Visibility.MASKED])
def test_nobody_is_named(visibility: Visibility) -> None:
    document = Document("r1", 1, replace(SENT, visibility=visibility))
    assert seen_by(document, cast.by(LOGISTICS)).masked
    assert seen_by(document, cast.by(cast.LEADER)).masked is (visibility is Visibility.MASKED)
    assert not seen_by(document, cast.by(cast.DESK)).masked
    assert not seen_by(document, cast.by(cast.STUDENT)).masked


def test_who_is_of_the_desk_too_sees_as_the_desk() -> None:
    both = Caller("both", frozenset({Role.LOGISTICS, Role.DESK}), duty=("east",))
    assert not seen_by(Document("r1", 1, SENT), cast.by(both)).masked
    assert sees(cast.filed("wish.errand"), both)


def test_a_helpers_leg_does_not_go_outside() -> None:
    assert not goes_outside(cast.filed().legs[0])
