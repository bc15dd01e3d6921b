"""The runner alone: whatever a batch holds, the culprits stand alone, others are handled, and it costs few calls."""

import asyncio
import math
from collections.abc import Sequence
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client import REGISTRY
from pymongo.errors import AutoReconnect, BulkWriteError, WriteError
from structlog.testing import capture_logs

from shared.bus.consumers import declared, hears, hears_batch
from shared.bus.outcome import Done, Outcome, Parked, Retry
from shared.bus.retry import LOGIC_FAULT_LIMIT
from shared.bus.runner import ConsumerRunner
from shared.clock import SystemClock
from shared.contracts.event import Event, Fact
from shared.contracts.members import DutyAreaReleased, PersonDeparted


class Consumers:
    """Consumers that fail a batch with a fault in it."""

    def __init__(self, faulty: set[int], fault: Exception) -> None:
        self.faulty = faulty
        self.fault = fault
        self.calls = 0
        self.handled: list[int] = []

    @hears_batch("test-batches", PersonDeparted)
    async def on_many(self, events: Sequence[Event[PersonDeparted]]) -> Sequence[Outcome]:
        self.calls += 1
        here = [int(event.subject) for event in events]
        if self.faulty & set(here):
            raise self.fault
        self.handled += here
        return [Done()] * len(events)


def runner_of(consumers: Consumers) -> ConsumerRunner:
    return ConsumerRunner(declared(Consumers)[0], consumers, cast("Any", None), SystemClock())


def told_by(source: str, person: str, fact: Fact | None = None) -> bytes:
    data = fact or PersonDeparted(person_id=person)
    return Event(f"e{person}", source, person, SystemClock().now(), 1, "c", "c", "tester", data).to_json()


def batch_of(many: int) -> list[tuple[str, bytes]]:
    return [(PersonDeparted.SUBJECT, told_by("/yizhan/members", str(n))) for n in range(many)]


@settings(deadline=None)
@given(st.integers(1, 40).flatmap(lambda many: st.tuples(st.just(many), st.sets(st.integers(0, many - 1)))))
async def test_exactly_the_culprits_of_a_batch_fail_and_the_others_are_handled_once_in_order(
    given_: tuple[int, set[int]],
) -> None:
    many, faulty = given_
    consumers = Consumers(faulty, KeyError("a fault of ours"))
    with capture_logs():
        outcomes = await runner_of(consumers).handle(batch_of(many), [1] * many)
    assert {at for at, outcome in enumerate(outcomes) if not isinstance(outcome, Done)} == faulty
    assert all(isinstance(outcomes[at], Retry) for at in faulty)
    assert consumers.handled == [at for at in range(many) if at not in faulty]
    assert consumers.calls <= 1 + 2 * len(faulty) * math.ceil(math.log2(many) if many > 1 else 0)


async def test_one_culprit_in_the_largest_batch_costs_seventeen_calls() -> None:
    consumers = Consumers({100}, KeyError("a fault of ours"))
    outcomes = await runner_of(consumers).handle(batch_of(256), [LOGIC_FAULT_LIMIT] * 256)
    assert [at for at, outcome in enumerate(outcomes) if isinstance(outcome, Parked)] == [100]
    assert consumers.calls == 17


@pytest.mark.parametrize("fault", [AutoReconnect("away"), TimeoutError(), OSError("gone"), WriteError("busy", 112)])
async def test_a_passing_trouble_is_tried_again_whole_and_parks_nobody(fault: Exception) -> None:
    consumers = Consumers({1}, fault)
    outcomes = await runner_of(consumers).handle(batch_of(8), [1000] * 8)
    assert all(isinstance(outcome, Retry) for outcome in outcomes)
    assert consumers.calls == 1


@pytest.mark.parametrize(
    "fault", [WriteError("no such type", 14), BulkWriteError({"writeErrors": [{"index": 0, "code": 17419}]})]
)
async def test_a_write_that_can_never_be_is_a_fault_of_its_event_alone(fault: Exception) -> None:
    outcomes = await runner_of(Consumers({1}, fault)).handle(batch_of(8), [LOGIC_FAULT_LIMIT] * 8)
    assert [at for at, outcome in enumerate(outcomes) if isinstance(outcome, Parked)] == [1]


class Stuck:
    """Consumers that never finish with some events."""

    def __init__(self, stuck: set[str]) -> None:
        self.stuck = stuck

    @hears("test-stuck", PersonDeparted)
    async def on_one(self, event: Event[PersonDeparted]) -> Outcome:
        if event.subject in self.stuck:
            await asyncio.Event().wait()
        return Done()


