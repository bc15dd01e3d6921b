"""Well-formed commands that a rule refuses: wrong stage, not yours, stale, reused key; nothing is half done."""

import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio

from shared.clock import SystemClock
from shared.contracts.members import Role
from shared.ids import new_id
from tests.e2e.house import WEBHOOK_SECRET, House, person
from tests.e2e.test_bad_input import problem_of

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]

Json = dict[str, Any]
STUDENT, OTHER, DESK, ADMIN = (
    person(Role.STUDENT),
    person(Role.STUDENT, "another student"),
    person(Role.DESK),
    person(Role.ADMIN),
)
ORGANISER, STRANGER = person(Role.SECRETARY), person(Role.SECRETARY, "another secretary")

TOO_EARLY = [
    ("confirmation", {"solved": True, "stars": 5}, STUDENT),
    ("rating", {"stars": 3}, STUDENT),
    ("reopening", {"reason": "still broken"}, STUDENT),
    ("resumption", None, DESK),
]
TOO_LATE = [
    *TOO_EARLY,
    ("cancellation", {}, STUDENT),
    ("triage", {"urgent": True}, DESK),
    ("rejection", {"reason": "no", "alternative": "ask"}, DESK),
    ("hold", {"reason": "wait", "for_requester": True}, DESK),
    ("contact", {"note": "called"}, DESK),
    ("legs", {"kind": "helper"}, DESK),
]
REQUESTERS_ONLY = [
    ("confirmation", {"solved": True, "stars": 5}),
    ("rating", {"stars": 3}),
    ("reopening", {"reason": "mine now"}),
    ("cancellation", {}),
]


def _form(house: House, **change: Any) -> Json:
    return {"category": "wish.company", "title": "Company to the doctor", "place": house.room, **change}


def _plan(house: House, **change: Any) -> Json:
    start = SystemClock().now() + timedelta(days=2)
    return {
        "title": "Maths together",
        "category": "study",
        "starts_at": start.isoformat(),
        "ends_at": (start + timedelta(hours=2)).isoformat(),
        "place": house.campus,
        "capacity": 2,
        "points": 1,
        **change,
    }


@pytest_asyncio.fixture(loop_scope="module")
async def filed(house: House) -> AsyncIterator[Json]:
    """A request of the student that only its handlers may see; at the end of the test it must be as it was."""
    request = await house.create("/api/requests", STUDENT, _form(house))
    before = (await house.ask("GET", f"/api/requests/{request['id']}", STUDENT)).json()
    yield request
    after = (await house.ask("GET", f"/api/requests/{request['id']}", STUDENT)).json()
    assert after["timeline"][: len(before["timeline"])] == before["timeline"]
    assert [step["actor"] for step in after["timeline"][len(before["timeline"]) :] if step["actor"] == OTHER.id] == []


async def _command(
    house: House, request: Json, name: str, body: Json | None, who: Any, **headers: str
) -> httpx.Response:
    more: Json = {} if body is None else {"json": body}
    return await house.ask("POST", f"/api/requests/{request['id']}/{name}", who, headers=headers, **more)


@pytest.mark.parametrize(("name", "body", "who"), TOO_EARLY, ids=[row[0] for row in TOO_EARLY])
async def test_a_command_in_the_wrong_stage_is_refused(
    house: House, filed: Json, name: str, body: Json | None, who: Any
) -> None:
    answer = await _command(house, filed, name, body, who)
    assert (answer.status_code, problem_of(answer)["code"]) == (409, "request.wrong_stage")


@pytest.mark.parametrize(("name", "body", "who"), TOO_LATE, ids=[row[0] for row in TOO_LATE])
async def test_a_command_after_the_end_is_refused(
    house: House, filed: Json, name: str, body: Json | None, who: Any
) -> None:
    ended = await _command(house, filed, "cancellation", {"reason": "solved itself"}, STUDENT)
    assert ended.json()["stage"] == "cancelled"
    answer = await _command(house, filed, name, body, who)
    assert (answer.status_code, problem_of(answer)["code"]) == (409, "request.wrong_stage")
    seen = (await house.ask("GET", f"/api/requests/{filed['id']}", STUDENT)).json()
    assert seen["version"] == ended.json()["version"]


@pytest.mark.parametrize(("name", "body"), REQUESTERS_ONLY, ids=[row[0] for row in REQUESTERS_ONLY])
async def test_what_is_not_yours_you_may_not_decide(house: House, filed: Json, name: str, body: Json) -> None:
    answer = await _command(house, filed, name, body, OTHER)
    assert (answer.status_code, problem_of(answer)["code"]) == (403, "auth.not_yours")


async def test_what_is_not_yours_you_may_not_see(house: House, filed: Json) -> None:
    answer = await house.ask("GET", f"/api/requests/{filed['id']}", OTHER)
    assert problem_of(answer)["code"] in {"auth.not_yours", "http.not_found"}
    assert filed["title"] not in answer.text


