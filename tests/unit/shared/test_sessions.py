"""Sessions that ended: heard in any order, asked at every call, told to open streams."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.auth.actor import Session
from shared.auth.sessions import EndedSessions
from shared.contracts.event import Event
from shared.contracts.members import SessionsEnded
from shared.http import live
from shared.http.live import ServerEvent, while_signed_in
from shared.ids import new_id

NOW = datetime(2026, 9, 1, 8, tzinfo=UTC)
UNTIL = NOW + timedelta(hours=12)


class Rows:
    """A collection that keeps the highest number under each key, as the store's pipeline does."""

    def __init__(self) -> None:
        self.kept: dict[str, dict[str, Any]] = {}
        self.asked: list[Any] = []
        self.time = NOW

    async def upsert_many(self, writes: Sequence[Any]) -> None:
        for write in writes:
            told = write.update[0]["$set"]
            key, below = write.where["_id"], told["below"]["$cond"][1]["$literal"]
            if below > self.kept.get(key, {"below": 0})["below"]:
                forget_at = told["forget_at"]["$cond"][1]["$literal"]
                self.kept[key] = {"_id": key, "below": below, "forget_at": forget_at, "learnt_at": self.time}

    async def find(self, where: Any) -> list[dict[str, Any]]:
        self.asked.append(where)
        if "forget_at" in where:
            return [row for row in self.kept.values() if row["forget_at"] > where["forget_at"]["$gt"]]
        return [row for row in self.kept.values() if row["learnt_at"] >= where["learnt_at"]["$gte"]]


class Clock:
    def __init__(self) -> None:
        self.time = NOW

    def now(self) -> datetime:
        return self.time


def session(standing: int = 0, account: int = 0, sid: str = "s1") -> Session:
    return Session(sid, "anna", standing, account, UNTIL)


def ended(key: str, below: int, forget_at: datetime = UNTIL) -> Event[SessionsEnded]:
    fact = SessionsEnded(key=key, person_id="anna", below=below, forget_at=forget_at)
    return Event(new_id(), "/yizhan/members", "anna", NOW, 2, "c", "c", "admin", fact)


def process(rows: Rows, clock: Clock | None = None) -> EndedSessions:
    return EndedSessions(rows, clock or Clock())  # type: ignore[arg-type] - it needs two of its methods


@pytest.mark.parametrize(
    ("key", "below", "over", "goes_on"),
    [
        ("session:s1", 1, session(), session(sid="s2")),
        ("person:anna", 3, session(standing=2), session(standing=3)),
        ("account:anna", 2, session(account=1), session(account=2)),
        ("person:anna", 1, session(sid=""), session(standing=1, sid="")),
    ],
)
async def test_a_session_ends_by_each_of_its_keys_and_a_later_one_goes_on(
    key: str, below: int, over: Session, goes_on: Session
) -> None:
    sessions = process(Rows())
    assert not sessions.has(over)
    await sessions.learn([ended(key, below)])
    assert sessions.has(over)
    assert not sessions.has(goes_on)


async def test_order_and_repetition_do_not_matter() -> None:
    for order in ([1, 2, 3], [3, 1, 2], [2, 2, 3, 1], [3, 3]):
        rows = Rows()
        sessions = process(rows)
        for below in order:
            await sessions.learn([ended("person:anna", below)])
        await sessions.learn([ended("person:anna", below) for below in order])
        assert sessions.has(session(standing=2))
        assert not sessions.has(session(standing=3))
        assert rows.kept["person:anna"]["below"] == 3


async def test_another_replica_and_a_later_start_read_what_one_heard() -> None:
    rows = Rows()
    hearing, other = process(rows), process(rows)
    await other.follow()
    await hearing.learn([ended("person:anna", 1)])
    assert not other.has(session())
    await other.follow()
    assert other.has(session())
    started_later = process(rows)
    await started_later.follow()
    assert started_later.has(session())


async def test_a_reading_begins_before_the_newest_row_so_that_a_slow_write_is_not_missed() -> None:
    rows = Rows()
    sessions = process(rows)
    rows.time = NOW + timedelta(seconds=5)
    await process(rows).learn([ended("person:bo", 1)])
    await sessions.follow()
    rows.time = NOW  # a write that began earlier shows only now
    await process(rows).learn([ended("person:anna", 1)])
    await sessions.follow()
    assert sessions.has(session())
    assert rows.asked[-1] == {"learnt_at": {"$gte": NOW - timedelta(seconds=5)}}


async def test_what_every_token_has_outlived_is_forgotten_and_not_learnt_again() -> None:
    rows, clock = Rows(), Clock()
    sessions = process(rows, clock)
    await sessions.learn([ended("person:anna", 1)])
    clock.time = UNTIL
    rows.kept.clear()  # as the store does by itself
    await sessions.follow()
    assert not sessions.has(session())
    await sessions.learn([ended("person:anna", 1)])
    assert rows.kept == {}


async def test_an_open_stream_ends_with_its_session_though_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "LOOK_SECONDS", 0.02)
    seen: list[str] = []
    closed = False

    async def boards() -> AsyncGenerator[ServerEvent, None]:
        nonlocal closed
        try:
            yield ServerEvent("board", "1", "{}")
            await asyncio.Event().wait()
        finally:
            closed = True

    async for event in while_signed_in(boards(), lambda: not seen):
        seen.append(event.event)  # noqa: PERF401 - the question reads it
    assert seen == ["board", "session_ended"]
    assert closed


async def test_a_stream_sends_nothing_more_once_the_session_is_over_and_ends_by_itself_too() -> None:
    signed_in = True

    async def boards() -> AsyncGenerator[ServerEvent, None]:
        nonlocal signed_in
        yield ServerEvent("board", "1", "{}")
        signed_in = False
        yield ServerEvent("board", "2", "{}")

    assert [event.id async for event in while_signed_in(boards(), lambda: signed_in)] == ["1", ""]

    async def short() -> AsyncGenerator[ServerEvent, None]:
        yield ServerEvent("board", "1", "{}")

    assert [event.id async for event in while_signed_in(short(), lambda: True)] == ["1"]
