"""The whole of `members` on the real broker and store: a campus from files, proposals and points from events."""

import asyncio
import io
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any

import httpx
import nats
import openpyxl
import pytest

from services.members.app import build
from services.members.imports.api import XLSX
from services.members.settings import Settings
from shared.bus.stream import STREAM
from shared.contracts.activities import ActivityStage, AttendanceVerified
from shared.contracts.event import Event, Fact
from shared.contracts.requests.leg import LegAccepted, LegOpened
from shared.contracts.requests.request import RequestClosed, RequestReopened, ServedLeg
from shared.contracts.stages import Kind, LegKind, LegState, Outcome, Stage, Visibility
from shared.ids import new_id
from tests.support.identities import key_file, person_id_of
from tests.support.stage import begin_anew
from tests.support.streams import source_of

pytestmark = pytest.mark.integration

NOW = datetime(2026, 9, 1, 8, tzinfo=UTC)
PASSWORD = "yizhan-demo"
PLACES = "id,type,name,name_en,capacity\n" + "".join(
    f"{row}\n"
    for row in (
        "east.b1.f1.r101,room,101,,4",
        "east.b1.f1.r102,room,102,,4",
        "east.b1.f1,floor,一层,First floor,",
        "east.b1,building,一栋,Building 1,",
        "east,campus,东校区,East campus,",
    )
)
UNITS = "id,type,name,parent\ng1,group,一层党小组,east-branch\neast-branch,branch,东区党支部,\n"
PEOPLE = (
    "username,name,roles,room,units,skills,stage,busy,phone,reachable,password\n"
    f"student1,王一,student,east.b1.f1.r101,g1,,league,1 08:00-09:40,13800000001,yes,{PASSWORD}\n"
    f"mate,李二,student;helper,east.b1.f1.r101,g1,maths,full,,,yes,{PASSWORD}\n"
    f"helper1,张三,student;helper,east.b1.f1.r102,g1,maths,probationary,,,yes,{PASSWORD}\n"
    f"desk1,赵四,desk,,,,,,,yes,{PASSWORD}\n"
)


@dataclass
class House:
    """A running service, and an administrator who speaks to it."""

    http: httpx.AsyncClient
    stream: Any
    app: Any

    async def ask(self, method: str, path: str, who: str = "admin1", **more: Any) -> httpx.Response:
        token = await self.token(who)
        headers = {"Authorization": f"Bearer {token}", **more.pop("headers", {})}
        return await self.http.request(method, f"/api/members{path}", headers=headers, **more)

    async def token(self, who: str) -> str:
        answer = await self.http.post("/api/members/sessions", json={"username": who, "password": PASSWORD})
        assert answer.status_code == 201, answer.text
        self.http.cookies.clear()
        return answer.json()["token"]

    async def load(self, what: str, text: str | bytes, *, dry_run: bool = False, media: str = "text/csv") -> Any:
        content = text.encode() if isinstance(text, str) else text
        path = f"/imports?what={what}&dry_run={str(dry_run).lower()}"
        answer = await self.ask("POST", path, content=content, headers={"Content-Type": media})
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def campus(self) -> None:
        for what, text in (("places", PLACES), ("units", UNITS), ("people", PEOPLE)):
            assert (await self.load(what, text))["errors"] == []

    async def tell(self, fact: Fact, subject: str, version: int, event_id: str | None = None) -> None:
        event = Event(event_id or new_id(), source_of(fact), subject, NOW, version, "seed", "seed", "seed", fact)
        await self.stream.publish(event.nats_subject, event.to_json(), stream=STREAM)

    async def until(self, path: str, fits: Any) -> Any:
        for _ in range(100):
            answer = (await self.ask("GET", path)).json()
            if fits(answer):
                return answer
            await asyncio.sleep(0.05)
        return pytest.fail(f"{path} stayed {answer}")


@pytest.fixture
async def house(nats_url: str, mongodb_uri: str, tmp_path: Path) -> AsyncIterator[House]:
    await begin_anew(nats_url)
    settings = Settings.model_validate(
        {
            "nats_url": nats_url,
            "mongodb_uri": mongodb_uri,
            "mongodb_database": f"test_{new_id()}",
            "signing_key": str(tmp_path / "signing.pem"),
            "person_key": str(key_file(tmp_path)),
            "jwks": str(tmp_path / "jwks.json"),
            "admin_password": PASSWORD,
        }
    )
    app = build(settings)
    client = await nats.connect(nats_url)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
            yield House(http, client.jetstream(), app)
        await app.state.runtime.database.drop()
    await client.close()