LEG_STEPS: dict[str, Json | None] = {
    "acceptance": None,
    "start": None,
    "decline": {},
    "completion": {},
    "release": {"reason": "exam"},
    "progress": {"note": "soon"},
}


@pytest.mark.parametrize("step", LEG_STEPS)
async def test_a_leg_that_is_not_yours_you_may_not_touch(house: House, filed: Json, step: str) -> None:
    leg = filed["legs"][0]["id"]
    body = LEG_STEPS[step]
    answer = await _command(house, filed, f"legs/{leg}/{step}", body, OTHER)
    assert problem_of(answer)["code"] in {"auth.not_yours", "leg.wrong_state", "http.not_found"}
    unknown = await _command(house, filed, f"legs/{new_id()}/{step}", body, STUDENT)
    assert problem_of(unknown)["code"] in {"leg.unknown", "auth.not_yours"}


async def test_a_student_may_not_file_for_somebody_else(house: House) -> None:
    body = _form(house, requester_id=OTHER.id)
    answer = await house.ask("POST", "/api/requests", STUDENT, json=body, headers={"idempotency-key": new_id()})
    assert (answer.status_code, problem_of(answer)["code"]) == (403, "request.only_for_yourself")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"category": "no.such"}, "request.unknown_category"),
        ({"place": "nowhere.b9"}, "request.unknown_place"),
        ({"place": None}, "request.place_missing"),
    ],
)
async def test_a_form_that_names_nothing_known_files_nothing(house: House, change: Json, code: str) -> None:
    key = new_id()
    answer = await house.ask(
        "POST", "/api/requests", STUDENT, json=_form(house, **change), headers={"idempotency-key": key}
    )
    assert (answer.status_code, problem_of(answer)["code"]) == (422, code)
    mended = await house.ask("POST", "/api/requests", STUDENT, json=_form(house), headers={"idempotency-key": key})
    assert mended.status_code == 201


async def test_a_stale_if_match_is_refused_and_changes_nothing(house: House, filed: Json) -> None:
    first = await _command(house, filed, "contact", {"note": "called"}, DESK)
    version = first.json()["version"]
    assert first.headers["etag"] == f'"{version}"'
    stale = {"if-match": f'"{filed["version"]}"'}
    answer = await house.ask(
        "POST", f"/api/requests/{filed['id']}/hold", DESK, headers=stale, json={"reason": "wait", "for_requester": True}
    )
    assert (answer.status_code, problem_of(answer)["code"]) == (412, "http.stale_version")
    seen = (await house.ask("GET", f"/api/requests/{filed['id']}", DESK)).json()
    assert seen["stage"] != "on_hold"


async def test_a_person_is_added_once_and_changed_only_from_what_was_seen(house: House) -> None:
    username = f"u{new_id()[:10]}"
    body = {"username": username, "name": "Li Lei", "roles": ["student"], "place": house.room}
    headers = {"idempotency-key": new_id()}
    first = await house.ask("POST", "/api/members/people", ADMIN, json=body, headers=headers)
    assert first.status_code == 201, first.text
    person_id = first.json()["id"]
    other = await house.ask("POST", "/api/members/people", ADMIN, json=body, headers={"idempotency-key": new_id()})
    assert (other.status_code, problem_of(other)["code"]) == (409, "person.username_taken"), "another form, same name"
    seen = first.headers.get("etag") or f'"{first.json()["version"]}"'
    path = f"/api/members/people/{person_id}"
    changed = await house.ask("PATCH", path, ADMIN, json={"skills": ["maths"]}, headers={"if-match": seen})
    assert changed.status_code == 200, changed.text
    stale = await house.ask("PATCH", path, ADMIN, json={"skills": ["english"]}, headers={"if-match": seen})
    assert (stale.status_code, problem_of(stale)["code"]) == (412, "http.stale_version")
    now = (await house.ask("GET", path, ADMIN)).json()
    assert now["skills"] == ["maths"]
    again = await house.ask("POST", "/api/members/people", ADMIN, json=body, headers=headers)
    assert (again.status_code, again.json()) == (200, now), "the same form again answers with the person as they are"


async def test_a_wrong_password_and_an_unknown_account_are_told_alike(house: House) -> None:
    username = f"u{new_id()[:10]}"
    body = {"username": username, "name": "Li Lei", "roles": ["student"], "password": "a long password"}
    await house.create("/api/members/people", ADMIN, body)
    problems = [
        problem_of(await house.ask("POST", "/api/members/sessions", None, json={"username": u, "password": p}))
        for u, p in ((username, "wrong"), (f"no{username}", "wrong"))
    ]
    assert [(problem["status"], problem["code"]) for problem in problems] == [(401, "auth.bad_credentials")] * 2
    signed = await house.ask(
        "POST", "/api/members/sessions", None, json={"username": username, "password": "a long password"}
    )
    assert signed.status_code == 201
    assert "httponly" in signed.headers["set-cookie"].lower()


