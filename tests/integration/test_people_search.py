"""Looking for people: everybody is found by what others type, and a page costs the same among any number of people."""

import asyncio
import random
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio
from pymongo import MongoClient

from services.members.people.domain.person import Person
from services.members.people.domain.profile import Profile
from services.members.people.queries import BEST_FIRST, PeopleFilter, list_people
from services.members.people.store import INDEXES, keys_of
from shared.contracts.members import Role
from shared.finding import FORM
from shared.ids import new_id
from shared.keyset import PageQuery
from shared.store.aggregates import KEYS_INDEX, MongoDocuments
from shared.store.document import Because, Document
from shared.store.mongo import Database

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]

NOW = datetime(2026, 9, 1, tzinfo=UTC)
BECAUSE = Because.command("admin", "key", NOW)
SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗单解曾查任"
GIVEN = "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂文云洁华飞晓雪梅红雨佳浩"
SIZES = (100, 1_000, 10_000)
PAGE = 20


def person(name: str, number: str, place: str | None = "north.n1.f1.r101", **more: Any) -> Person:
    return Person(number, Profile(name, (Role.STUDENT,), place), NOW, "admin", **more)


@dataclass
class Ledger:
    """People in a real store, and the plans of what was asked of them."""

    documents: MongoDocuments[Person]
    raw: Any
    asked: list[dict[str, Any]] = field(default_factory=list)

    async def add(self, people: Sequence[Person]) -> None:
        for start in range(0, len(people), 1_000):
            some = people[start : start + 1_000]
            await asyncio.gather(*(self.documents.create(one.username, one, [], BECAUSE) for one in some))

    async def select(
        self, where: Mapping[str, Any], *, sort: Sequence[tuple[str, int]] = (), limit: int = 0
    ) -> list[Document[Person]]:
        find = {"find": "people", "filter": dict(where), "sort": dict(sort), "limit": limit}
        self.asked.append(find)
        return await self.documents.select(where, sort=sort, limit=limit)

    async def names(self, q: str, limit: int = 50, **more: Any) -> list[str]:
        hits = await list_people(self, PeopleFilter(q, **more), PageQuery(None, limit))  # type: ignore[arg-type]
        return [hit.person.state.profile.name for hit in hits.items]

    def plans(self) -> list[dict[str, Any]]:
        """How the store finds what was asked since the last look."""
        asked, self.asked = self.asked, []
        return [self.raw.command("explain", find, verbosity="executionStats") for find in asked]


async def opened(mongodb_uri: str, *, keys: bool = True) -> Ledger:
    database = Database.at(mongodb_uri, f"search_{new_id()[:8]}")
    collection = database.collection("people")
    for index in (*INDEXES, KEYS_INDEX):
        await collection.ensure_index(index)
    documents = MongoDocuments(
        collection, Person, source="/yizhan/members", offer=lambda _: None, keys=keys_of if keys else None
    )
    return Ledger(documents, MongoClient(mongodb_uri)[database.name])


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def few(mongodb_uri: str) -> AsyncIterator[Ledger]:
    ledger = await opened(mongodb_uri)
    await ledger.add(
        [
            person("买买提·艾力", "2023010101"),
            person("Anna Berg", "2023010102", "north.n3.f4.401"),
            person("Anna Maria Berg", "2023010103"),
            person("张伟", "2023010104", "north.n3.f4.r402"),
            person("王张伟", "2023010105"),
            person("单晓", "2023010106"),
            person("吕布", "lvbu"),
            person("Joanna Müller", "2022990104"),
            person("Anna Gone", "2020000001", departed_at=NOW),
            person("Li Wei", "w.*"),
        ]
    )
    yield ledger
    ledger.raw.client.drop_database(ledger.raw.name)


@pytest.mark.parametrize(
    ("q", "names"),
    [
        ("买买提", ["买买提·艾力"]),
        ("艾力", ["买买提·艾力"]),
        ("买买提•艾力", ["买买提·艾力"]),
        ("买买提艾力", ["买买提·艾力"]),
        ("Anna", ["Anna Berg", "Anna Maria Berg", "Joanna Müller"]),
        ("ANNA B", ["Anna Berg", "Anna Maria Berg"]),
        ("berg", ["Anna Berg", "Anna Maria Berg"]),
        ("anna berg", ["Anna Berg", "Anna Maria Berg"]),
        ("berg maria", ["Anna Maria Berg"]),
        ("muller", ["Joanna Müller"]),
        ("张伟", ["张伟", "王张伟"]),
        ("zhangwei", ["张伟", "王张伟"]),
        ("zw", ["张伟", "王张伟"]),
        ("wzw", ["王张伟"]),
        ("shanxiao", ["单晓"]),
        ("danxiao", ["单晓"]),
        ("lvbu", ["吕布"]),
        ("lu bu", ["吕布"]),
        ("2023010104", ["张伟"]),
        ("0104", ["Joanna Müller", "张伟"]),
        ("401", ["Anna Berg"]),
        ("n3-402", ["张伟"]),
        ("w.*", ["Li Wei", "王张伟", "张伟"]),
        ("(((", []),
        ("·", []),
        ("nobody at all", []),
    ],
)
async def test_people_are_found_by_what_others_type(few: Ledger, q: str, names: list[str]) -> None:
    assert await few.names(q) == names


