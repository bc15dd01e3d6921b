"""Whatever a caller sends: a problem with a stable code, never a 500, nothing half done."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from shared.auth.actor import Actor
from shared.ids import new_id
from tests.e2e import routes
from tests.e2e.forms import FORMS
from tests.e2e.house import House, person
from tests.e2e.routes import Operation

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]

JSON = {"content-type": "application/json"}
BODY_LIMIT = 256 * 1024
GARBLED = {
    "cut short": b'{"title": ',
    "NaN": b'{"title": NaN}',
    "Infinity": b'{"title": -Infinity}',
    "not UTF-8": b'{"title": "\xff\xfe"}',
    "a lone surrogate": b'{"title": "\\ud800"}',
    "two values": b"{}{}",
    "single quotes": b"{'title': 'x'}",
    "a trailing comma": b'{"title": "x",}',
    "bottomless": b"[" * 100_000,
    "a page": b"<html></html>",
}
NASTY = ("%00", "x" * 3000, "..%2F..%2Fetc%2Fpasswd", "%F0%9F%98%80", "%FF%FE", "$ne", "%7B%22$gt%22:%22%22%7D", "null")
QUERIES = (
    "",
    "\x00",
    "x" * 5000,
    "((((",
    "[a-",
    "-1",
    "0",
    "999999999999999999999",
    "abc",
    "NaN",
    "😀",
    "$where",
    "{}",
    "\u200b\u200b",
    "a\u202eb",
    "a\nb",
    "\ue000",
)

CRAFTED = [
    base64.urlsafe_b64encode(raw).decode().rstrip("=")
    for raw in (
        b'[1000000000000000000,"x"]',
        b'[-9223372036854775808,"x"]',
        b'[253402300800000,"x"]',
        b'[1e308,"x"]',
        b'[true,"x"]',
        b'[1.5,"x"]',
        b'["9999-12-31T23:59:59-23:59","x"]',
        b'["0001-01-01T00:00:00+23:59","x"]',
        b'[{"$gt":""}]',
        b'[{"$gt":""},"x"]',
        b'[0,{"$ne":null}]',
        b'[["x"]]',
        b"[7]",
        b'["\\ud800"]',
        b"[" * 120,
    )
]
"""Cursors that read as some list could have written them, but for a value that no list has."""


def problem_of(answer: httpx.Response) -> dict[str, Any]:
    """The problem of an answer, which must be a whole one."""
    assert answer.headers["content-type"].startswith("application/problem+json"), answer.text
    problem = answer.json()
    assert problem["status"] == answer.status_code
    assert problem["type"] == f"urn:yizhan:problem:{problem['code']}"
    assert problem["title"]
    assert problem["detail"]
    assert answer.status_code < 500, problem
    return problem


async def refused(house: House, operation: Operation, path: str | None = None, **more: Any) -> tuple[int, str]:
    """Send it as somebody who may; the status and the code of the problem that must come back."""
    headers = {"idempotency-key": new_id(), **more.pop("headers", {})}
    answer = await house.ask(
        operation.method, path or operation.path(), operation.caller(), headers=headers, timeout=20, **more
    )
    problem = problem_of(answer)
    return answer.status_code, problem["code"]


@pytest.mark.parametrize("name", GARBLED)
@pytest.mark.parametrize("operation", routes.WITH_JSON, ids=str)
async def test_a_garbled_body_is_a_problem(house: House, operation: Operation, name: str) -> None:
    assert await refused(house, operation, content=GARBLED[name], headers=JSON) == (400, "http.body_garbled")


@pytest.mark.parametrize("raw", [b"[]", b'"text"', b"7", b"true"])
@pytest.mark.parametrize("operation", routes.WITH_JSON, ids=str)
async def test_a_body_that_is_no_object_is_a_problem(house: House, operation: Operation, raw: bytes) -> None:
    assert await refused(house, operation, content=raw, headers=JSON) == (422, "http.body_invalid")


@pytest.mark.parametrize("operation", routes.WITH_JSON, ids=str)
async def test_an_unknown_field_is_named_in_the_problem(house: House, operation: Operation) -> None:
    headers = {"idempotency-key": new_id()}
    answer = await house.ask(
        operation.method, operation.path(), operation.caller(), json={"surprise": 1}, headers=headers
    )
    problem = problem_of(answer)
    assert (problem["status"], problem["code"]) == (422, "http.body_invalid")
    assert "body.surprise" in [error["path"] for error in problem["errors"]]


@pytest.mark.parametrize(("operation", "field"), routes.FIELDS, ids=str)
async def test_a_wrong_type_is_named_in_the_problem(house: House, operation: Operation, field: str) -> None:
    assert operation.body is not None
    for wrong in routes.wrong_values(operation.body["properties"][field]):
        headers = {"idempotency-key": new_id()}
        answer = await house.ask(
            operation.method, operation.path(), operation.caller(), json={field: wrong}, headers=headers
        )
        problem = problem_of(answer)
        assert (problem["status"], problem["code"]) == (422, "http.body_invalid"), f"{field}={str(wrong)[:40]}"
        assert any(error["path"].startswith(f"body.{field}") for error in problem["errors"]), problem


UNSEEN = ("aaa\x00bbb", "\u202eaaabbb", "aaa\u2066bbb", "aaa\x1bbbb", "aaa\ue000bbb", "aaa\ufdd0bbb")
"""Texts that no field keeps, whatever it is for."""


def texts(operation: Operation) -> list[str]:
    """The fields of a body that hold a text, or a list of texts, other than a password."""
    fields = (operation.body or {}).get("properties", {})

    def is_text(field: dict[str, Any]) -> bool:
        return field.get("type") == "string" and "enum" not in field and "const" not in field

    found = [name for name, field in fields.items() if is_text(field) or is_text(field.get("items", {}))]
    return [name for name in found if "password" not in name]


@pytest.mark.parametrize("operation", [each for each in routes.WITH_JSON if texts(each)], ids=str)
async def test_a_text_that_nobody_sees_is_named_in_the_problem(house: House, operation: Operation) -> None:
    fields = (operation.body or {})["properties"]
    for bad in UNSEEN:
        body = {name: [bad] if fields[name].get("type") == "array" else bad for name in texts(operation)}
        headers = {"idempotency-key": new_id()}
        answer = await house.ask(operation.method, operation.path(), operation.caller(), json=body, headers=headers)
        problem = problem_of(answer)
        assert (problem["status"], problem["code"]) == (422, "http.body_invalid"), ascii(bad)
        named = {error["path"].split(".")[1] for error in problem["errors"] if error["code"] != "missing"}
        assert set(body) <= named, ascii(bad)


@pytest.mark.parametrize(
    "operation", [each for each in routes.WITH_KEY if set(texts(each)) & {"title", "name"}], ids=str
)
async def test_a_title_or_name_is_kept_without_what_nobody_sees(house: House, operation: Operation) -> None:
    fill_in, _ = FORMS[str(operation)]
    for field in {"title", "name"} & set(texts(operation)):
        form = {**await fill_in(house), field: "\u200b\ufeff Cafe\u0301\u3000\u00a0door\u00ad \u200b"}
        headers = {"idempotency-key": new_id()}
        answer = await house.ask(operation.method, operation.path(), operation.caller(), json=form, headers=headers)
        assert answer.status_code == 201, answer.text
        assert answer.json()[field] == "Caf\xe9 door"


@pytest.mark.parametrize("operation", routes.WITH_JSON, ids=str)
async def test_an_oversize_body_is_a_problem_however_it_is_sent(house: House, operation: Operation) -> None:
    raw = json.dumps({"title": "x" * BODY_LIMIT}).encode()

    async def in_pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(raw), 65536):
            yield raw[start : start + 65536]

    assert await refused(house, operation, content=raw, headers=JSON) == (413, "http.body_too_large")
    assert await refused(house, operation, content=in_pieces(), headers=JSON) == (413, "http.body_too_large")


@pytest.mark.parametrize("media", ["text/plain", "application/x-www-form-urlencoded", "application/xml", ""])
@pytest.mark.parametrize("operation", routes.WITH_JSON, ids=str)
async def test_another_media_type_is_a_problem(house: House, operation: Operation, media: str) -> None:
    headers = {"content-type": media}
    assert await refused(house, operation, content=b"{}", headers=headers) == (415, "http.content_type")


@pytest.mark.parametrize("operation", routes.CREATIONS, ids=str)
async def test_a_creation_needs_a_well_formed_idempotency_key(house: House, operation: Operation) -> None:
    answer = await house.ask(operation.method, operation.path(), operation.caller(), json={})
    assert problem_of(answer)["code"] == "http.idempotency_key_missing"


@pytest.mark.parametrize("operation", routes.WITH_KEY, ids=str)
async def test_a_key_that_is_given_must_be_well_formed(house: House, operation: Operation) -> None:
    for key in ("x" * 129, "two words", "caf\u00e9".encode()):
        code = (await refused(house, operation, json={}, headers={"idempotency-key": key}))[1]
        assert code == "http.idempotency_key_malformed"


MOVING = {"version", "stage", "legs", "timeline", "may", "needs", "first_contact_at"}
"""What the other services may have changed between two answers of one key."""


def kept(answer: httpx.Response) -> dict[str, Any]:
    """What was made, without what moves on by itself."""
    return {name: value for name, value in answer.json().items() if name not in MOVING}


@pytest.mark.parametrize("operation", routes.CREATIONS, ids=str)
async def test_a_key_makes_one_thing_and_is_refused_for_another(house: House, operation: Operation) -> None:
    fill_in, changes = FORMS[str(operation)]
    form, elsewhere = await fill_in(house), await fill_in(house)
    caller = operation.caller()
    assert caller is not None
    key = new_id()

    async def send(body: dict[str, Any], key: str, who: Actor = caller) -> httpx.Response:
        return await house.ask("POST", operation.path(), who, json=body, headers={"idempotency-key": key})

    first, again = await send(form, key), await send(form, key)
    assert (first.status_code, again.status_code) == (201, 200), again.text
    assert kept(again) == kept(first)
    for other in (*({**form, **change} for change in changes), elsewhere):
        answer = await send(other, key)
        assert (answer.status_code, problem_of(answer)["code"]) == (409, "http.idempotency_key_reused"), other
    assert kept(await send(form, key)) == kept(first)
    assert (await send(elsewhere, new_id())).status_code == 201, "what was refused was not made"
    (role,) = caller.roles
    theirs = await send(await fill_in(house), key, person(role, "somebody else"))
    assert theirs.status_code == 201, "a key is the caller's own"


@pytest.mark.parametrize("operation", routes.CREATIONS, ids=str)
async def test_of_two_forms_that_race_for_one_key_one_is_refused(house: House, operation: Operation) -> None:
    fill_in, _ = FORMS[str(operation)]
    headers = {"idempotency-key": new_id()}
    forms = [await fill_in(house) for _ in range(4)] * 2
    answers = await asyncio.gather(
        *(house.ask("POST", operation.path(), operation.caller(), json=form, headers=headers) for form in forms)
    )
    assert sorted(answer.status_code for answer in answers) == [200, 201, *[409] * 6]
    assert len({answer.json()["id"] for answer in answers if answer.is_success}) == 1
    codes = {problem_of(answer)["code"] for answer in answers if not answer.is_success}
    assert codes == {"http.idempotency_key_reused"}


@pytest.mark.parametrize("value", ["5", '"five"', "W/5", '"-1"', "*, *", '"' + "9" * 30 + '"'])
@pytest.mark.parametrize("operation", routes.WITH_IF_MATCH, ids=str)
async def test_a_malformed_if_match_is_a_problem(house: House, operation: Operation, value: str) -> None:
    headers = {"if-match": value}
    assert await refused(house, operation, json={}, headers=headers) == (400, "http.if_match_malformed")


@pytest.mark.parametrize("operation", routes.WITH_QUERY, ids=str)
async def test_no_query_makes_a_fault(house: House, operation: Operation) -> None:
    for name in sorted(operation.names("query")):
        for value in QUERIES:
            answer = await house.ask(operation.method, operation.path(), operation.caller(), params={name: value})
            assert answer.status_code < 500, f"{name}={value[:40]!r}: {answer.text}"
            if answer.status_code >= 400:
                assert problem_of(answer)["code"]


@pytest.mark.parametrize("operation", [o for o in routes.WITH_QUERY if "cursor" in o.names("query")], ids=str)
async def test_a_malformed_cursor_is_a_problem(house: House, operation: Operation) -> None:
    needed = {"side": "numerator"} if "side" in operation.names("query") else {}
    path = operation.path("resolution_rate")
    for cursor in ("!!!", "bnVsbA", "e30", "W10", "WzEsMiwzLDQsNV0", "W251bGwsbnVsbF0", "x" * 200, *CRAFTED):
        params = {**needed, "cursor": cursor}
        answer = await house.ask(operation.method, path, operation.caller(), params=params)
        assert problem_of(answer)["code"] == "http.cursor_malformed", cursor


@pytest.mark.parametrize("operation", routes.WITH_PATH, ids=str)
async def test_no_path_makes_a_fault(house: House, operation: Operation) -> None:
    for value in NASTY:
        headers = {"idempotency-key": new_id()}
        more: dict[str, Any] = {} if operation.method == "GET" else {"json": {}}
        answer = await house.ask(
            operation.method, operation.path(value), operation.caller(), headers=headers, follow_redirects=False, **more
        )
        assert answer.status_code < 500, f"{value[:40]}: {answer.text}"
        if answer.status_code >= 400:
            assert problem_of(answer)["code"]


@pytest.mark.parametrize("template", sorted({operation.template for operation in routes.OPERATIONS}))
async def test_another_method_is_told_every_allowed_one(house: House, template: str) -> None:
    here = [operation for operation in routes.OPERATIONS if operation.template == template]
    methods = {operation.method for operation in here}
    for method in sorted(routes.HTTP_METHODS - methods):
        answer = await house.ask(method, here[0].path(), here[0].caller())
        problem = problem_of(answer)
        if problem["code"] == "http.method_not_allowed":
            assert methods <= {name.strip() for name in answer.headers["allow"].split(",")}


@pytest.mark.parametrize(
    "path", ["/api/members/nowhere", "/api/requests/a/b/c/d", "/api/reporting", "/hooks/nowhere", "/api/activities/"]
)
async def test_an_unknown_path_is_a_problem(house: House, path: str) -> None:
    answer = await house.ask("GET", path, None)
    assert (answer.status_code, problem_of(answer)["code"]) in {(404, "http.not_found"), (401, "auth.signed_out")}
