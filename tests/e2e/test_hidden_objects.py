"""What somebody may not see answers every route as it answers GET: the same status and code, whatever is asked."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from shared.clock import SystemClock
from shared.contracts.members import Role
from shared.ids import new_id
from tests.contract.openapi import PERMISSIONS
from tests.e2e import routes
from tests.e2e.house import House, person
from tests.e2e.routes import Operation
from tests.e2e.test_bad_input import problem_of

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]

Json = dict[str, Any]

BODIES: dict[str, Json] = {
    "POST /api/activities/{activity_id}/attendance": {"code": "123456"},
    "POST /api/activities/{activity_id}/cancellation": {"reason": "rain"},
    "POST /api/members/people/{person_id}/password": {"password": "a long password"},
    "POST /api/requests/{request_id}/confirmation": {"solved": True, "stars": 5},
    "POST /api/requests/{request_id}/contact": {"note": "called"},
    "POST /api/requests/{request_id}/hold": {"reason": "wait", "for_requester": True},
    "POST /api/requests/{request_id}/legs": {"kind": "helper"},
    "POST /api/requests/{request_id}/legs/{leg_id}/assignment": {"helper_id": "somebody"},
    "POST /api/requests/{request_id}/legs/{leg_id}/outside-acknowledgement": {"note": "settled"},
    "POST /api/requests/{request_id}/legs/{leg_id}/progress": {"note": "soon"},
    "POST /api/requests/{request_id}/legs/{leg_id}/release": {"reason": "exam"},
    "POST /api/requests/{request_id}/legs/{leg_id}/withdrawal": {"reason": "not needed"},
    "POST /api/requests/{request_id}/rating": {"stars": 3},
    "POST /api/requests/{request_id}/rejection": {"reason": "no", "alternative": "ask"},
    "POST /api/requests/{request_id}/reopening": {"reason": "still broken"},
    **{
        f"POST /api/{service}/parked/{{parked_id}}/discard": {"reason": "no use"} for service in routes.openapi.SERVICES
    },
}
"""What each command about something says; all others say nothing, or what they need not say."""

TELLS_NOTHING = {"GET /api/members/requests/{request_id}/proposals"}
"""Lists about something of another service: empty for what is not there, and for whom it is not."""
SIGNED = {"POST /hooks/logistics/{system}"}

OF_SOMETHING = [each for each in routes.WITH_PATH if str(each) not in SIGNED]
OF_REQUESTS = [each for each in OF_SOMETHING if each.template.startswith("/api/requests/{request_id}")]
OF_ACTIVITIES = [each for each in OF_SOMETHING if each.template.startswith("/api/activities/{activity_id}")]
ADMIN, STUDENT, ORGANISER = person(Role.ADMIN), person(Role.STUDENT), person(Role.SECRETARY)


def _more(operation: Operation) -> Iterator[Json]:
    """Ways to send a command: plainly, and on the terms of a version that is none."""
    said: Json = {} if operation.body is None else {"json": BODIES.get(str(operation), {})}
    yield said
    if "if-match" in operation.names("header"):
        yield {**said, "headers": {"if-match": '"999"'}}


@pytest.mark.parametrize("operation", OF_SOMETHING, ids=str)
async def test_what_is_not_there_is_not_found_by_any_route(house: House, operation: Operation) -> None:
    caller = operation.caller()
    for more in _more(operation):
        answer = await house.ask(operation.method, operation.path(new_id()), caller, **more)
        if str(operation) in TELLS_NOTHING:
            assert (answer.status_code, answer.json()) == (200, {"items": []})
        else:
            assert (answer.status_code, problem_of(answer)["code"].rpartition(".")[2]) in {
                (404, "not_found"),
                (404, "unknown"),
                (404, "unknown_area"),
            }


@dataclass(frozen=True)
class Hidden:
    """Something, where GET finds it, the leg that is in it, and who may not see it."""

    path: str
    leg: str
    strangers: tuple[Role, ...]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def requests(house: House) -> AsyncIterator[list[Hidden]]:
    """A private request, and a sealed one."""
    found: list[Hidden] = []
    for category, visibility, strangers in (
        ("wish.company", "private", (Role.STUDENT, Role.HELPER, Role.LEADER, Role.LOGISTICS)),
        ("counsel.talk", "sealed", tuple(role for role in Role if role is not Role.SEALED_READER)),
    ):
        form = {"category": category, "title": "Between us", "place": house.room, "visibility": visibility}
        filed = await house.create("/api/requests", STUDENT, form)
        legs = [leg["id"] for leg in filed["legs"]]
        found.append(Hidden(f"/api/requests/{filed['id']}", legs[0] if legs else new_id(), strangers))
    yield found


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def draft(house: House) -> Hidden:
    """An activity that is only planned."""
    start = SystemClock().now() + timedelta(days=2)
    plan = {
        "title": "Not yet",
        "category": "study",
        "starts_at": start.isoformat(),
        "ends_at": (start + timedelta(hours=2)).isoformat(),
        "place": house.campus,
        "capacity": 2,
        "points": 1,
    }
    planned = await house.create("/api/activities", ORGANISER, plan)
    return Hidden(f"/api/activities/{planned['id']}", new_id(), tuple(role for role in Role if role is not Role.ADMIN))


async def _answers_as_get_does(house: House, operation: Operation, hidden: Hidden) -> None:
    for role in hidden.strangers:
        who = person(role, f"a stranger who is {role}")
        seen = await house.ask("GET", hidden.path, who)
        expected = (seen.status_code, problem_of(seen)["code"])
        allowed = PERMISSIONS[str(operation)].roles
        if allowed is not None and role not in allowed:
            expected = (403, "auth.forbidden")
        ids = operation.template.partition("}")[2].format(leg_id=hidden.leg, person_id=STUDENT.id)
        for more in _more(operation):
            answer = await house.ask(operation.method, hidden.path + ids, who, **more)
            assert (answer.status_code, problem_of(answer)["code"]) == expected, role


@pytest.mark.parametrize("operation", OF_REQUESTS, ids=str)
async def test_a_request_that_one_may_not_see_answers_as_get_does(
    house: House, operation: Operation, requests: list[Hidden]
) -> None:
    for hidden in requests:
        await _answers_as_get_does(house, operation, hidden)


@pytest.mark.parametrize("operation", OF_ACTIVITIES, ids=str)
async def test_a_draft_that_one_may_not_see_answers_as_get_does(
    house: House, operation: Operation, draft: Hidden
) -> None:
    await _answers_as_get_does(house, operation, draft)