def opened(request: str, leg: str, *, skill: str | None = "maths", excluded: Sequence[str] = ()) -> LegOpened:
    return LegOpened(
        request_id=request,
        stage=Stage.MATCHING,
        leg_id=leg,
        state=LegState.OPEN,
        round=1,
        kind=Kind.STUDY,
        category="tutoring",
        skill=skill,
        place="east.b1.f1.r101",
        urgent=False,
        requester_id=person_id_of("student1"),
        excluded_ids=tuple(excluded),
    )


def closed(request: str, leg: str, helper: str, closing: int = 1) -> RequestClosed:
    return RequestClosed(
        request_id=request,
        stage=Stage.CLOSED_CONFIRMED,
        outcome=Outcome.CONFIRMED,
        closing=closing,
        category="tutoring",
        kind=Kind.STUDY,
        visibility=Visibility.PUBLIC,
        requester_id=person_id_of("student1"),
        legs=(ServedLeg(leg_id=leg, kind=LegKind.HELPER, helper_id=helper),),
        closed_at=NOW,
    )


async def test_a_campus_is_loaded_from_files_and_a_second_load_changes_nothing(house: House) -> None:
    trial = await house.load("places", PLACES, dry_run=True)
    assert (trial["dry_run"], trial["created"]) == (True, 5)
    assert (await house.ask("GET", "/places")).json()["items"] == []
    await house.campus()
    for what, text, rows in (("places", PLACES, 5), ("units", UNITS, 2), ("people", PEOPLE, 4)):
        report = await house.load(what, text)
        assert (report["unchanged"], report["created"], report["updated"]) == (rows, 0, 0)
    moved = "username,name,room\nhelper1,张三,east.b1.f1.r101\nnew1,新,\n"
    assert (await house.load("people", moved))["updated"] == 1
    person = (await house.ask("GET", f"/people/{person_id_of('helper1')}")).json()
    assert person["skills"] == ["maths"]
    assert [(one["field"], one["after"]) for one in person["changes"]] == [("place", "east.b1.f1.r101")]


async def test_a_file_with_one_bad_cell_writes_nothing(house: House) -> None:
    await house.load("places", PLACES)
    bad = "username,name,room,roles\nanna,Anna,east.b1.f1.r101,student\nbo,Bo,east.b9,king\n"
    report = await house.load("people", bad)
    assert {(one["row"], one["column"], one["code"]) for one in report["errors"]} == {
        (3, "room", "import.unknown_place"),
        (3, "roles", "import.bad_value"),
    }
    assert (await house.ask("GET", "/people?q=anna")).json()["items"] == []


async def test_a_workbook_says_the_same_as_a_text_file(house: House) -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append(["编号", "类型", "名称", "容量"])
    sheet.append(["east", "campus", "东校区", None])
    sheet.append(["east.hall", "venue", "礼堂", 300])
    packed = io.BytesIO()
    book.save(packed)
    assert (await house.load("places", packed.getvalue(), media=XLSX))["created"] == 2
    items = (await house.ask("GET", "/places?type=venue")).json()["items"]
    assert [(one["id"], one["capacity"]) for one in items] == [("east.hall", 300)]
    broken = await house.ask("POST", "/imports?what=places", content=b"PK\x03\x04no", headers={"Content-Type": XLSX})
    assert (broken.status_code, broken.json()["code"]) == (422, "import.unreadable")
    old = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    locked = await house.ask("POST", "/imports?what=places", content=old, headers={"Content-Type": XLSX})
    assert (locked.status_code, locked.json()["code"]) == (422, "import.old_workbook")
    other = await house.ask("POST", "/imports?what=places", content=b"{}", headers={"Content-Type": "text/html"})
    assert (other.status_code, other.json()["code"]) == (415, "http.content_type")


async def test_fifteen_hundred_people_are_imported_in_seconds_and_can_sign_in(house: House) -> None:
    await house.load("places", PLACES)
    rows = "".join(f"p{n},同学{n},student,east.b1.f1.r101,{PASSWORD}\n" for n in range(1500))
    started = perf_counter()
    report = await house.load("people", "username,name,roles,room,password\n" + rows)
    seconds = perf_counter() - started
    assert report["created"] == 1500
    assert seconds < 20
    for who in ("p0", "p1499", "P7"):
        assert await house.token(who)
    page = (await house.ask("GET", "/people?role=student&limit=200")).json()
    assert len(page["items"]) == 200
    following = (await house.ask("GET", f"/people?role=student&limit=200&cursor={page['next_cursor']}")).json()
    assert following["items"][0]["username"] > page["items"][-1]["username"]


