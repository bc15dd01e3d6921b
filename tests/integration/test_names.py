"""Names are for people who have to do with each other: every role asks for everybody's, and hashes names for ids."""

import asyncio
import hashlib
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import nats
import pytest

from shared.bus.stream import STREAM
from shared.contracts.activities import (
    ActivityFact,
    ActivityPlanned,
    ActivityPublished,
    ActivityStage,
    SeatReleased,
    SeatTaken,
)
from shared.contracts.event import Event
from shared.contracts.requests.leg import LegDeclined, LegDone, LegOffered, LegOpened
from shared.contracts.requests.request import RequestFact, RequestFiled, RequestHeld
from shared.contracts.stages import Channel, Kind, LegState, Stage, Visibility
from shared.ids import derive_id, new_id
from tests.integration.test_members import NOW, PASSWORD, PLACES, UNITS, House, house
from tests.support.identities import person_id_of

__all__ = ["house"]

pytestmark = pytest.mark.integration

STRANGERS = [f"stranger{number}" for number in range(62)]
STAFF = {
    "desk1": "desk,,east.b1",
    "desk2": "desk,,east.b2",
    "secretary1": "secretary,g2,",
    "counsellor1": "counsellor,,east.b1",
    "reader1": "counsellor;sealed_reader,,east.b2",
    "leader1": "leader,,",
    "logistics1": "logistics,,east.b1",
}
WORDS = ("student1", "student2", "helper1", "helper2")
EVERYBODY = [*WORDS, *STRANGERS, *STAFF, "admin1"]
MORE_PLACES = PLACES + "east.b2,building,二栋,Building 2,\neast.b2.f1,floor,一层,First,\neast.b2.f1.r1,room,1,,4\n"
ROOM = "east.b1.f1.r101"


@pytest.fixture
async def campus(house: House) -> House:
    """A campus on which most people live in one building and have nothing to do with each other."""
    lines = ["username,name,roles,room,units,skills,duty,password"]
    lines += [f"{name},名{name},student,{ROOM},g1,,,{PASSWORD}" for name in ("student1", "student2")]
    lines += [f"{name},名{name},student;helper,east.b1.f1.r102,g2,maths,,{PASSWORD}" for name in ("helper1", "helper2")]
    lines += [f"{name},名{name},student,{ROOM},g1,,,{PASSWORD}" for name in STRANGERS]
    for name, told in STAFF.items():
        roles, units, duty = told.split(",")
        lines.append(f"{name},名{name},{roles},,{units},,{duty},{PASSWORD}")
    for what, text in (("places", MORE_PLACES), ("units", UNITS + "g2,group,二层党小组,east-branch\n")):
        assert (await house.load(what, text))["errors"] == []
    assert (await house.load("people", "\n".join(lines) + "\n"))["errors"] == []
    return house


async def named(house: House, who: str, ids: Sequence[str] | None = None) -> set[str]:
    """Ask as somebody for the names of everybody; return whom they were told, by account name."""
    known = {person_id_of(name): name for name in EVERYBODY}
    answer = await house.ask("GET", f"/names?ids={','.join(ids or known)}", who)
    assert answer.status_code == 200, answer.text
    names: dict[str, str] = answer.json()["names"]
    assert all(name in {"admin1", f"名{known[one]}"} for one, name in names.items())
    return {known[one] for one in names}


def filed(request: str, visibility: Visibility = Visibility.PUBLIC, place: str = ROOM) -> RequestFiled:
    return RequestFiled(
        request_id=request,
        stage=Stage.SUBMITTED,
        kind=Kind.WISH,
        category="wish.errand",
        channel=Channel.PHONE,
        visibility=visibility,
        urgent=False,
        requester_id=person_id_of("student1"),
        filed_by_id=person_id_of("student1"),
        place=place,
        filed_at=NOW,
    )


def leg(fact: type[Any], request: str, helper: str, **more: object) -> Any:
    base = {"request_id": request, "stage": Stage.MATCHING, "leg_id": f"leg{request}", "state": LegState.OFFERED}
    return fact.model_validate({**base, "helper_id": person_id_of(helper), **more})


def offered(request: str, helper: str) -> LegOffered:
    return leg(LegOffered, request, helper, round=1, expires_at=NOW + timedelta(hours=4))


