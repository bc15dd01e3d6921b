"""The path of a fact on real servers: committed with its state, published by the relay, heard by a runner, settled."""

import asyncio
from collections.abc import Awaitable, Callable

import nats
import pytest

from shared.bus.consumers import hears
from shared.bus.outcome import Done, Outcome, Parked, Retry
from shared.bus.parked import COLLECTION
from shared.clock import SystemClock
from shared.ids import new_id
from shared.ports import Ports
from shared.refusal import Refusal
from shared.store.document import Because, change
from shared.store.mongo import Collection
from tests.support.stage import (
    Counter,
    Event,
    Other,
    PersonDeparted,
    counting,
    declare,
    departed,
    running,
    settings_for,
)

DRIVERS = ("motor", "pymongo")
CLOCK = SystemClock()


class Listener:
    """Consumers that keep what they heard and answer as the test wants."""

    def __init__(self, answer: Callable[[Event, int], Outcome | Exception] | None = None) -> None:
        self.heard: list[Event] = []
        self.answer = answer or (lambda _event, _times: Done())

    @hears("test-listening", PersonDeparted)
    async def on_person_departed(self, event: Event) -> Outcome:
        self.heard.append(event)
        outcome = self.answer(event, sum(e.id == event.id for e in self.heard))
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def ids(self) -> list[str]:
        return [event.data.person_id for event in self.heard]


async def until(condition: Callable[[], bool | Awaitable[bool]], seconds: float = 15.0) -> None:
    """Wait until the condition holds; fails after the given seconds."""
    async with asyncio.timeout(seconds):
        while True:
            answer = condition()
            if (await answer) if isinstance(answer, Awaitable) else answer:
                return
            await asyncio.sleep(0.02)


def because(key: str) -> Because:
    return Because.command("tester", key, CLOCK.now())


@pytest.mark.parametrize("driver", DRIVERS)
async def test_a_committed_fact_is_heard_once_and_leaves_the_outbox(
    nats_url: str, mongodb_uri: str, driver: str
) -> None:
    await declare(nats_url, Listener)
    consumers = Listener()
    settings = settings_for(nats_url, mongodb_uri, f"t_{new_id()}", driver)
    async with running("members", settings, counting(consumers), Ports(clock=CLOCK)) as runtime:
        counters = runtime.documents(Counter)
        people = [new_id() for _ in range(50)]
        await asyncio.gather(
            *(counters.create(person, Counter(), [departed(person)], because(person)) for person in people)
        )
        await until(lambda: set(people) <= set(consumers.ids()))
        await until(lambda: _all_cleared(counters.collection))
        assert sorted(p for p in consumers.ids() if p in people) == sorted(people)
        await runtime.database.drop()


@pytest.mark.parametrize("driver", DRIVERS)
async def test_documents_of_two_collections_may_share_an_id(nats_url: str, mongodb_uri: str, driver: str) -> None:
    """A fact is not lost in silence: a unit and a campus of one id, made at once, are both heard of."""
    await declare(nats_url, Listener)
    consumers = Listener()
    settings = settings_for(nats_url, mongodb_uri, f"t_{new_id()}", driver)
    async with running("members", settings, counting(consumers), Ports(clock=CLOCK)) as runtime:
        counters = runtime.documents(Counter)
        others = runtime.documents(Other)
        shared, told = new_id(), {new_id(): counters, new_id(): others}
        for person, documents in told.items():
            await documents.create(shared, Counter(), [departed(person)], because(person))
        await until(lambda: set(told) <= set(consumers.ids()))
        for documents in told.values():
            await until(lambda documents=documents: _all_cleared(documents.collection))
        mine = [event for event in consumers.heard if event.data.person_id in told]
        assert len({event.id for event in mine}) == len(mine) == 2
        await runtime.database.drop()


async def _all_cleared(collection: Collection) -> bool:
    return await collection.count({"outbox.0": {"$exists": True}}) == 0


@pytest.mark.parametrize("driver", DRIVERS)
async def test_a_second_creation_finds_the_first(nats_url: str, mongodb_uri: str, driver: str) -> None:
    settings = settings_for(nats_url, mongodb_uri, f"t_{new_id()}", driver)
    async with running("members", settings, counting(None), Ports(clock=CLOCK)) as runtime:
        counters = runtime.documents(Counter)
        key = new_id()
        answers = await asyncio.gather(
            *(counters.create(key, Counter(n), [departed(key)], because(key)) for n in range(8))
        )
        assert sum(answer.fresh for answer in answers) == 1
        first = next(answer for answer in answers if answer.fresh)
        assert {answer.document.state for answer in answers} == {first.document.state}
        await runtime.database.drop()