async def test_signing_in_gives_a_cookie_and_refuses_alike_whatever_is_wrong(house: House) -> None:
    await house.campus()
    codes: set[tuple[int, str]] = set()
    for credentials in (("student1", "not-the-password"), ("nobody", PASSWORD), ("new1", PASSWORD)):
        body = {"username": credentials[0], "password": credentials[1]}
        answer = await house.http.post("/api/members/sessions", json=body)
        codes.add((answer.status_code, answer.json()["code"]))
    assert codes == {(401, "auth.bad_credentials")}
    answer = await house.http.post("/api/members/sessions", json={"username": "student1", "password": PASSWORD})
    assert "HttpOnly" in answer.headers["set-cookie"]
    assert answer.json()["person"]["place_name"] == "101"
    me = await house.http.get("/api/members/me")
    assert me.json()["name"] == "王一"
    assert (await house.http.delete("/api/members/sessions/current")).status_code == 204
    assert (await house.http.get("/api/members/me")).json()["code"] == "auth.signed_out"
    keys = (await house.http.get("/api/members/jwks.json")).json()["keys"]
    assert [key["kty"] for key in keys] == ["OKP"]


async def test_whoever_looks_is_told_the_zone_of_the_campus_and_the_time_there(house: House) -> None:
    answer = await house.http.get("/api/members/campus")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    told = answer.json()
    assert told["timezone"] == "Asia/Shanghai"
    now = datetime.fromisoformat(told["now"])
    assert abs((datetime.now(UTC) - now).total_seconds()) < 5


async def test_a_leg_is_proposed_to_a_neighbour_and_never_to_a_room_mate(house: House) -> None:
    await house.campus()
    request, event_id = new_id(), new_id()
    await house.tell(opened(request, "leg1"), request, 2, event_id)
    await house.tell(opened(request, "leg1"), request, 2, event_id)
    path = f"/requests/{request}/proposals"
    (proposal,) = (await house.until(path, lambda answer: answer["items"]))["items"]
    assert proposal["helper_id"] == person_id_of("helper1")
    assert {one["code"]: one["weight"] for one in proposal["reasons"]}["skill"] == 70
    assert proposal["why"] == {"room_mate": 1}
    await house.tell(opened(request, "leg1", excluded=[person_id_of("helper1")]), request, 5)
    answer = await house.until(path, lambda answer: len(answer["items"]) == 2)
    assert answer["items"][1]["helper_id"] is None
    assert len((await house.ask("GET", path, "helper1")).json()["items"]) == 1
    assert (await house.ask("GET", path, "student1")).json()["items"] == []
    accepted = LegAccepted(
        request_id=request,
        stage=Stage.ASSIGNED,
        leg_id="leg1",
        state=LegState.ACCEPTED,
        helper_id=person_id_of("mate"),
        accepted_at=NOW,
    )
    await house.tell(accepted, request, 9)
    await house.until("/people?q=mate", lambda answer: answer["items"][0]["load"] == 1)
    ranked = (await house.ask("GET", "/helpers?skill=maths&place=east.b1.f1")).json()["items"]
    assert [(one["name"], one["load"]) for one in ranked] == [("张三", 0), ("李二", 1)]


async def test_points_vest_once_and_a_reopening_reverses_them_in_any_order(house: House) -> None:
    await house.campus()
    helper, request, late = person_id_of("helper1"), new_id(), new_id()
    path = f"/people/{helper}/points"
    for _ in range(2):
        await house.tell(closed(request, "leg1", helper), request, 9)
    first = await house.until(path, lambda answer: answer["balance"] == 3)
    assert len(first["entries"]) == 1
    undone = RequestReopened(request_id=request, stage=Stage.TRIAGED, closing=1, reopened_at=NOW)
    await house.tell(undone, request, 10)
    await house.until(path, lambda answer: (answer["balance"], len(answer["entries"])) == (0, 2))
    await house.tell(undone.model_copy(update={"request_id": late}), late, 10)
    await house.tell(closed(late, "leg2", helper), late, 9)
    await house.until(path, lambda answer: (answer["balance"], len(answer["entries"])) == (0, 4))
    await house.tell(
        AttendanceVerified(
            activity_id="a1", stage=ActivityStage.PUBLISHED, person_id=helper, points=2, attended_at=NOW
        ),
        "a1",
        4,
    )
    await house.until(path, lambda answer: answer["balance"] == 2)
    assert (await house.ask("GET", "/points/mine", "helper1")).json()["balance"] == 2