class Teller:
    """Tells what happened to requests and activities, as their services do."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._versions: dict[str, int] = {}

    async def tell(self, subject: str, *facts: RequestFact | ActivityFact, actor: str = "requests") -> None:
        """Tell facts about one thing, and wait until `members` has learnt from them."""
        for fact in facts:
            source = f"/yizhan/{fact.SUBJECT.split('.')[1]}"
            version = self._versions[subject] = self._versions.get(subject, 0) + 1
            event = Event(new_id(), source, subject, NOW, version, "test", subject, actor, fact)
            await self._house.stream.publish(event.nats_subject, event.to_json(), stream=STREAM)
        async with asyncio.timeout(20):
            while not await self._heard():  # noqa: ASYNC110 - the broker tells nobody
                await asyncio.sleep(0.02)

    async def _heard(self) -> bool:
        durables = ("members-cases", "members-gatherings")
        told = [await self._house.stream.consumer_info(STREAM, name) for name in durables]
        return all(not one.num_pending and not one.num_ack_pending for one in told)


async def test_a_student_names_nobody_of_sixty_two_strangers(campus: House) -> None:
    strangers = [person_id_of(name) for name in STRANGERS]
    assert await named(campus, "student1", strangers) == set()
    assert await named(campus, "helper1", strangers) == set()


async def test_what_each_role_is_told_of_everybody(campus: House) -> None:
    staff = {*STAFF, "admin1"}
    in_b1 = {*WORDS, *STRANGERS} | staff
    for who, told in {
        "student1": {"student1"},
        "helper1": {"helper1"},
        "desk1": in_b1,
        "counsellor1": in_b1,
        "desk2": staff,
        "reader1": staff,
        "logistics1": staff,
        "secretary1": {"helper1", "helper2"} | staff,
        "leader1": set(EVERYBODY),
        "admin1": set(EVERYBODY),
    }.items():
        assert await named(campus, who) == told, who


async def test_unknown_and_forbidden_look_alike(campus: House) -> None:
    answers = [
        await campus.ask("GET", f"/names?ids={one}", "student1")
        for one in (person_id_of(STRANGERS[0]), new_id(), "requests", "", ",,", person_id_of("admin1"))
    ]
    assert {(answer.status_code, answer.text) for answer in answers} == {(200, '{"names":{}}')}


async def test_a_request_makes_people_acquainted_for_as_long_as_they_have_to_do_with_it(campus: House) -> None:
    teller, request = Teller(campus), new_id()
    await teller.tell(request, filed(request), actor=person_id_of("student1"))
    assert await named(campus, "student1") == {"student1"}
    await teller.tell(request, offered(request, "helper1"))
    assert await named(campus, "student1") == {"student1", "helper1"}
    assert await named(campus, "helper1") == {"student1", "helper1"}
    assert await named(campus, "helper2") == {"helper2"}
    await teller.tell(request, leg(LegDeclined, request, "helper1", round=1), actor=person_id_of("helper1"))
    assert await named(campus, "helper1") == {"helper1"}
    assert await named(campus, "student1") == {"student1"}
    held = RequestHeld(request_id=request, stage=Stage.ON_HOLD, for_requester=False, held_at=NOW)
    await teller.tell(request, held, actor=person_id_of("desk1"))
    assert await named(campus, "student1") == {"student1", "desk1"}
    done = leg(LegDone, request, "helper2", done_at=NOW)
    await teller.tell(request, offered(request, "helper2"), done, actor=person_id_of("helper2"))
    assert await named(campus, "helper2") == {"student1", "helper2", "desk1"}
    assert await named(campus, "student1") == {"student1", "helper2", "desk1"}
    assert await named(campus, "student2") == {"student2"}


async def test_the_desk_of_the_place_names_who_has_part_in_a_request_there(campus: House) -> None:
    teller, request = Teller(campus), new_id()
    await teller.tell(request, filed(request, place="east.b2.f1.r1"), offered(request, "helper1"))
    await teller.tell(request, leg(LegDeclined, request, "helper1", round=1))
    assert await named(campus, "desk2", [person_id_of(one) for one in WORDS]) == {"student1", "helper1"}
    assert await named(campus, "secretary1", [person_id_of(one) for one in WORDS]) == {"helper1", "helper2"}


async def test_a_sealed_request_makes_only_its_own_people_and_its_readers_acquainted(campus: House) -> None:
    teller, request = Teller(campus), new_id()
    await teller.tell(request, filed(request, Visibility.SEALED, "east.b2.f1.r1"))
    ids = [person_id_of(one) for one in WORDS]
    assert await named(campus, "reader1", ids) == {"student1"}
    assert await named(campus, "desk2", ids) == set()


async def test_the_units_of_the_requester_name_who_helps_them(campus: House) -> None:
    teller, request = Teller(campus), new_id()
    theirs: dict[str, Any] = {one: person_id_of("helper2") for one in ("requester_id", "filed_by_id")}
    fact = filed(request).model_copy(update=theirs)
    await teller.tell(request, fact, offered(request, "student2"))
    assert await named(campus, "secretary1", [person_id_of("student1"), person_id_of("student2")]) == {"student2"}


async def test_an_activity_shows_its_host_to_all_and_who_signed_up_to_its_host(campus: House) -> None:
    teller, activity = Teller(campus), new_id()
    planned = ActivityPlanned(
        activity_id=activity,
        stage=ActivityStage.PLANNED,
        category="study",
        organiser_id=person_id_of("desk2"),
        unit_id="g2",
        place="east",
        capacity=3,
        points=1,
        starts_at=NOW,
        ends_at=NOW,
    )
    seat = SeatTaken(
        activity_id=activity, stage=ActivityStage.PUBLISHED, person_id=person_id_of("student1"), promoted=False
    )
    published = ActivityPublished(activity_id=activity, stage=ActivityStage.PUBLISHED, published_at=NOW)
    await teller.tell(activity, planned)
    assert await named(campus, "student2") == {"student2"}
    await teller.tell(activity, published, seat)
    people = [person_id_of(one) for one in WORDS]
    assert await named(campus, "student2") == {"student2", "desk2"}
    assert await named(campus, "desk2", people) == {"student1"}
    assert await named(campus, "logistics1", people) == set()
    assert await named(campus, "secretary1", people) == {"helper1", "helper2"}
    left = await campus.ask("POST", f"/people/{person_id_of('desk2')}/departure")
    assert left.status_code == 200
    assert await named(campus, "secretary1", people) == {"helper1", "helper2", "student1"}, "they may run it now"
    assert await named(campus, "reader1", people) == set(), "it lies outside of what they work for"
    await teller.tell(activity, SeatReleased(**seat.model_dump(exclude={"promoted"})))
    assert await named(campus, "secretary1", people) == {"helper1", "helper2"}


async def test_whoever_answers_for_an_area_is_known_to_those_who_live_there(campus: House) -> None:
    body = {"owner_id": person_id_of("student2"), "places": ["east.b1.f1.r102"]}
    given = await campus.ask("POST", "/duty-areas", json=body, headers={"Idempotency-Key": new_id()})
    assert given.status_code == 201, given.text
    assert await named(campus, "helper1") == {"helper1", "student2"}
    assert await named(campus, "student1") == {"student1"}
    assert await named(campus, "desk2", [person_id_of("student2")]) == {"student2"}


async def test_helpers_are_ranked_for_those_who_work_for_the_place(campus: House) -> None:
    async def helpers(who: str, place: str = ROOM) -> tuple[int, list[str]]:
        answer = await campus.ask("GET", f"/helpers?place={place}", who)
        return answer.status_code, [one["name"] for one in answer.json().get("items", [])]

    assert await helpers("desk1") == (200, ["名helper1", "名helper2"]) or await helpers("desk1") == (
        200,
        ["名helper2", "名helper1"],
    )
    assert (await helpers("desk2"))[0] == 403
    assert (await helpers("secretary1"))[0] == 403
    assert (await helpers("admin1"))[0] == 200
    teller, request = Teller(campus), new_id()
    await teller.tell(request, filed(request).model_copy(update={"requester_id": person_id_of("helper1")}))
    assert (await helpers("secretary1"))[0] == 200, "somebody of their unit asks for something there"


async def test_proposals_are_shown_to_those_who_work_for_the_request(campus: House) -> None:
    teller, request = Teller(campus), new_id()
    opened = LegOpened(
        request_id=request,
        stage=Stage.MATCHING,
        leg_id=f"leg{request}",
        state=LegState.OPEN,
        round=1,
        kind=Kind.WISH,
        category="wish.errand",
        skill="maths",
        place=ROOM,
        urgent=False,
        requester_id=person_id_of("student1"),
        excluded_ids=(),
    )
    await teller.tell(request, filed(request), opened)
    found = await campus.until(f"/requests/{request}/proposals", lambda answer: answer["items"])
    helper = next(name for name in WORDS if person_id_of(name) == found["items"][0]["helper_id"])

    async def shown(who: str) -> int:
        return len((await campus.ask("GET", f"/requests/{request}/proposals", who)).json()["items"])

    seen = {who: await shown(who) for who in ("desk1", "desk2", "leader1", "student1", "student2", helper)}
    assert seen == {"desk1": 1, "desk2": 0, "leader1": 1, "student1": 0, "student2": 0, helper: 1}


async def test_no_hash_of_an_account_name_is_an_id_in_any_event(campus: House, nats_url: str) -> None:
    person = person_id_of("student1")
    assert (await campus.ask("POST", f"/people/{person}/suspension")).status_code == 200
    await campus.until("/operations", lambda answer: answer["outbox"] == 0)
    client = await nats.connect(nats_url)
    stream = client.jetstream()
    last = (await stream.stream_info(STREAM)).state.last_seq
    raw = b"".join([(await stream.get_msg(STREAM, seq)).data or b"" for seq in range(1, last + 1)])
    await client.close()
    assert person.encode() in raw
    for name in EVERYBODY:
        old = derive_id("person", name)
        derived = [old, *(derive_id("/yizhan/members", "people", old, str(version)) for version in range(1, 9))]
        hashed = [hashlib.new(kind, name.encode()).hexdigest()[:26] for kind in ("md5", "sha1", "sha256", "sha512")]
        assert not [one for one in (*derived, *hashed) if one.encode() in raw], name