async def test_the_number_itself_comes_first_then_beginnings_then_parts(few: Ledger) -> None:
    await few.add([person("Zeta", "berg"), person("Berg Alban", "2024000000")])
    assert await few.names("berg") == ["Zeta", "Berg Alban", "Anna Berg", "Anna Maria Berg"]


async def test_pages_go_on_where_the_last_one_ended_whatever_the_fit(few: Ledger) -> None:
    whole = [hit.person.id for hit in (await list_people(few.documents, PeopleFilter("an"), PageQuery(None, 50))).items]
    seen: list[str] = []
    page = PageQuery(None, 1)
    while page.position is not None or not seen:
        found = await list_people(few.documents, PeopleFilter("an"), page)
        seen += [hit.person.id for hit in found.items]
        page = BEST_FIRST.query(found.next_cursor, 1)
    assert seen == whole
    assert len(set(seen)) == len(seen)


async def test_who_moves_or_changes_the_name_is_found_anew_and_no_longer_as_before(few: Ledger) -> None:
    created = await few.documents.create("moving", person("Old Name", "moving"), [], BECAUSE)
    state = created.document.state
    renamed = replace(state, profile=replace(state.profile, name="钱三强", place="west.w9.f1.r909"))
    await few.documents.commit(created.document, renamed, [], BECAUSE)
    assert await few.names("qsq") == await few.names("909") == ["钱三强"]
    assert await few.names("old name") == []
    assert await few.names("", place="west.w9") == ["钱三强"]


async def test_people_of_an_earlier_release_are_found_after_the_sweep(mongodb_uri: str) -> None:
    older = await opened(mongodb_uri, keys=False)
    await older.add([person("张伟", "a1"), person("李娜", "a2"), person("陈静", "a3")])
    now = MongoDocuments(
        older.documents.collection, Person, source="/yizhan/members", offer=lambda _: None, keys=keys_of
    )
    assert [hit.person.id for hit in (await list_people(now, PeopleFilter(None), PageQuery(None, 9))).items] == [
        "a1",
        "a2",
        "a3",
    ]
    before = {row["_id"]: row["version"] for row in await now.collection.find({})}
    assert [await now.make_keys(2), await now.make_keys(2), await now.make_keys(2)] == [2, 1, 0]
    assert [hit.person.id for hit in (await list_people(now, PeopleFilter("ln"), PageQuery(None, 9))).items] == ["a2"]
    rows = await now.collection.find({})
    assert {row["_id"]: row["version"] for row in rows} == before, "keys are no change of the ledger"
    assert {row["found"]["form"] for row in rows} == {FORM}
    assert await older.documents.make_keys(2) == 0, "what nobody looks for has no keys"
    older.raw.client.drop_database(older.raw.name)


def crowd(count: int, start: int) -> list[Person]:
    """Made people whose names and numbers repeat as on a campus; every tenth of them left."""
    drawn = random.Random(start)
    return [
        person(
            drawn.choice(SURNAMES) + "".join(drawn.choices(GIVEN, k=drawn.choice((1, 2, 2)))),
            f"20{20 + number % 6}{number:06}",
            f"north.n{number % 20}.f{number % 6}.r{number % 6}{number % 40:02}",
            departed_at=NOW if number % 10 == 0 else None,
        )
        for number in range(start, start + count)
    ]


ASKED = (
    PeopleFilter(),
    PeopleFilter("z"),
    PeopleFilter("zhang"),
    PeopleFilter("zhangw"),
    PeopleFilter("wei"),
    PeopleFilter("zw"),
    PeopleFilter("晓"),
    PeopleFilter("王"),
    PeopleFilter("2023"),
    PeopleFilter("99"),
    PeopleFilter("r101"),
    PeopleFilter("nobody"),
    PeopleFilter("(((.*"),
    PeopleFilter(role=Role.STUDENT),
    PeopleFilter(place="north.n3"),
    PeopleFilter("z", role=Role.STUDENT),
)


async def test_a_page_costs_the_same_among_a_hundred_times_the_people(mongodb_uri: str) -> None:
    ledger = await opened(mongodb_uri)
    known = 0
    for size in SIZES:
        await ledger.add(crowd(size - known, known))
        known = size
        for asked in ASKED:
            found = await list_people(ledger, asked, PageQuery(None, PAGE))  # type: ignore[arg-type]
            after = BEST_FIRST.query(found.next_cursor, PAGE)
            await list_people(ledger, asked, after)  # type: ignore[arg-type]
            for plan in ledger.plans():
                stats = plan["executionStats"]
                stages = str(plan["queryPlanner"]["winningPlan"])
                assert "COLLSCAN" not in stages, asked
                assert "'SORT'" not in stages, (asked, "sorted in memory: all that match would be read")
                assert stats["totalDocsExamined"] <= stats["nReturned"] + PAGE, (
                    size,
                    asked,
                    stats["totalDocsExamined"],
                )
                assert stats["totalKeysExamined"] <= stats["nReturned"] + 2 * PAGE, (size, asked)
    ledger.raw.client.drop_database(ledger.raw.name)
