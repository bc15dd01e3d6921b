"""Each service's own store, with real inputs: the same answers on the simulated MongoDB and on the real one."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any, TypeVar

import msgspec
import pytest

from services.activities.directory.domain import Person as LearntPerson
from services.activities.directory.domain import Venue
from services.activities.directory.store import PEOPLE_INDEXES, SECOND_LOOK, Directory
from services.activities.programme import store as programme
from services.activities.programme.domain.activity import Activity
from services.activities.programme.domain.plan import Plan
from services.activities.programme.domain.seats import Seats, add
from services.members.loads.handlers import LegNews
from services.members.loads.store import LOADS_INDEX, MongoLoads
from services.members.matching.store import MongoPool
from services.members.people.domain.person import Person
from services.members.people.domain.profile import Busy, Profile
from services.members.people.queries import PeopleFilter, list_people
from services.members.people.store import INDEXES as LEDGER_INDEXES
from services.members.people.store import keys_of
from services.reporting.figures.store import Baselines
from services.reporting.rows.domain import CellValue, Row, merge
from services.reporting.rows.store import INDEXES as ROW_INDEXES
from services.reporting.rows.store import Rows
from services.requests.casework import store as casework
from services.requests.casework.domain.request import Request
from services.requests.casework.domain.search import asked_for, words_of
from services.requests.casework.domain.search import keys_of as requests_by
from services.requests.clocks.store import INDEX as DUE_INDEX
from services.requests.clocks.store import due_before
from services.requests.directory.domain import Resident
from services.requests.directory.store import WORDS_INDEX, Belonging
from services.requests.directory.store import Directory as RequestsDirectory
from services.requests.logistics.store.outside_legs import INDEXES as LOGISTICS_INDEXES
from services.requests.logistics.store.outside_legs import find_by_leg, find_by_number, silent_since
from services.requests.queue import store as queue
from services.requests.queue.domain import QueueFilter
from shared.bus.parked import INDEXES as PARKED_INDEXES
from shared.bus.parked import LATEST_FIRST, Discarded, ParkedEvent, Parking, Which
from shared.bus.relay import Relay
from shared.clock import SystemClock
from shared.contracts.activities import ActivityStage
from shared.contracts.cells import Aggregate, Keep
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
from shared.contracts.stages import LegState, Stage, Visibility
from shared.keyset import PageQuery
from shared.store.aggregates import OUTBOX_INDEX, MongoDocuments, Unsent, backlog, unsent
from shared.store.document import Because, Documents
from shared.store.mongo import Database
from tests.contract.stores import STORES, opened
from tests.support import requests_domain as stage

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
F = TypeVar("F", bound=Fact)


@pytest.fixture(params=STORES)
async def database(request: pytest.FixtureRequest, mongodb_uri: str) -> AsyncIterator[Database]:
    async with opened(request.param, mongodb_uri) as database:
        yield database


def told(fact: F, version: int) -> Event[F]:
    return Event(
        id=f"e{version}",
        source="/yizhan/members",
        subject="x",
        time=NOW,
        version=version,
        cause="c",
        correlation="c",
        actor="a",
        data=fact,
    )


def place(name: str, version: int, seats: int | None = None) -> Event[PlaceAdded]:
    kind = PlaceType.ROOM if seats is None else PlaceType.VENUE
    return told(PlaceAdded(place_id="east.b1", type=kind, name=name, capacity=seats), version)


def lives(kind: Any, where: str | None, version: int) -> Any:
    return told(
        kind(person_id="ann", roles=(Role.STUDENT,), place=where, unit_ids=(), party_member=False, reachable=True),
        version,
    )


async def test_people_and_places_are_learnt_in_any_order(database: Database) -> None:
    news = [
        lives(PersonRegistered, "east.b1", 1),
        lives(PersonChanged, None, 2),
        told(PersonDeparted(person_id="ann"), 3),
    ]
    for number, order in enumerate(permutations(news)):
        places, people = database.collection(f"places{number}"), database.collection(f"people{number}")
        learnt = RequestsDirectory(places, people, Belonging(people, database.collection("units")))
        for event in order:
            await learnt.learn_people([event])
        await learnt.learn_people(news[:2])
        assert await learnt.resident("ann") is None
        left = {"_id": "ann", "departed": True, "place": None, "roles": [], "version": 3}
        assert await people.find({}) == [left]
    await places.ensure_index(WORDS_INDEX)
    await learnt.learn_places([place("$old", 1), place("$new", 2)])
    await learnt.learn_places([place("$old", 1)])
    assert [await learnt.called(word) for word in ("new", "old")] == [["east.b1"], []]
    await places.update_one({"_id": "east.b1"}, {"$set": {"words": None}})
    assert [await learnt.write_words(5), await learnt.write_words(5)] == [1, 0]
    assert await learnt.called("new") == ["east.b1"]
    learnt_place = {"_id": "east.b1", "type": "room", "name": "$new", "words": ["n", "ne", "new"], "version": 2}
    assert await places.find({}) == [learnt_place]
    assert [await learnt.knows_place("east.b1"), await learnt.knows_place("west")] == [True, False]
    await learnt.learn_people([lives(PersonRegistered, "east.b1", 4)])
    assert await learnt.resident("ann") == Resident("ann", "east.b1", frozenset({Role.STUDENT}))


def directory(database: Database, people: str = "people") -> Directory:
    collections = (database.collection(name) for name in ("venues", "units", people))
    return Directory(*collections, organisers=[Role.SECRETARY])


async def test_venues_and_units_are_learnt_in_any_order(database: Database) -> None:
    learnt = directory(database)
    for event in (place("new", 2, seats=40), place("old", 1, seats=20), place("new", 2, seats=40)):
        await learnt.learn_places([event])
    assert await learnt.venue("east.b1") == Venue(40, shared=False)
    assert await learnt.venue("west") is None
    floor = PlaceAdded(place_id="east.b1.f1", type=PlaceType.FLOOR, name="1", capacity=9)
    await learnt.learn_places([told(floor, 1)])
    assert await learnt.venue("east.b1.f1") == Venue(None, shared=True)
    formed = UnitFormed(unit_id="branch1", type="branch", name="Branch", parent_id=None)
    await learnt.learn_units([told(formed, 1), told(formed, 2), told(formed, 1)])
    assert [await learnt.knows_unit("branch1"), await learnt.knows_unit("branch2")] == [True, False]


async def test_who_left_is_learnt_in_any_order_and_looked_at_twice(database: Database) -> None:
    news = [lives(PersonRegistered, None, 1), lives(PersonChanged, None, 2), told(PersonDeparted(person_id="ann"), 3)]
    for number, order in enumerate(permutations(news)):
        collection = database.collection(f"residents{number}")
        for index in PEOPLE_INDEXES:
            await collection.ensure_index(index)
        learnt = directory(database, f"residents{number}")
        for event in order:
            await learnt.learn_people([event], NOW)
        await learnt.learn_people(news[:2], NOW + HOUR)
        gone = LearntPerson("ann", left=True, organises=False)
        assert await learnt.people(["ann", "bob"]) == {"ann": gone}
        assert await learnt.to_look_at(NOW + SECOND_LOOK - timedelta(seconds=1), 5) == []
        assert await learnt.to_look_at(NOW + SECOND_LOOK, 5) == [gone]
        await learnt.looked_at("ann", NOW + SECOND_LOOK)
        assert await learnt.to_look_at(NOW + HOUR, 5) == []
        back = told(
            PersonChanged(
                person_id="ann",
                roles=(Role.SECRETARY,),
                place=None,
                unit_ids=(),
                party_member=False,
                reachable=True,
            ),
            4,
        )
        await learnt.learn_people([back], NOW)
        assert await learnt.people(["ann"]) == {"ann": LearntPerson("ann", left=False, organises=True)}
    assert await directory(database).people([]) == {}


async def test_activities_are_found_by_place_organiser_seat_and_end(database: Database) -> None:
    collection = database.collection("activities")
    for index in (*programme.INDEXES, OUTBOX_INDEX):
        await collection.ensure_index(index)
    documents: Documents[Activity] = MongoDocuments(
        collection, Activity, source="/yizhan/activities", offer=lambda _: None
    )
    sitting = add(add(Seats(1), "ann", NOW), "bob", NOW)
    for number, (stage_, hours) in enumerate(
        [("planned", 1), ("published", 1), ("published", -3), ("completed", -3), ("cancelled", 1)]
    ):
        times = (NOW + hours * HOUR, NOW + (hours + 2) * HOUR)
        plan = Plan("t", "study", "", *times, "east.hall", 1, 0, None)
        seats = sitting if stage_ != "planned" else Seats(1)
        activity = Activity(f"a{number}", ActivityStage(stage_), plan, f"o{number % 2}", NOW, "s", seats)
        await documents.create(activity.id, activity, [], Because("a", "c", None, NOW))

    async def found(where: Any) -> list[str]:
        return sorted(one.id for one in await documents.select(where))

    assert await found(programme.planned_at("east.hall", NOW)) == ["a0", "a1"]
    assert await found(programme.planned_at("west.hall", NOW)) == []
    assert await found(programme.organised_by(["o0"], NOW)) == ["a0", "a2"]
    assert await found(programme.organised_by(["o0", "o1"], NOW + timedelta(days=40))) == []
    assert await found(programme.signed_up_for(["bob"], NOW)) == ["a1"]
    assert await found(programme.signed_up_for(["ann", "cy"], NOW)) == ["a1"]
    assert await found(programme.signed_up_for(["cy"], NOW)) == []
    assert await found(programme.published_before(NOW)) == ["a2"]
    assert await found(programme.published_before(NOW - 2 * HOUR)) == []


async def test_open_legs_are_counted_by_their_latest_news(database: Database) -> None:
    rows = database.collection("loads")
    await rows.ensure_index(LOADS_INDEX)
    loads = MongoLoads(rows)
    await loads.learn(
        [LegNews("l1", 0, "ann", True, NOW + HOUR), LegNews("l2", 1, "ann", True), LegNews("l3", 1, "bob", True)]
    )
    await loads.learn([LegNews("l3", 2, None, False), LegNews("l3", 3, "cy", True)])
    await loads.learn([LegNews("l3", 2, "bob", True), LegNews("l4", 5, "dan", False)])
    assert await loads.count(NOW) == {"ann": 2, "cy": 1}
    assert await loads.count(NOW + HOUR) == {"ann": 1, "cy": 1}
    assert await loads.count(NOW, ["ann", "dan"]) == {"ann": 2}


def person(
    name: str, number: int, roles: Sequence[Role], where: str | None, departed: datetime | None = None
) -> Person:
    profile = Profile(name, tuple(roles), where, skills=("repair",), busy=(Busy(1, "08:00", "09:40"),))
    return Person(username=f"u{number}", profile=profile, joined_at=NOW, joined_by="a", departed_at=departed)


async def test_people_are_listed_and_helpers_found(database: Database) -> None:
    collection = database.collection("people")
    for index in LEDGER_INDEXES:
        await collection.ensure_index(index)
    people: Documents[Person] = MongoDocuments(
        collection, Person, source="/yizhan/members", offer=lambda _: None, keys=keys_of
    )
    ledger = [
        person("Ann", 1, [Role.STUDENT, Role.HELPER], "east.b1.f1"),
        person("An(n", 2, [Role.HELPER], "east.b10", departed=NOW),
        person("An(n", 3, [Role.STUDENT], "east.b10"),
        person("Bob", 4, [Role.HELPER], None),
    ]
    for one in ledger:
        await people.create(one.username, one, [], Because("a", "c", None, NOW))
    asked = [
        PeopleFilter(),
        PeopleFilter(q="An"),
        PeopleFilter(q="An("),
        PeopleFilter(q="U4"),
        PeopleFilter(q="((("),
        PeopleFilter(q="n"),
        PeopleFilter(role=Role.HELPER),
        PeopleFilter(place="east.b1"),
        PeopleFilter(place="east"),
    ]
    found = [[one.person.id for one in (await list_people(people, each, PageQuery(None, 10))).items] for each in asked]
    assert found == [
        ["u1", "u3", "u4"],
        ["u1", "u3"],
        ["u1", "u3"],
        ["u4"],
        [],
        ["u3"],
        ["u1", "u4"],
        ["u1"],
        ["u1", "u3"],
    ]
    following = await list_people(people, PeopleFilter(), PageQuery((0, "u1"), 1))
    assert [one.person.id for one in following.items] == ["u3"]
    pool = MongoPool(collection)
    assert [(one.id, one.place, one.busy) for one in sorted(await pool.helpers(), key=lambda one: one.id)] == [
        ("u1", "east.b1.f1", (Busy(1, "08:00", "09:40"),)),
        ("u4", None, (Busy(1, "08:00", "09:40"),)),
    ]
    assert await pool.homes(["u1", "u4", "none"]) == {"u1": "east.b1.f1"}


async def test_a_baseline_is_frozen_once(database: Database) -> None:
    baselines = Baselines(database.collection("baselines"))
    assert await baselines.of("coverage", None) is None
    assert await baselines.freeze("coverage", None, 0.5, "ann", NOW)
    assert await baselines.freeze("coverage", None, 0.5, "ann", NOW)
    assert not await baselines.freeze("coverage", None, 0.7, "bob", NOW + HOUR)
    assert await baselines.of("coverage", None) == 0.5


ROWS = (
    Row(
        Aggregate.REQUEST,
        "$r",
        {"filed": CellValue(1, {"visibility": "sealed", "n": {"$x": 1}}, Keep.FIRST)},
        frozenset({1}),
        NOW,
    ),
    Row(Aggregate.REQUEST, "$r", {"filed": CellValue(4, {"visibility": "public"}, Keep.FIRST)}, frozenset({4})),
    Row(
        Aggregate.REQUEST,
        "$r",
        {"leg:a": CellValue(2, {"at": NOW, "s": None}), "stage": CellValue(2, {"s": "$a"})},
        frozenset({2, 3}),
    ),
    Row(Aggregate.REQUEST, "$r", {"stage": CellValue(3, {"s": "b"})}, frozenset({3}), NOW - HOUR),
)


async def test_rows_merge_in_the_store_as_they_merge_in_the_domain(database: Database) -> None:
    whole = ROWS[0]
    for row in ROWS[1:]:
        whole = merge(whole, row)
    for number, order in enumerate(permutations(ROWS)):
        rows = Rows(database.collection(f"rows{number % 4}"), "me")
        for row in order:
            await rows.merge(number, [row])
        await rows.merge(number, [order[0]])
        assert await rows.read(number, [(Aggregate.REQUEST, "$r"), (Aggregate.PLACE, "$r")]) == [whole]


async def test_rows_are_read_page_by_page_and_by_who_changed_them(database: Database) -> None:
    collection = database.collection("rows")
    for index in ROW_INDEXES:
        await collection.ensure_index(index)
    mine, theirs = Rows(collection, "me"), Rows(collection, "they")
    some = [
        replace(ROWS[0], key=f"r{n}", cells={"filed": CellValue(1, {"visibility": ["sealed", "public"][n % 2]})})
        for n in range(5)
    ]
    await mine.merge(1, some[:3])
    begun = (await collection.find({}))[0]["touched"] - timedelta(milliseconds=1)
    await theirs.merge(1, some[2:])
    await theirs.merge(2, [replace(some[0], kind=Aggregate.PLACE)])
    assert [row.key for row in await mine.page(1, Aggregate.REQUEST, after="r0", limit=2)] == ["r1", "r2"]
    assert [row.key for row in await mine.page(1, Aggregate.REQUEST, sealed=False)] == ["r1", "r3"]
    assert [[row.key for row in page] async for page in mine.every(1)] == [["r0", "r1", "r2", "r3", "r4"]]
    assert sorted(row.key for row in await mine.changed_by_others(1, begun)) == ["r2", "r3", "r4"]
    assert sorted(row.key for row in await theirs.changed_by_others(1, begun)) == ["r0", "r1"]
    assert await mine.changed_by_others(1, begun + timedelta(days=400)) == []
    assert (await mine.count(1), await mine.forget_before(2), await mine.count(1), await mine.count(2)) == (5, 5, 0, 1)


def parked(durable: str, sequence: int, at: datetime = NOW, attempts: int = 5) -> ParkedEvent:
    return ParkedEvent(durable, sequence, "yizhan.x", b"\xff{", "why", attempts, at)


async def test_parked_events_are_kept_once_paged_counted_tried_and_discarded(database: Database) -> None:
    collection = database.collection("parked")
    for index in PARKED_INDEXES:
        await collection.ensure_index(index)
    parking = Parking(collection)
    for number in range(3):
        await parking.put(parked("members-points", number, NOW + number // 2 * HOUR))
    await parking.put(parked("members-pool", 1))
    await parking.put(parked("members-points", 0, NOW + HOUR, attempts=3))
    first = replace(parked("members-points", 0), tried_at=NOW + HOUR)
    assert await parking.find("members-points:0") == first
    assert await parking.find("members-points:9") is None
    page = await parking.page(Which(), PageQuery(None, 2))
    assert [one.id for one in page.items] == ["members-points:2", "members-pool:1"]
    rest = await parking.page(Which(durable="members-points"), LATEST_FIRST.query(page.next_cursor, 5))
    assert [one.id for one in rest.items] == ["members-points:1", "members-points:0"]
    assert rest.next_cursor is None
    told = Discarded("ann", NOW, "useless")
    assert [await parking.discard("members-points:1", told) for _ in range(2)] == [True, False]
    assert [one.discarded for one in (await parking.page(Which(discarded=True), PageQuery(None, 5))).items] == [told]
    assert await parking.tried("members-points:0", "again", NOW) == replace(
        first, reason="again", attempts=6, tried_at=NOW
    )
    assert [await parking.forget(f"members-points:{number}") for number in (2, 2, 1)] == [True, False, False]
    assert await parking.counts() == {"members-points": 1, "members-pool": 1}


class Stream:
    """Takes what is published."""

    def __init__(self) -> None:
        self.events: list[str] = []

    async def publish(self, events: Sequence[tuple[str, str, bytes]]) -> None:
        self.events += [event for event, _, _ in events]


async def test_an_outbox_is_swept_and_cleared(database: Database) -> None:
    collection = database.collection("things")
    await collection.ensure_index(OUTBOX_INDEX)
    offered: list[Unsent] = []
    things: MongoDocuments[dict[str, int]] = MongoDocuments(collection, dict, source="/yizhan/x", offer=offered.append)
    for number in range(3):
        because = Because("a", "c", None, NOW + number * HOUR, dedup_key=f"m{number}")
        facts = [PersonDeparted(person_id=str(number))] * number
        document = (await things.create(f"t{number}", {"n": number}, facts, because)).document
        await things.commit(document, {"n": -number}, facts[:1], msgspec.structs.replace(because, dedup_key="more"))
    assert await backlog(collection) == 2
    swept = await unsent(collection, NOW + 2 * HOUR, 10)
    assert [(one.document_id, one.events) for one in swept] == [("t1", [*offered[0].events, *offered[1].events])]
    relay, stream = Relay(SystemClock()), Stream()
    relay.watch(collection)
    relay.connected(stream)
    await relay.sweep()
    assert sorted(stream.events) == sorted(event for one in offered for event, _, _ in one.events)
    rows = await collection.find({}, sort=[("_id", 1)])
    assert [(row["outbox"], row["heard"], row["state"]) for row in rows] == [
        ([], [f"m{number}", "more"], {"n": -number}) for number in range(3)
    ]
    assert await unsent(collection, NOW + 9 * HOUR, 10) == []
    assert await backlog(collection) == 0


async def casebook(database: Database) -> MongoDocuments[Request]:
    collection = database.collection("requests")
    for index in (*casework.INDEXES, DUE_INDEX, *LOGISTICS_INDEXES, OUTBOX_INDEX):
        await collection.ensure_index(index)
    documents = MongoDocuments(collection, Request, source="/yizhan/requests", offer=lambda _: None, keys=requests_by)
    filed = [
        stage.filed(id="r1", title="A.b* (lamp)"),
        msgspec.structs.replace(stage.accepted(stage.filed(id="r2")), visibility=Visibility.SEALED),
        msgspec.structs.replace(stage.acked(), id="r3"),
        stage.offered(stage.filed(id="r4")),
        replace_stage(stage.filed(id="r5"), Stage.CANCELLED),
    ]
    for number, request in enumerate(filed):
        because = Because("a", "c", None, NOW)
        changed = msgspec.structs.replace(request, filed_at=NOW + (number // 2) * HOUR, overdue=number == 2)
        await documents.create(request.id, changed, [], because)
    return documents


def replace_stage(request: Request, to: Stage) -> Request:
    return msgspec.structs.replace(request, stage=to, due_at=None)


async def test_requests_are_listed_counted_and_found_by_their_clocks_and_legs(database: Database) -> None:
    documents = await casebook(database)

    async def found(where: Any) -> list[str]:
        return [one.id for one in await documents.select(where, sort=casework.NEWEST_FIRST.sort)]

    assert await found(casework.unended()) == ["r4", "r3", "r2", "r1"]
    assert await found(casework.visible([Visibility.SEALED])) == ["r2"]
    for q, ids in (("a.B* (", ["r1"]), ("LAMP", ["r1"]), ("r4", ["r4"]), ("r407", ["r4", "r3", "r2", "r1"]), ("*", [])):
        asked = asked_for(q, stage.DESK, (), places=[[] for _ in words_of(q)], people=())
        assert await found(queue.found_by(asked)) == ids
    assert await found(queue.outside([Visibility.PUBLIC, Visibility.MASKED])) == ["r3"]
    assert await found(queue.narrowed(QueueFilter(overdue=True, stage=list(Stage)))) == ["r3"]
    assert await found(casework.NEWEST_FIRST.beyond((NOW + HOUR, "r4"))) == ["r3", "r2", "r1"]
    assert await found(casework.helped_by("helper", [LegState.ACCEPTED])) == ["r2"]
    assert await found(casework.helped_by("helper", [LegState.ACCEPTED, LegState.OFFERED])) == ["r4", "r2"]
    ours, outside = [
        one.state.legs[-1] for one in await documents.select({"_id": {"$in": ["r2", "r3"]}}, sort=[("_id", 1)])
    ]
    assert await found(find_by_leg(outside.id)) == ["r3"]
    assert await found(find_by_leg(ours.id)) == []
    assert await found(find_by_number(str(outside.system), "none")) == []
    assert await found(find_by_number(str(outside.system), "311-1")) == ["r3"]
    assert await found(silent_since(NOW + timedelta(days=90))) == ["r3"]
    assert await found(due_before(NOW - timedelta(days=90))) == []
    assert set(await found(due_before(NOW + timedelta(days=90)))) >= {"r1", "r4"}
    (counts,) = await documents.collection.aggregate(queue.count_pipeline(casework.unended()))
    tables = {name: {row["_id"]: row["n"] for row in rows} for name, rows in counts.items()}
    assert sum(tables["stages"].values()) == 4
    assert tables["overdue"] == {"overdue": 1}
    assert tables["needs"] == {}