class StuckTogether(Stuck):
    """Consumers that never finish with a batch in which such an event is."""

    @hears_batch("test-stuck", PersonDeparted)
    async def on_one(self, events: Sequence[Event[PersonDeparted]]) -> Sequence[Outcome]:
        return [await Stuck.on_one(self, event) for event in events]


@pytest.mark.parametrize(("kind", "done"), [(Stuck, [True, False, True]), (StuckTogether, [False] * 3)])
async def test_a_handler_that_never_ends_is_cancelled_and_its_events_are_tried_again_for_ever(
    kind: type[Stuck], done: list[bool]
) -> None:
    runner = ConsumerRunner(declared(kind)[0], kind({"1"}), cast("Any", None), SystemClock(), patience=0.05)
    outcomes = await runner.handle(batch_of(3), [1000] * 3)
    assert [outcome == Done() for outcome in outcomes] == done
    assert all(isinstance(outcome, Done | Retry) for outcome in outcomes)


async def test_an_event_handled_again_for_somebody_counts_the_tries_that_they_tell() -> None:
    consumers = Consumers({0}, KeyError("a fault of ours"))
    [event] = batch_of(1)
    assert isinstance(await runner_of(consumers).again(*event, 2), Retry)
    assert isinstance(await runner_of(consumers).again(*event, LOGIC_FAULT_LIMIT), Parked)
    consumers.faulty.clear()
    assert await runner_of(consumers).again(*event, 9) == Done()


FORGED = {
    "another service told it": (PersonDeparted.SUBJECT, told_by("/yizhan/activities", "1")),
    "nobody that we know told it": (PersonDeparted.SUBJECT, told_by("/yizhan/member", "1")),
    "the service is only the beginning of a name": (PersonDeparted.SUBJECT, told_by("/yizhan/members2", "1")),
    "the source lies outside": (PersonDeparted.SUBJECT, told_by("/other/members", "1")),
    "the source is no path": (PersonDeparted.SUBJECT, told_by("members", "1")),
    "the source is empty": (PersonDeparted.SUBJECT, told_by("", "1")),
    "its type is that of another subject of the same service": (
        DutyAreaReleased.SUBJECT,
        told_by("/yizhan/members", "1"),
    ),
    "its subject is another service's": ("yizhan.activities.person.departed.v1", told_by("/yizhan/members", "1")),
    "it says so of itself too": ("yizhan.activities.person.departed.v1", told_by("/yizhan/activities", "1")),
    "its subject is one that nobody has": ("yizhan.members.person.departed.v2", told_by("/yizhan/members", "1")),
    "its subject is longer": (PersonDeparted.SUBJECT + ".x", told_by("/yizhan/members", "1")),
    "a fact that this ear does not hear, on a subject that it hears": (
        PersonDeparted.SUBJECT,
        told_by("/yizhan/members", "1", DutyAreaReleased(area_id="1")),
    ),
}


@pytest.mark.parametrize("why", FORGED)
async def test_what_comes_on_a_subject_that_is_not_its_own_is_parked_and_counted_and_never_handled(why: str) -> None:
    consumers = Consumers(set(), KeyError())
    before = counted()
    outcomes = await runner_of(consumers).handle([FORGED[why], *batch_of(1)], [1, 1])
    assert isinstance(outcomes[0], Parked)
    assert outcomes[0].reason.startswith("foreign: ")
    assert outcomes[1] == Done()
    assert consumers.handled == [0]
    assert counted() == before + 1
    assert isinstance(await runner_of(consumers).again(*FORGED[why], 2), Parked)


def counted() -> float:
    return REGISTRY.get_sample_value("yizhan_events_foreign_total", {"durable": "test-batches"}) or 0.0


async def test_a_collection_of_a_service_tells_under_a_source_of_its_own() -> None:
    consumers = Consumers(set(), KeyError())
    event = (PersonDeparted.SUBJECT, told_by("/yizhan/members/accounts", "1"))
    assert await runner_of(consumers).handle([event], [1]) == [Done()]


ANSWERS_OF_THE_BROKER = {
    "an acknowledgement": b'{"stream":"YIZHAN","seq":5}',
    "an answer about the stream": b'{"type":"io.nats.jetstream.api.v1.stream_info_response","total":0}',
    "a status": b"",
}


@pytest.mark.parametrize("what", ANSWERS_OF_THE_BROKER)
async def test_an_answer_of_the_broker_is_no_fact(what: str) -> None:
    consumers = Consumers(set(), KeyError())
    [outcome] = await runner_of(consumers).handle([(PersonDeparted.SUBJECT, ANSWERS_OF_THE_BROKER[what])], [1])
    assert isinstance(outcome, Parked)
    assert consumers.handled == []