async def test_a_place_has_one_owner_at_most_even_when_two_ask_at_once(house: House) -> None:
    await house.campus()
    owner = person_id_of("helper1")

    async def ask(place: str) -> httpx.Response:
        body = {"owner_id": owner, "places": [place]}
        return await house.ask("POST", "/duty-areas", json=body, headers={"Idempotency-Key": new_id()})

    answers = await asyncio.gather(ask("east.b1.f1"), ask("east.b1"), ask("east.b1.f1.r102"))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
    area = next(answer.json()["id"] for answer in answers if answer.status_code == 201)
    assert [one["orphaned"] for one in (await house.ask("GET", "/duty-areas")).json()["items"]] == [False]
    assert (await house.ask("POST", f"/people/{owner}/departure")).json()["departed_at"] is not None
    gone = await house.http.post("/api/members/sessions", json={"username": "helper1", "password": PASSWORD})
    assert gone.status_code == 401
    assert [one["orphaned"] for one in (await house.ask("GET", "/duty-areas")).json()["items"]] == [True]
    back = await house.ask("POST", f"/people/{owner}/return", json={"keep_password": True})
    assert back.json()["departed_at"] is None
    assert [one["orphaned"] for one in (await house.ask("GET", "/duty-areas")).json()["items"]] == [False]
    assert await house.token("helper1")
    assert (await house.ask("DELETE", f"/duty-areas/{area}")).status_code == 204
    assert (await house.ask("GET", "/duty-areas")).json()["items"] == []


async def test_people_are_added_and_changed_with_dates_and_versions(house: House) -> None:
    await house.campus()
    body = {"username": "carl", "name": "Carl", "place": "east.b1.f1.r101", "party_member": True, "password": PASSWORD}
    key = {"Idempotency-Key": "form-1"}
    first = await house.ask("POST", "/people", json=body, headers=key)
    again = await house.ask("POST", "/people", json=body, headers=key)
    assert (first.status_code, again.status_code, first.json()["stage"]) == (201, 200, "full")
    assert first.json()["id"] == again.json()["id"]
    other = await house.ask("POST", "/people", json={**body, "name": "Other"}, headers={"Idempotency-Key": "form-2"})
    assert (other.status_code, other.json()["code"]) == (409, "person.username_taken")
    assert await house.token("carl")
    path = f"/people/{first.json()['id']}"
    version = first.headers["etag"]
    changed = await house.ask("PATCH", path, json={"place": None, "skills": ["maths"]}, headers={"If-Match": version})
    assert (changed.json()["place"], len(changed.json()["changes"])) == (None, 2)
    again = await house.ask("PATCH", path, json={"place": None, "skills": ["maths"]}, headers={"If-Match": version})
    assert (again.status_code, again.json()["version"]) == (200, changed.json()["version"])
    stale = await house.ask("PATCH", path, json={"reachable": False}, headers={"If-Match": version})
    assert (stale.status_code, stale.json()["code"]) == (412, "http.stale_version")
    for bad in ({"place": "west"}, {"units": ["nope"]}, {"busy": [{"day": 1, "starts": "9", "ends": "10:00"}]}):
        answer = await house.ask("PATCH", path, json=bad)
        assert (answer.status_code, answer.json()["code"].startswith("person.")) == (422, True)
    assert (await house.ask("PATCH", "/people/nobody", json={})).status_code == 404
    for who, told in (("admin1", ["Carl"]), ("student1", [])):
        names = (await house.ask("GET", f"/names?ids={first.json()['id']},nobody", who)).json()["names"]
        assert list(names.values()) == told


async def test_no_fact_carries_a_name_or_a_phone(house: House) -> None:
    await house.campus()
    subscription = await house.stream.subscribe("yizhan.members.person.>", ordered_consumer=True)
    told: list[str] = []
    while len(told) < 5:
        raw = (await subscription.next_msg(5)).data
        told += [raw.decode()] if b'"/yizhan/members"' in raw else []
    assert not any(word in event for event in told for word in ("王一", "student1", "13800000001"))


async def test_whoever_left_comes_back_by_an_import_as_the_same_person(house: House) -> None:
    await house.campus()
    person = person_id_of("helper1")
    await house.ask("POST", f"/people/{person}/departure")
    file = "username,name,password\nhelper1,张三,another-pass-1\n"
    assert (await house.load("people", file, dry_run=True))["updated"] == 1
    assert (await house.ask("GET", f"/people/{person}")).json()["departed_at"] is not None, "a dry run changes nothing"
    assert (await house.load("people", file))["errors"] == []
    back = (await house.ask("GET", f"/people/{person}")).json()
    assert (back["departed_at"], back["skills"]) == (None, ["maths"])
    for password, status in ((PASSWORD, 401), ("another-pass-1", 201)):
        body = {"username": "helper1", "password": password}
        assert (await house.http.post("/api/members/sessions", json=body)).status_code == status
    assert (await house.load("people", file))["unchanged"] == 1
