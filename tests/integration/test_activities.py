"""The whole of `activities` on the real broker and store: HTTP in, facts out, and hundreds of people for few seats."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import nats
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services.activities.app import open_rooms
from services.activities.programme import api
from services.activities.settings import Settings
from shared.auth.actor import Actor
from shared.auth.tokens import Signer
from shared.bus.stream import STREAM
from shared.contracts.event import Event
from shared.contracts.members import PlaceAdded, PlaceType, Role
from shared.ids import new_id
from shared.ports import Ports
from shared.runtime import service_app
from tests.support.clock import NOW, MovableClock
from tests.support.stage import begin_anew

pytestmark = pytest.mark.integration


@dataclass
class Stage:
    """A running service, and people who speak to it."""

    clock: MovableClock
    signer: Signer
    http: httpx.AsyncClient
    stream: Any
    tokens: dict[str, str] = field(default_factory=dict)

    async def ask(
        self,
        method: str,
        path: str,
        who: str,
        *roles: Role,
        **more: Any,
    ) -> httpx.Response:
        if who not in self.tokens:
            actor = Actor(who, who, frozenset(roles or {Role.STUDENT}))
            self.tokens[who], _ = self.signer.sign(actor, NOW, timedelta(days=30))
        headers = {"Authorization": f"Bearer {self.tokens[who]}", **more.pop("headers", {})}
        return await self.http.request(method, f"/api/activities{path}", headers=headers, **more)

    async def plan(self, **change: Any) -> httpx.Response:
        wanted = {
            "title": "学业加油站",
            "category": "study",
            "starts_at": "2026-09-02T18:00:00+08:00",
            "ends_at": "2026-09-02T20:00:00+08:00",
            "place": "east.hall",
            "capacity": 2,
            "points": 3,
        }
        key = change.pop("key", new_id())
        return await self.ask(
            "POST", "", "organiser", Role.SECRETARY, json=wanted | change, headers={"Idempotency-Key": key}
        )

    async def published(self, **change: Any) -> str:
        activity = (await self.plan(**change)).json()["id"]
        answer = await self.ask("POST", f"/{activity}/publication", "organiser")
        assert answer.status_code == 200, answer.text
        return activity

    async def told(self, activity: str, kind: str, count: int) -> list[dict[str, Any]]:
        """Return what the stream holds of one activity, once that many are there."""
        for _ in range(100):
            subscription = await self.stream.subscribe(f"yizhan.activities.{kind}.>", ordered_consumer=True)
            found: list[dict[str, Any]] = []
            pending = (await subscription.consumer_info()).num_pending
            for _ in range(pending):
                message = json.loads((await subscription.next_msg(5)).data)
                found += [message] if message["subject"] == activity else []
            await subscription.unsubscribe()
            if len(found) >= count:
                return found
            await asyncio.sleep(0.05)
        pytest.fail(f"{activity} told {found}")


@pytest.fixture
async def stage(nats_url: str, mongodb_uri: str, tmp_path: Path) -> AsyncIterator[Stage]:
    await begin_anew(nats_url)
    signer = Signer(Ed25519PrivateKey.generate())
    (tmp_path / "jwks.json").write_text(json.dumps(signer.jwks))
    settings = Settings.model_validate(
        {
            "nats_url": nats_url,
            "mongodb_uri": mongodb_uri,
            "mongodb_database": f"test_{new_id()}",
            "jwks": str(tmp_path / "jwks.json"),
        }
    )
    clock = MovableClock()
    app = service_app(
        "activities", settings, open_rooms, routers=[api.router], refusals=api.REFUSALS, ports=Ports(clock=clock)
    )
    client = await nats.connect(nats_url)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
            stage = Stage(clock, signer, http, client.jetstream())
            await _tell_of_places(stage)
            yield stage
        await app.state.runtime.database.drop()
    await client.close()


async def _tell_of_places(stage: Stage) -> None:
    for place, kind, seats in (("east.hall", PlaceType.VENUE, 300), ("east.b3", PlaceType.BUILDING, None)):
        fact = PlaceAdded(place_id=place, type=kind, name=place, capacity=seats)
        event = Event(new_id(), "/yizhan/members", place, NOW, 1, "seed", "seed", "seed", fact)
        await stage.stream.publish(event.nats_subject, event.to_json(), stream=STREAM)
    for _ in range(100):
        answer = await stage.plan(place="east.b3")
        if answer.status_code == 201:
            return
        await asyncio.sleep(0.05)
    pytest.fail(f"the places were not heard of: {await stage.stream.consumer_info(STREAM, 'activities-places')}")


async def test_an_activity_runs_from_the_plan_to_attendance(stage: Stage) -> None:
    activity = await stage.published()
    for person, mine in (("anna", "seat"), ("bo", "seat"), ("carl", "waiting")):
        answer = (await stage.ask("POST", f"/{activity}/sign-ups", person)).json()
        assert answer["mine"] == mine
    released = await stage.ask("DELETE", f"/{activity}/sign-ups/mine", "anna")
    assert (released.status_code, released.json()["mine"]) == (200, "none")
    stage.clock.moment = NOW + timedelta(days=1, hours=2, minutes=5)
    code = (await stage.ask("GET", f"/{activity}/code", "organiser")).json()["code"]
    stage.clock.moment += timedelta(seconds=30)
    for _ in range(2):
        answer = await stage.ask("POST", f"/{activity}/attendance", "carl", json={"code": code})
        assert (answer.status_code, answer.json()["mine"]) == (200, "attended")
    attendees = (await stage.ask("GET", f"/{activity}/attendees", "organiser")).json()["items"]
    assert [(one["person_id"], one["standing"]) for one in attendees] == [("bo", "seat"), ("carl", "attended")]
    completed = await stage.ask("POST", f"/{activity}/completion", "organiser")
    assert completed.json()["stage"] == "completed"
    verified = await stage.told(activity, "attendance", 1)
    assert [(one["data"]["person_id"], one["data"]["points"]) for one in verified] == [("carl", 3)]
    seats = await stage.told(activity, "seat", 5)
    versions = [one["aggregateversion"] for one in seats]
    assert versions == sorted(set(versions))


async def test_two_hundred_people_at_once_get_forty_seats_and_keep_their_order(stage: Stage) -> None:
    activity = await stage.published(capacity=40)
    people = [f"person{n}" for n in range(200)]
    answers = await asyncio.gather(*(stage.ask("POST", f"/{activity}/sign-ups", person) for person in people))
    assert Counter(answer.json()["mine"] for answer in answers) == {"seat": 40, "waiting": 160}
    positions = sorted(answer.json()["waiting_position"] for answer in answers if answer.json()["mine"] == "waiting")
    assert positions == list(range(1, 161))
    leaving = [one for one, answer in zip(people, answers, strict=True) if answer.json()["mine"] == "seat"][:15]
    await asyncio.gather(*(stage.ask("DELETE", f"/{activity}/sign-ups/mine", person) for person in leaving))
    view = (await stage.ask("GET", f"/{activity}", "organiser")).json()
    assert (view["seats_taken"], view["waiting"]) == (40, 145)
    facts = await stage.told(activity, "seat", 230)
    kinds = Counter(one["type"] for one in facts)
    assert kinds == {
        "activities.seat.taken.v1": 55,
        "activities.seat.awaited.v1": 160,
        "activities.seat.released.v1": 15,
    }


async def test_one_key_plans_once_and_refuses_another_plan(stage: Stage) -> None:
    first = await stage.plan(key="form-1")
    again = await stage.plan(key="form-1")
    assert (first.status_code, first.json()) == (201, again.json())
    other = await stage.plan(key="form-1", title="another")
    assert (other.status_code, other.json()["code"]) == (409, "http.idempotency_key_reused")


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"place": "west.b1"}, 422, "activity.unknown_place"),
        ({"capacity": 301}, 422, "activity.place_too_small"),
        ({"starts_at": "2026-08-01T18:00:00Z", "ends_at": "2026-08-01T19:00:00Z"}, 422, "activity.in_the_past"),
        ({"ends_at": "2026-09-02T18:00:00+08:00"}, 422, "activity.ends_before_start"),
        ({"starts_at": "9999-12-31T00:00:00Z", "ends_at": "9999-12-31T23:59:59Z"}, 422, "activity.too_far"),
        ({"ends_at": "9999-12-31T23:59:59-14:00"}, 422, "http.body_invalid"),
        ({"starts_at": 1788249600}, 422, "http.body_invalid"),
        ({"starts_at": "2026-09-02T18:00:00"}, 422, "http.body_invalid"),
        ({"capacity": "2"}, 422, "http.body_invalid"),
        ({"capacity": True}, 422, "http.body_invalid"),
        ({"points": 1.5}, 422, "http.body_invalid"),
        ({"category": "学业"}, 422, "http.body_invalid"),
        ({"title": "   "}, 422, "http.body_invalid"),
        ({"colour": "red"}, 422, "http.body_invalid"),
    ],
)
async def test_a_bad_plan_is_a_problem_with_its_own_code(
    stage: Stage, change: dict[str, Any], status: int, code: str
) -> None:
    answer = await stage.plan(**change)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_what_is_only_planned_exists_for_its_organiser_alone(stage: Stage) -> None:
    activity = (await stage.plan()).json()["id"]
    assert (await stage.ask("GET", f"/{activity}", "anna")).status_code == 404
    mine = (await stage.ask("GET", "", "organiser")).json()["items"]
    assert activity in [one["id"] for one in mine]
    theirs = (await stage.ask("GET", "", "anna")).json()["items"]
    assert activity not in [one["id"] for one in theirs]


async def test_lists_page_through_everything_once(stage: Stage) -> None:
    activities = [await stage.published() for _ in range(5)]
    for activity in activities[:3]:
        await stage.ask("POST", f"/{activity}/sign-ups", "anna")
    for path, expected in (("?when=upcoming&limit=2", activities), ("/mine?limit=2", activities[:3])):
        found: list[str] = []
        cursor = ""
        while True:
            page = (await stage.ask("GET", f"{path}{cursor}", "anna")).json()
            found += [one["id"] for one in page["items"]]
            if page["next_cursor"] is None:
                break
            cursor = f"&cursor={page['next_cursor']}"
        assert sorted(found) == sorted(expected)
    assert (await stage.ask("GET", "?when=past", "anna")).json()["items"] == []
    assert (await stage.ask("GET", "?cursor=zzz", "anna")).json()["code"] == "http.cursor_malformed"
    bad = "WyJ4IiwieSJd"
    assert (await stage.ask("GET", f"?cursor={bad}", "anna")).json()["code"] == "http.cursor_malformed"


async def test_a_stale_if_match_is_refused_and_changes_nothing(stage: Stage) -> None:
    planned = await stage.plan()
    activity = planned.json()["id"]
    published = await stage.ask(
        "POST", f"/{activity}/publication", "organiser", headers={"If-Match": planned.headers["etag"]}
    )
    stale = await stage.ask(
        "POST",
        f"/{activity}/cancellation",
        "organiser",
        headers={"If-Match": planned.headers["etag"]},
        json={"reason": "rain"},
    )
    assert (published.status_code, stale.status_code, stale.json()["code"]) == (200, 412, "http.stale_version")
    now = await stage.ask("POST", f"/{activity}/cancellation", "organiser", json={"reason": "rain"})
    assert (now.json()["stage"], now.json()["cancel_reason"]) == ("cancelled", "rain")


async def test_the_wrong_person_code_and_time_are_refused(stage: Stage) -> None:
    activity = await stage.published()
    assert (await stage.ask("POST", f"/{activity}/completion", "anna")).json()["code"] == "auth.forbidden"
    other = await stage.ask("POST", f"/{activity}/completion", "other", Role.SECRETARY)
    assert (other.status_code, other.json()["code"]) == (403, "auth.not_yours")
    early = await stage.ask("GET", f"/{activity}/code", "organiser")
    assert (early.status_code, early.json()["code"]) == (409, "activity.not_now")
    await stage.ask("POST", f"/{activity}/sign-ups", "anna")
    stage.clock.moment = NOW + timedelta(days=1, hours=2)
    wrong = await stage.ask("POST", f"/{activity}/attendance", "anna", json={"code": "12345678"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "activity.wrong_code")
    absent = await stage.ask("POST", f"/{activity}/attendance", "bo", json={"code": "12345678"})
    assert (absent.status_code, absent.json()["code"]) == (409, "activity.no_seat")
    lost = await stage.ask("POST", "/nowhere/sign-ups", "anna")
    assert (lost.status_code, lost.json()["code"]) == (404, "http.not_found")


async def test_no_answer_and_no_fact_carries_the_secret(stage: Stage) -> None:
    activity = await stage.published()
    secret = (await stage.http._transport.app.state.rooms.activities.load(activity)).state.secret  # type: ignore[attr-defined]
    view = await stage.ask("GET", f"/{activity}", "organiser")
    facts = await stage.told(activity, "activity", 2)
    assert len(secret) >= 52
    assert secret not in view.text + json.dumps(facts)