async def test_an_activity_refuses_what_its_stage_or_its_asker_forbids(house: House) -> None:
    activity = await house.create("/api/activities", ORGANISER, _plan(house))
    at = f"/api/activities/{activity['id']}"
    for who, method, path, code in (
        (STRANGER, "POST", "/publication", "auth.not_yours"),
        (STRANGER, "GET", "/attendees", "auth.not_yours"),
        (ORGANISER, "POST", "/completion", "activity.wrong_stage"),
        (STUDENT, "POST", "/sign-ups", "activity.wrong_stage"),
    ):
        problem = problem_of(await house.ask(method, at + path, who))
        assert problem["code"] in {code, "http.not_found"}, path
    published = await house.ask("POST", f"{at}/publication", ORGANISER)
    assert published.status_code == 200
    stale = await house.ask(
        "POST",
        f"{at}/cancellation",
        ORGANISER,
        json={"reason": "rain"},
        headers={"if-match": f'"{activity["version"]}"'},
    )
    assert (stale.status_code, problem_of(stale)["code"]) == (412, "http.stale_version")
    early = await house.ask("POST", f"{at}/attendance", STUDENT, json={"code": "000000"})
    assert problem_of(early)["code"].startswith("activity.")
    assert (await house.ask("GET", at, ORGANISER)).json()["stage"] == "published"


def _signed(body: bytes, *, secret: str = WEBHOOK_SECRET, age: int = 0) -> dict[str, str]:
    name, at = new_id(), str(int(SystemClock().now().timestamp()) - age)
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signature = base64.b64encode(hmac.new(key, f"{name}.{at}.".encode() + body, hashlib.sha256).digest()).decode()
    return {
        "webhook-id": name,
        "webhook-timestamp": at,
        "webhook-signature": f"v1,{signature}",
        "content-type": "application/json",
    }


NEWS = json.dumps(
    {"type": "service_request.updated", "data": {"service_request_id": "R-1", "external_id": "x", "status": "closed"}}
).encode()


async def test_an_unsigned_forged_or_old_webhook_is_refused(house: House) -> None:
    other = "whsec_" + base64.b64encode(b"another secret of some length").decode()
    good = _signed(NEWS)
    for headers, body in (
        ({"content-type": "application/json"}, NEWS),
        (_signed(NEWS, secret=other), NEWS),
        (_signed(NEWS, age=3600), NEWS),
        (good, NEWS.replace(b"closed", b"open")),
        ({**good, "webhook-timestamp": "yesterday"}, NEWS),
        ({**good, "webhook-signature": "v1,%%%"}, NEWS),
    ):
        answer = await house.ask("POST", "/hooks/logistics/campus-repairs", None, content=body, headers=headers)
        assert (answer.status_code, problem_of(answer)["code"]) == (401, "hook.bad_signature")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", "http.body_garbled"),
        (b'{"data": NaN}', "http.body_garbled"),
        (b"\xff\xfe", "http.body_garbled"),
        (b"[" * 100_000, "http.body_garbled"),
    ],
)
async def test_signed_nonsense_is_a_problem(house: House, body: bytes, code: str) -> None:
    answer = await house.ask("POST", "/hooks/logistics/campus-repairs", None, content=body, headers=_signed(body))
    assert problem_of(answer)["code"] == code
    elsewhere = await house.ask("POST", "/hooks/logistics/elsewhere", None, content=body, headers=_signed(body))
    assert problem_of(elsewhere)["code"] == "hook.unknown_system"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"[]", "hook.nothing_told"),
        (b'"words"', "hook.nothing_told"),
        (b'{"data": {"service_request_id": 7, "status": "closed"}}', "leg.unknown"),
        (b'{"data": {"service_request_id": "R-1", "status": ["lost"]}}', "leg.unknown"),
        (NEWS, "leg.unknown"),
    ],
)
async def test_signed_news_that_belongs_nowhere_is_kept_and_shown(house: House, body: bytes, code: str) -> None:
    answer = await house.ask("POST", "/hooks/logistics/campus-repairs", None, content=body, headers=_signed(body))
    assert (answer.status_code, answer.json()) == (200, {"outcome": "kept", "code": code})


@pytest.mark.parametrize("what", ["people", "places"])
@pytest.mark.parametrize(
    ("media", "body"),
    [
        ("application/json", b"{}"),
        ("text/csv", b"\xff\xfe\x00\x01"),
        ("text/csv", b""),
        ("text/csv", b"no,such,columns\n1,2,3\n"),
        ("text/csv", b'"an open quote\n'),
        ("text/csv", b"\x00\x00\x00"),
        ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", b"PK\x03\x04 no workbook"),
        ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", b""),
    ],
)
async def test_an_import_of_nonsense_says_what_is_wrong_and_writes_nothing(
    house: House, what: str, media: str, body: bytes
) -> None:
    params = {"what": what, "dry_run": "false"}
    answer = await house.ask(
        "POST", "/api/members/imports", ADMIN, params=params, content=body, headers={"content-type": media}
    )
    assert answer.status_code < 500, answer.text
    if answer.status_code >= 400:
        assert problem_of(answer)["code"]
    else:
        report = answer.json()
        assert report["created"] == report["updated"] == 0
