"""What holds for every route: HEAD, OPTIONS, safe headers, another site's calls, whole numbers as JSON has them."""

from typing import Any

import httpx
import pytest

from shared.http.middleware import SAFE_HEADERS
from shared.ids import new_id
from tests.contract.openapi import PERMISSIONS
from tests.e2e import routes
from tests.e2e.house import House
from tests.e2e.routes import Operation

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]

LIVE = "GET /api/reporting/boards/community/live"
READS = [each for each in routes.OPERATIONS if each.method == "GET"]
CHANGES = [each for each in routes.OPERATIONS if each.method != "GET"]
NUMBERS = [
    (operation, name)
    for operation, name in routes.FIELDS
    if (operation.body or {})["properties"][name].get("type") == "integer"
]
REBUILD = "POST /api/reporting/rebuilds"


async def _head_of(house: House, method: str, operation: Operation, **headers: str) -> httpx.Response:
    """Send it as somebody who may; read the head only, since a stream has no end."""
    signed = house.headers(operation.caller(), {"idempotency-key": new_id(), **headers})
    async with house.http.stream(method, house.url(operation.path()), headers=signed) as answer:
        if str(operation) != LIVE:
            await answer.aread()
        return answer


@pytest.mark.parametrize("operation", READS, ids=str)
async def test_head_answers_as_get_does(house: House, operation: Operation) -> None:
    got, headed = await _head_of(house, "GET", operation), await _head_of(house, "HEAD", operation)
    assert headed.status_code == got.status_code
    assert headed.headers["content-type"] == got.headers["content-type"]
    if str(operation) != LIVE:
        assert headed.content == b""


@pytest.mark.parametrize("operation", routes.OPERATIONS, ids=str)
async def test_options_tell_the_methods_to_everybody(house: House, operation: Operation) -> None:
    answer = await house.http.options(house.url(operation.path()))
    told = set(answer.headers["allow"].split(", "))
    assert (answer.status_code, operation.method in told, "OPTIONS" in told) == (204, True, True)
    assert ("HEAD" in told) == ("GET" in told)
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("operation", routes.OPERATIONS, ids=str)
async def test_nobody_keeps_or_guesses_what_is_answered(house: House, operation: Operation) -> None:
    answer = await _head_of(house, operation.method, operation)
    for name, value in SAFE_HEADERS:
        assert answer.headers.get_list(name.decode()) == [value.decode()]


FOREIGN: list[dict[str, str]] = [
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
    {"origin": "https://elsewhere.example"},
    {"origin": "null"},
]


def _by_cookie(house: House, operation: Operation, headers: dict[str, str]) -> dict[str, str]:
    caller = operation.caller()
    signed = {} if caller is None else {"cookie": f"yizhan_session={house.token(caller)}"}
    return {"content-type": "application/json", "idempotency-key": new_id(), **signed, **headers}


async def _code(house: House, operation: Operation, headers: dict[str, str]) -> Any:
    more: dict[str, Any] = {"headers": _by_cookie(house, operation, headers)}
    if operation.method != "DELETE":
        more["content"] = b"{}"
    answer = await house.ask(operation.method, operation.path(), None, **more)
    return answer.json().get("code") if answer.content else None


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
@pytest.mark.parametrize("operation", CHANGES, ids=str)
async def test_another_sites_page_changes_nothing(house: House, operation: Operation, headers: dict[str, str]) -> None:
    assert await _code(house, operation, headers) == "auth.cross_site"


@pytest.mark.parametrize("operation", [each for each in CHANGES if str(each) != REBUILD], ids=str)
async def test_our_own_page_and_a_program_are_let_through(house: House, operation: Operation) -> None:
    own = house.addresses[operation.service]
    for headers in ({"origin": own}, {"sec-fetch-site": "same-origin"}, {}):
        assert await _code(house, operation, headers) != "auth.cross_site"


@pytest.mark.parametrize("operation", [each for each in CHANGES if not PERMISSIONS[str(each)].public], ids=str)
async def test_a_token_in_the_header_is_nobodys_cookie(house: House, operation: Operation) -> None:
    answer = await _head_of(house, operation.method, operation, origin="https://elsewhere.example")
    assert b"auth.cross_site" not in answer.content


@pytest.mark.parametrize(("operation", "field"), NUMBERS, ids=str)
async def test_a_whole_number_may_have_a_point(house: House, operation: Operation, field: str) -> None:
    told = (operation.body or {})["properties"][field]
    for value, fine in ((float(told["minimum"]), True), (told["minimum"] + 0.5, False), (str(told["minimum"]), False)):
        headers = {"idempotency-key": new_id()}
        answer = await house.ask(
            operation.method, operation.path(), operation.caller(), json={field: value}, headers=headers
        )
        faults = {error["path"] for error in answer.json().get("errors", ())}
        assert (f"body.{field}" not in faults) is fine, value