@pytest.mark.parametrize("driver", DRIVERS)
async def test_changes_that_race_all_count(nats_url: str, mongodb_uri: str, driver: str) -> None:
    settings = settings_for(nats_url, mongodb_uri, f"t_{new_id()}", driver)
    async with running("members", settings, counting(None), Ports(clock=CLOCK)) as runtime:
        counters = runtime.documents(Counter)
        key = new_id()
        await counters.create(key, Counter(), [], because(key))

        async def add(n: int) -> None:
            await change(counters, key, lambda s: (Counter(s.count + 1), [departed()]), because(str(n)))

        await asyncio.gather(*(add(n) for n in range(6)))
        document = await counters.load(key)
        assert document is not None
        assert document.state.count == 6
        assert document.version == 7
        await runtime.database.drop()


async def test_a_heard_mark_makes_the_same_cause_count_once(nats_url: str, mongodb_uri: str) -> None:
    settings = settings_for(nats_url, mongodb_uri, f"t_{new_id()}")
    async with running("members", settings, counting(None), Ports(clock=CLOCK)) as runtime:
        counters = runtime.documents(Counter)
        key = new_id()
        await counters.create(key, Counter(), [], because(key))
        cause = Because("tester", "event-1", None, CLOCK.now(), dedup_key="event-1")
        for _ in range(3):
            await change(counters, key, lambda s: (Counter(s.count + 1), []), cause)
        document = await counters.load(key)
        assert document is not None
        assert document.state.count == 1
        await runtime.database.drop()


async def test_a_stale_expected_version_is_refused(nats_url: str, mongodb_uri: str) -> None:
    settings = settings_for(nats_url, mongodb_uri, f"t_{new_id()}")
    async with running("members", settings, counting(None), Ports(clock=CLOCK)) as runtime:
        counters = runtime.documents(Counter)
        key = new_id()
        await counters.create(key, Counter(), [], because(key))
        with pytest.raises(Refusal) as refusal:
            await change(counters, key, lambda _: (Counter(9), []), because("x"), expect_version=7)
        assert refusal.value.code == "http.stale_version"
        await runtime.database.drop()


async def test_the_sweep_sends_what_a_crash_left_unsent(nats_url: str, mongodb_uri: str) -> None:
    await declare(nats_url, Listener)
    database = f"t_{new_id()}"
    person = new_id()
    unreachable = settings_for("nats://127.0.0.1:1", mongodb_uri, database)
    async with running("members", unreachable, counting(None), Ports(clock=CLOCK)) as runtime:
        counters = runtime.documents(Counter)
        await counters.create(person, Counter(), [departed(person)], because(person))
    consumers = Listener()
    settings = settings_for(nats_url, mongodb_uri, database)
    async with running("members", settings, counting(consumers), Ports(clock=CLOCK)) as runtime:
        counters = runtime.documents(Counter)
        await until(lambda: person in consumers.ids())
        await until(lambda: _all_cleared(counters.collection))
        await runtime.database.drop()


@pytest.mark.parametrize("driver", DRIVERS)
async def test_a_retried_event_comes_again_and_a_faulty_one_is_parked_while_others_pass(
    nats_url: str, mongodb_uri: str, driver: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.bus.runner.LOGIC_FAULT_LIMIT", 3)
    await declare(nats_url, Listener)
    again, faulty, poison, fine = (new_id() for _ in range(4))

    def answer(event: Event, times: int) -> Outcome | Exception:
        if event.data.person_id == again and times < 3:
            return Retry("not yet", delay=0.05)
        if event.data.person_id == faulty:
            return KeyError("a fault of ours")
        if event.data.person_id == poison:
            return Parked("cannot be")
        return Done()

    consumers = Listener(answer)
    settings = settings_for(nats_url, mongodb_uri, f"t_{new_id()}", driver)
    async with running("members", settings, counting(consumers), Ports(clock=CLOCK)) as runtime:
        counters = runtime.documents(Counter)
        for person in (again, faulty, poison, fine):
            await counters.create(person, Counter(), [departed(person)], because(person))
        parked = runtime.database.collection(COLLECTION)
        await until(lambda: fine in consumers.ids() and consumers.ids().count(again) == 3)
        await until(lambda: _count_is(parked, 2))
        assert consumers.ids().count(faulty) == 3
        assert consumers.ids().count(poison) == 1
        await runtime.database.drop()


async def _count_is(collection: Collection, expected: int) -> bool:
    return await collection.count({}) == expected


async def test_bytes_that_are_no_event_are_parked_at_once(nats_url: str, mongodb_uri: str) -> None:
    await declare(nats_url, Listener)
    consumers = Listener()
    settings = settings_for(nats_url, mongodb_uri, f"t_{new_id()}")
    async with running("members", settings, counting(consumers), Ports(clock=CLOCK)) as runtime:
        connection = await nats.connect(nats_url)
        for raw in (b"\xff", b"[]", b'{"id": 1}', b"{"):
            await connection.jetstream().publish(PersonDeparted.SUBJECT, raw)
        parked = runtime.database.collection(COLLECTION)
        await until(lambda: _count_is(parked, 4))
        assert consumers.ids() == [] or None not in consumers.ids()
        await connection.close()
        await runtime.database.drop()
