"""The whole of `activities` on the real broker and store: HTTP in, facts out, and hundreds of people for few seats."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import nats
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services.activities.app import build
from services.activities.directory.domain import Person
from services.activities.directory.store import SECOND_LOOK
from services.activities.programme.domain.activity import FORGOTTEN
from services.activities.programme.domain.seats import add
from services.activities.programme.handlers.commands import Programme
from services.activities.programme.handlers.departures import look_again
from services.activities.programme.handlers.forgotten import complete_forgotten_activities
from services.activities.settings import Settings
from services.activities.venues.domain import UNDER_WAY, Booking, Calendar
from shared.auth.actor import Actor
from shared.auth.tokens import Signer
from shared.bus.stream import STREAM
from shared.contracts.event import Event, Fact
from shared.contracts.members import (
    PersonChanged,
    PersonDeparted,
    PersonRegistered,
    PlaceAdded,
    PlaceType,
    Role,
    UnitFormed,
)
from shared.ids import new_id
from shared.ports import Ports
from shared.store.document import Because
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
    programme: Any = None
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
            duty = ("west",) if who == "elsewhere" else ("east",)
            actor = Actor(who, who, frozenset(roles or {Role.STUDENT}), duty=duty)
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

    async def tell(self, subject: str, version: int, fact: Fact) -> None:
        """Let `members` tell a fact."""
        event = Event(new_id(), "/yizhan/members", subject, NOW, version, "seed", "seed", "seed", fact)
        await self.stream.publish(event.nats_subject, event.to_json(), stream=STREAM)

    async def depart(self, person: str, version: int = 2) -> None:
        """Let a person leave, and wait until the service has heard of it."""
        await self.tell(person, version, PersonDeparted(person_id=person))
        await self.until_known(Person(person, left=True, organises=False))

    async def register(self, person: str, version: int = 1, roles: tuple[Role, ...] = (Role.STUDENT,)) -> None:
        """Let a person be here with these roles, and wait until the service has heard of it."""
        whole = {"person_id": person, "roles": roles, "place": None, "unit_ids": (), "party_member": False}
        kind = PersonRegistered if version == 1 else PersonChanged
        await self.tell(person, version, kind.model_validate(whole | {"reachable": True}))
        await self.until_known(Person(person, left=False, organises=Role.SECRETARY in roles))

    async def until_known(self, person: Person) -> None:
        for _ in range(200):
            if (await self.programme.directory.people([person.id])).get(person.id) == person and await self._settled():
                return
            await asyncio.sleep(0.05)
        pytest.fail(f"{person.id} was not heard of")

    async def _settled(self) -> bool:
        """Tell whether everything that was told of people has had its effect."""
        info = await self.stream.consumer_info(STREAM, "activities-people")
        return not info.num_pending and not info.num_ack_pending

    async def standings(self, activity: str) -> dict[str, str]:
        items = (await self.ask("GET", f"/{activity}/attendees", "organiser")).json()["items"]
        return {one["person_id"]: one["standing"] for one in items}

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
    app = build(settings, Ports(clock=clock))
    client = await nats.connect(nats_url)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
            stage = Stage(clock, signer, http, client.jetstream())
            await _tell_of_places(stage)
            stage.programme = app.state.parts[Programme]
            yield stage
        await app.state.runtime.database.drop()
    await client.close()


async def _tell_of_places(stage: Stage) -> None:
    for place, kind, seats in (
        ("east.hall", PlaceType.VENUE, 300),
        ("east.b3", PlaceType.BUILDING, None),
        ("east.b3.f1.r1", PlaceType.ROOM, 4),
    ):
        await stage.tell(place, 1, PlaceAdded(place_id=place, type=kind, name=place, capacity=seats))
    await stage.tell("branch1", 1, UnitFormed(unit_id="branch1", type="branch", name="Branch", parent_id=None))
    for _ in range(100):
        answer = await stage.plan(place="east.b3", unit_id="branch1")
        if answer.status_code == 201:
            return
        await asyncio.sleep(0.05)
    pytest.fail(f"the places were not heard of: {await stage.stream.consumer_info(STREAM, 'activities-directory')}")


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
    ("change", "status", "code", "at_field", "why"),
    [
        ({"place": "west.b1"}, 422, "activity.unknown_place", "place", None),
        ({"capacity": 301}, 422, "activity.place_too_small", "capacity", None),
        ({"place": "east.b3.f1.r1", "capacity": 30}, 422, "activity.place_too_small", "capacity", None),
        ({"unit_id": "no-such-unit"}, 422, "activity.unknown_unit", "unit_id", None),
        (
            {"starts_at": "2026-08-01T18:00:00Z", "ends_at": "2026-08-01T19:00:00Z"},
            422,
            "activity.in_the_past",
            "starts_at",
            None,
        ),
        ({"ends_at": "2026-09-02T18:00:00+08:00"}, 422, "activity.ends_before_start", "ends_at", None),
        ({"ends_at": "2026-11-02T18:00:00+08:00"}, 422, "activity.too_long", "ends_at", None),
        (
            {"starts_at": "9999-12-31T00:00:00Z", "ends_at": "9999-12-31T23:59:59Z"},
            422,
            "activity.too_far",
            "starts_at",
            None,
        ),
        ({"ends_at": "9999-12-31T23:59:59-14:00"}, 422, "http.body_invalid", "ends_at", "time.out_of_range"),
        ({"starts_at": 1788249600}, 422, "http.body_invalid", "starts_at", "time.unreadable"),
        ({"starts_at": "tomorrow"}, 422, "http.body_invalid", "starts_at", "time.unreadable"),
        ({"starts_at": "2026-09-02T18:00:00"}, 422, "http.body_invalid", "starts_at", "time.without_zone"),
        ({"ends_at": "2026-09-02T20:00"}, 422, "http.body_invalid", "ends_at", "time.without_zone"),
        ({"ends_at": "2026-09-02"}, 422, "http.body_invalid", "ends_at", "time.without_zone"),
        ({"points": 21}, 422, "http.body_invalid", "points", "less_than_equal"),
        ({"points": -1}, 422, "http.body_invalid", "points", "greater_than_equal"),
        ({"capacity": 0}, 422, "http.body_invalid", "capacity", "greater_than_equal"),
        ({"capacity": 2001}, 422, "http.body_invalid", "capacity", "less_than_equal"),
        ({"capacity": "2"}, 422, "http.body_invalid", "capacity", "int_type"),
        ({"capacity": True}, 422, "http.body_invalid", "capacity", "int_type"),
        ({"points": 1.5}, 422, "http.body_invalid", "points", "int_type"),
        ({"category": "学业"}, 422, "http.body_invalid", "category", "string_pattern_mismatch"),
        ({"title": "   "}, 422, "http.body_invalid", "title", None),
        ({"colour": "red"}, 422, "http.body_invalid", "colour", "extra_forbidden"),
    ],
)
async def test_a_plan_that_cannot_be_is_refused_at_its_field(
    stage: Stage, change: dict[str, Any], status: int, code: str, at_field: str, why: str | None
) -> None:
    answer = await stage.plan(**change)
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (status, code)
    [fault] = problem["errors"]
    assert fault["path"] == f"body.{at_field}"
    assert fault["code"] == (why or fault["code"])


async def test_a_hall_is_had_by_one_activity_at_a_time_until_that_is_called_off_or_ends(stage: Stage) -> None:
    first = (await stage.plan()).json()["id"]
    for change in (
        {},
        {"starts_at": "2026-09-02T19:59:00+08:00", "ends_at": "2026-09-02T23:00:00+08:00"},
        {"starts_at": "2026-09-02T17:00:00+08:00", "ends_at": "2026-09-02T23:00:00+08:00"},
    ):
        taken = await stage.plan(**change)
        problem = taken.json()
        assert (taken.status_code, problem["code"]) == (409, "activity.place_taken")
        assert [one["path"] for one in problem["errors"]] == ["body.place"]
        assert problem["params"] == {"starts_at": "2026-09-02T10:00:00.000Z", "ends_at": "2026-09-02T12:00:00.000Z"}
    after = await stage.plan(starts_at="2026-09-02T20:00:00+08:00", ends_at="2026-09-02T21:00:00+08:00")
    assert after.status_code == 201
    await stage.ask("POST", f"/{first}/cancellation", "organiser", json={"reason": "rain"})
    second = await stage.plan()
    assert second.status_code == 201
    await stage.ask("POST", f"/{second.json()['id']}/publication", "organiser")
    stage.clock.moment = NOW + timedelta(days=1, hours=2, minutes=30)
    ended = await stage.ask("POST", f"/{second.json()['id']}/completion", "organiser")
    assert ended.json()["stage"] == "completed"
    third = await stage.plan(starts_at="2026-09-02T18:40:00+08:00", ends_at="2026-09-02T20:00:00+08:00")
    assert third.status_code == 201


async def test_two_organisers_at_the_same_instant_do_not_both_get_the_room(stage: Stage) -> None:
    for round_ in range(5):
        times = {
            "starts_at": f"2026-09-1{round_}T18:00:00+08:00",
            "ends_at": f"2026-09-1{round_}T20:00:00+08:00",
            "place": "east.b3.f1.r1",
        }
        answers = await asyncio.gather(*(stage.plan(**times) for _ in range(12)))
        assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 11}
        assert {answer.json().get("code") for answer in answers} == {None, "activity.place_taken"}


async def test_a_floor_or_a_building_holds_many_activities_at_a_time(stage: Stage) -> None:
    assert [(await stage.plan(place="east.b3")).status_code for _ in range(3)] == [201] * 3


async def test_the_same_form_sent_many_times_at_once_has_one_place(stage: Stage) -> None:
    answers = await asyncio.gather(*(stage.plan(key="form-1") for _ in range(8)))
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert sorted(answer.status_code for answer in answers) == [200] * 7 + [201]


async def test_a_booking_whose_planning_died_holds_the_place_for_ten_minutes(stage: Stage) -> None:
    planned = (await stage.plan(place="east.b3")).json()
    times = (datetime.fromisoformat(planned["starts_at"]), datetime.fromisoformat(planned["ends_at"]))
    because = Because.command("organiser", "died", NOW)
    await stage.programme.calendars.create("east.hall", Calendar((Booking("nothing", *times, NOW),)), [], because)
    assert (await stage.plan()).json()["code"] == "activity.place_taken"
    stage.clock.moment = NOW + UNDER_WAY
    assert (await stage.plan()).status_code == 201


async def test_a_draft_without_a_booking_is_published_only_while_its_place_is_free(stage: Stage) -> None:
    """Drafts of an earlier release have no booking."""
    plan = {"starts_at": "2026-10-02T18:00:00+08:00", "ends_at": "2026-10-02T20:00:00+08:00"}
    draft = (await stage.plan(**plan)).json()["id"]
    calendar = await stage.programme.calendars.load("east.hall")
    await stage.programme.calendars.commit(calendar, Calendar(), [], Because.command("test", "forget", NOW))
    rival = await stage.plan(**plan)
    assert rival.status_code == 201
    refused = await stage.ask("POST", f"/{draft}/publication", "organiser")
    assert (refused.status_code, refused.json()["code"]) == (409, "activity.place_taken")
    await stage.ask("POST", f"/{rival.json()['id']}/cancellation", "organiser", json={"reason": "rain"})
    assert (await stage.ask("POST", f"/{draft}/publication", "organiser")).status_code == 200
    assert (await stage.plan(**plan)).json()["code"] == "activity.place_taken"


async def test_a_place_without_a_calendar_takes_over_what_is_planned_there(stage: Stage) -> None:
    """An earlier release booked nothing."""
    await stage.plan()
    await stage.programme.calendars.collection.delete({"_id": "east.hall"})
    assert (await stage.plan()).json()["code"] == "activity.place_taken"


async def test_a_draft_whose_place_has_shrunk_is_not_published(stage: Stage) -> None:
    draft = (await stage.plan(place="east.b3.f1.r1", capacity=4)).json()["id"]
    smaller = PlaceAdded(place_id="east.b3.f1.r1", type=PlaceType.ROOM, name="1", capacity=3)
    await stage.tell("east.b3.f1.r1", 2, smaller)
    for _ in range(100):
        if (await stage.programme.directory.venue("east.b3.f1.r1")).seats == smaller.capacity:
            break
        await asyncio.sleep(0.05)
    answer = await stage.ask("POST", f"/{draft}/publication", "organiser")
    assert (answer.status_code, answer.json()["code"]) == (422, "activity.place_too_small")
    assert [one["path"] for one in answer.json()["errors"]] == ["body.capacity"]


async def test_whoever_left_is_freed_at_once_and_never_promoted(stage: Stage) -> None:
    activity = await stage.published(capacity=1)
    for person in ("anna", "bo", "carl", "dora"):
        await stage.register(person)
        await stage.ask("POST", f"/{activity}/sign-ups", person)
    await stage.depart("bo")
    assert await stage.standings(activity) == {"anna": "seat", "carl": "waiting", "dora": "waiting"}
    await stage.ask("DELETE", f"/{activity}/sign-ups/mine", "anna")
    assert (await stage.standings(activity))["carl"] == "seat"
    await stage.depart("carl")
    assert await stage.standings(activity) == {"dora": "seat"}
    for person, method, path, body in (
        ("bo", "POST", "/sign-ups", None),
        ("carl", "DELETE", "/sign-ups/mine", None),
        ("carl", "POST", "/attendance", {"code": "12345678"}),
    ):
        answer = await stage.ask(method, f"/{activity}{path}", person, json=body)
        assert (answer.status_code, answer.json()["code"]) == (403, "activity.person_left")
    why = {one["data"]["person_id"]: one["data"].get("why") for one in await stage.told(activity, "seat", 9)}
    assert {person: reason for person, reason in why.items() if person != "dora"} == {
        "anna": "given_up",
        "bo": "departed",
        "carl": "departed",
    }


async def test_departures_that_come_twice_late_or_after_a_return_do_no_harm(stage: Stage) -> None:
    activity = await stage.published()
    await stage.register("anna")
    await stage.ask("POST", f"/{activity}/sign-ups", "anna")
    await stage.depart("anna", version=2)
    await stage.register("anna", version=3)
    back = await stage.ask("POST", f"/{activity}/sign-ups", "anna")
    assert (back.status_code, back.json()["mine"]) == (200, "seat")
    version = back.json()["version"]
    for _ in range(2):
        await stage.tell("anna", 2, PersonDeparted(person_id="anna"))
    await asyncio.sleep(0.5)
    view = (await stage.ask("GET", f"/{activity}", "anna")).json()
    assert (view["mine"], view["version"]) == ("seat", version)


async def test_a_sign_up_that_crossed_with_the_departure_is_found_by_the_second_look(stage: Stage) -> None:
    activity = await stage.published(capacity=1)
    await stage.register("anna")
    await stage.depart("anna")
    document = await stage.programme.activities.load(activity)
    seats = add(add(document.state.seats, "anna", NOW), "bo", NOW)
    because = Because.command("anna", "crossed", NOW)
    await stage.programme.activities.commit(document, replace(document.state, seats=seats), [], because)
    await look_again(stage.programme)
    assert (await stage.standings(activity))["anna"] == "seat", "not due yet"
    stage.clock.moment = NOW + SECOND_LOOK
    await look_again(stage.programme)
    assert await stage.standings(activity) == {"bo": "seat"}
    assert list(await stage.programme.directory.to_look_at(stage.clock.moment, 10)) == []


async def test_who_attended_stays_in_the_history_of_an_activity(stage: Stage) -> None:
    activity = await stage.published()
    await stage.register("anna")
    await stage.ask("POST", f"/{activity}/sign-ups", "anna")
    stage.clock.moment = NOW + timedelta(days=1, hours=2, minutes=5)
    code = (await stage.ask("GET", f"/{activity}/code", "organiser")).json()["code"]
    await stage.ask("POST", f"/{activity}/attendance", "anna", json={"code": code})
    await stage.depart("anna")
    assert await stage.standings(activity) == {"anna": "attended"}


async def test_the_organiser_takes_somebody_out_and_says_why(stage: Stage) -> None:
    activity = await stage.published(capacity=1)
    for person in ("anna", "bo"):
        await stage.ask("POST", f"/{activity}/sign-ups", person)
    for _ in range(2):
        removed = await stage.ask("DELETE", f"/{activity}/sign-ups/anna?reason=名额有误", "organiser")
        assert removed.status_code == 200
    assert await stage.standings(activity) == {"bo": "seat"}
    seen = (await stage.ask("GET", f"/{activity}", "anna")).json()
    assert (seen["mine"], seen["gone"], seen["gone_reason"]) == ("none", "removed", "名额有误")
    other = (await stage.ask("GET", f"/{activity}", "bo")).json()
    assert (other["gone"], other["gone_reason"]) == (None, None)
    for who, roles, status, code in (
        ("bo", (), 403, "auth.forbidden"),
        ("stranger", (Role.SECRETARY,), 403, "auth.not_yours"),
        ("organiser", (), 409, "activity.not_signed_up"),
    ):
        answer = await stage.ask("DELETE", f"/{activity}/sign-ups/carl", who, *roles)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    facts = await stage.told(activity, "seat", 4)
    assert "名额" not in json.dumps(facts, ensure_ascii=False)


async def test_an_activity_whose_organiser_left_is_of_all_organisers_who_work_there(stage: Stage) -> None:
    activity, draft = await stage.published(), (await stage.plan(place="east.b3")).json()["id"]
    await stage.register("organiser", roles=(Role.SECRETARY,))
    other = ("other", Role.SECRETARY)
    assert (await stage.ask("POST", f"/{activity}/completion", *other)).json()["code"] == "auth.not_yours"
    assert (await stage.ask("GET", f"/{draft}", *other)).status_code == 404
    await stage.register("organiser", version=2, roles=(Role.STUDENT,))
    seen = (await stage.ask("GET", f"/{activity}", *other)).json()
    assert (seen["organiser_left"], "cancel" in seen["may"]) == (True, True)
    listed = {one["id"] for one in (await stage.ask("GET", "", *other)).json()["items"]}
    assert {activity, draft} <= listed
    far = ("elsewhere", Role.SECRETARY)
    assert draft not in {one["id"] for one in (await stage.ask("GET", "", *far)).json()["items"]}
    assert (await stage.ask("GET", f"/{draft}", *far)).status_code == 404
    for path in ("attendees", "code"):
        assert (await stage.ask("GET", f"/{activity}/{path}", *far)).json()["code"] == "auth.not_yours"
    await stage.register("organiser", version=3, roles=(Role.SECRETARY,))
    assert not (await stage.ask("GET", f"/{activity}", *other)).json()["organiser_left"]
    await stage.depart("organiser", version=4)
    assert (await stage.plan()).json()["code"] == "activity.person_left"
    stage.clock.moment = NOW + timedelta(days=1, hours=2, minutes=5)
    done = await stage.ask("POST", f"/{activity}/completion", *other)
    assert (done.status_code, done.json()["stage"]) == (200, "completed")
    assert (await stage.ask("GET", f"/{draft}", "anna")).status_code == 404


async def test_a_command_given_twice_gets_the_same_answer(stage: Stage) -> None:
    """With or without a key, and under the version that was seen the first time."""
    planned = await stage.plan()
    activity, seen = planned.json()["id"], {"If-Match": planned.headers["etag"]}

    async def twice(method: str, path: str, who: str, **more: Any) -> dict[str, Any]:
        first, again = [await stage.ask(method, f"/{activity}{path}", who, **more) for _ in range(2)]
        assert (first.status_code, again.status_code) == (200, 200), again.text
        assert first.json() == again.json()
        return first.json()

    await twice("POST", "/publication", "organiser", headers=seen)
    assert (await twice("POST", "/sign-ups", "anna"))["mine"] == "seat"
    assert (await twice("DELETE", "/sign-ups/mine", "anna"))["mine"] == "none"
    assert (await twice("POST", "/sign-ups", "anna"))["mine"] == "seat"
    await twice("DELETE", "/sign-ups/anna", "organiser")
    await stage.ask("POST", f"/{activity}/sign-ups", "anna")
    stage.clock.moment = NOW + timedelta(days=1, hours=2, minutes=5)
    code = (await stage.ask("GET", f"/{activity}/code", "organiser")).json()["code"]
    assert (await twice("POST", "/attendance", "anna", json={"code": code}))["mine"] == "attended"
    stage.clock.moment += timedelta(minutes=5)
    late = await stage.ask("POST", f"/{activity}/attendance", "anna", json={"code": code})
    assert (late.status_code, late.json()["mine"]) == (200, "attended"), "the code has changed meanwhile"
    await twice("POST", "/completion", "organiser")
    verified = await stage.told(activity, "attendance", 1)
    assert len(verified) == 1
    other = (await stage.plan(place="east.b3", starts_at="2026-09-03T18:00:00Z", ends_at="2026-09-03T19:00:00Z")).json()
    for key in ("one", "one", "another"):
        answer = await stage.ask(
            "POST",
            f"/{other['id']}/cancellation",
            "organiser",
            json={"reason": "rain"},
            headers={"Idempotency-Key": key},
        )
        assert (answer.status_code, answer.json()["stage"]) == (200, "cancelled")
    differs = await stage.ask(
        "POST", f"/{other['id']}/cancellation", "organiser", json={"reason": "snow"}, headers={"Idempotency-Key": "one"}
    )
    assert (differs.status_code, differs.json()["code"]) == (409, "http.idempotency_key_reused")


async def test_what_its_organiser_forgot_completes_itself_with_its_attendance(stage: Stage) -> None:
    activity = await stage.published()
    for person in ("anna", "bo"):
        await stage.ask("POST", f"/{activity}/sign-ups", person)
    stage.clock.moment = NOW + timedelta(days=1, hours=2, minutes=5)
    code = (await stage.ask("GET", f"/{activity}/code", "organiser")).json()["code"]
    await stage.ask("POST", f"/{activity}/attendance", "anna", json={"code": code})
    stage.clock.moment = NOW + timedelta(days=1, hours=4) + FORGOTTEN - timedelta(seconds=1)
    await complete_forgotten_activities(stage.programme)
    assert (await stage.ask("GET", f"/{activity}", "anna")).json()["stage"] == "published"
    stage.clock.moment += timedelta(seconds=1)
    for _ in range(2):
        await complete_forgotten_activities(stage.programme)
    view = (await stage.ask("GET", f"/{activity}", "anna")).json()
    assert (view["stage"], view["attended"], view["mine"]) == ("completed", 1, "attended")
    pressed = await stage.ask("POST", f"/{activity}/completion", "organiser")
    assert pressed.status_code == 200, "who presses a moment later is not told off"
    assert len(await stage.told(activity, "activity", 3)) == 3


async def test_nothing_that_is_over_is_among_the_upcoming(stage: Stage) -> None:
    soon, early, forgotten = [await stage.published(place="east.b3") for _ in range(3)]
    later = await stage.published(
        place="east.b3", starts_at="2026-09-03T18:00:00+08:00", ends_at="2026-09-03T20:00:00+08:00"
    )
    stage.clock.moment = NOW + timedelta(days=1, hours=2, minutes=5)
    await stage.ask("POST", f"/{early}/completion", "organiser")

    async def listed(when: str) -> list[str]:
        return [one["id"] for one in (await stage.ask("GET", f"?when={when}", "anna")).json()["items"]]

    assert sorted(await listed("upcoming")) == sorted([soon, forgotten, later])
    assert await listed("past") == [early]
    ended = (await stage.ask("GET", f"/{early}", "anna")).json()
    assert ended["ended_at"] < ended["ends_at"], "the page can tell that it was ended early"
    stage.clock.moment = NOW + timedelta(days=1, hours=4)
    assert await listed("upcoming") == [later]
    assert sorted(await listed("past")) == sorted([soon, early, forgotten])


async def test_the_code_comes_with_the_time_of_the_service(stage: Stage) -> None:
    activity = await stage.published()
    stage.clock.moment = NOW + timedelta(days=1, hours=2, seconds=7)
    shown = (await stage.ask("GET", f"/{activity}/code", "organiser")).json()
    left = datetime.fromisoformat(shown["valid_until"]) - datetime.fromisoformat(shown["now"])
    assert datetime.fromisoformat(shown["now"]) == stage.clock.moment
    assert timedelta() < left <= timedelta(seconds=30)


async def test_what_is_only_planned_exists_for_its_organiser_alone(stage: Stage) -> None:
    activity = (await stage.plan()).json()["id"]
    assert (await stage.ask("GET", f"/{activity}", "anna")).status_code == 404
    for method, path, body in (
        ("POST", "/sign-ups", None),
        ("DELETE", "/sign-ups/mine", None),
        ("POST", "/attendance", {"code": "12345678"}),
    ):
        answer = await stage.ask(method, f"/{activity}{path}", "anna", json=body)
        assert (answer.status_code, answer.json()["code"]) == (404, "http.not_found"), path
    mine = (await stage.ask("GET", "", "organiser")).json()["items"]
    assert activity in [one["id"] for one in mine]
    theirs = (await stage.ask("GET", "", "anna")).json()["items"]
    assert activity not in [one["id"] for one in theirs]


async def test_lists_page_through_everything_once(stage: Stage) -> None:
    activities = [await stage.published(place="east.b3") for _ in range(5)]
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
    secret = (await stage.http._transport.app.state.parts[Programme].activities.load(activity)).state.secret  # type: ignore[attr-defined]
    view = await stage.ask("GET", f"/{activity}", "organiser")
    facts = await stage.told(activity, "activity", 2)
    assert len(secret) >= 52
    assert secret not in view.text + json.dumps(facts)
