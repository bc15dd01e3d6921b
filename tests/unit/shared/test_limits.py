"""Limits of calls: what a burst is, that waiting as told is enough, and that memory has a bound."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from services.requests.casework.api.filing import FILING
from shared.auth import limits
from shared.auth.limits import CHANGING, READING, STREAMS_OF_ONE, Limit, Limits, Streams
from shared.refusal import Refusal

SLOW = Limit("slow", burst=3, seconds=10.0)


@dataclass
class Hand:
    """A clock that a test moves."""

    at: datetime = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    def move(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


def refused(book: Limits, limit: Limit, caller: str) -> int | None:
    told: Refusal | None = None
    try:
        book.take(limit, caller)
    except Refusal as refusal:
        told = refusal
    if told is None:
        return None
    assert (told.code, told.params["limit"], told.params["what"]) == ("http.too_many_calls", limit.burst, limit.name)
    seconds = told.params["retry_after"]
    assert isinstance(seconds, int)
    return seconds


def test_a_burst_is_taken_and_the_next_call_is_told_when_to_come() -> None:
    clock = Hand()
    book = Limits(clock)
    assert [refused(book, SLOW, "bo") for _ in range(5)] == [None, None, None, 10, 10]
    clock.move(9.5)
    assert refused(book, SLOW, "bo") == 1
    clock.move(0.5)
    assert [refused(book, SLOW, "bo") for _ in range(2)] == [None, 10]


def test_nobody_pays_for_somebody_else_or_for_another_kind_of_call() -> None:
    book = Limits(Hand())
    assert [refused(book, SLOW, "bo") for _ in range(4)][-1]
    assert refused(book, SLOW, "li") is None
    assert refused(book, READING, "bo") is None


def test_an_operator_may_allow_more() -> None:
    book = Limits(Hand(), factor=2.0)
    book.take(SLOW, "bo")
    for _ in range(5):
        book.take(SLOW, "bo")
    with pytest.raises(Refusal) as refusal:
        book.take(SLOW, "bo")
    assert (refusal.value.params["limit"], refusal.value.params["retry_after"]) == (6, 5)


@given(
    limit=some.sampled_from([SLOW, READING, CHANGING, FILING]),
    gaps=some.lists(some.floats(min_value=0, max_value=400), max_size=60),
)
def test_in_any_span_no_more_is_taken_than_a_burst_and_the_pace(limit: Limit, gaps: list[float]) -> None:
    clock = Hand()
    book = Limits(clock)
    begun, taken = clock.now(), 0
    for gap in gaps:
        clock.move(gap)
        for _ in range(3):
            wait = refused(book, limit, "bo")
            if wait is None:
                taken += 1
            else:
                passed = (clock.now() - begun).total_seconds()
                assert taken >= limit.burst
                assert wait <= limit.seconds + 1, passed
        assert taken <= limit.burst + (clock.now() - begun).total_seconds() / limit.seconds + 1e-3


@given(waits=some.lists(some.booleans(), min_size=1, max_size=30))
def test_whoever_waits_as_told_is_taken(waits: list[bool]) -> None:
    clock = Hand()
    book = Limits(clock)
    for _ in range(SLOW.burst):
        book.take(SLOW, "bo")
    for patient in waits:
        told = refused(book, SLOW, "bo")
        if told is not None and patient:
            clock.move(told)
            assert refused(book, SLOW, "bo") is None


def test_who_has_not_called_for_longest_is_forgotten_when_too_many_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "REMEMBERED", 3)
    book = Limits(Hand())
    for _ in range(3):
        book.take(SLOW, "bo")
    for who in ("a", "b"):
        book.take(SLOW, who)
    assert refused(book, SLOW, "bo")
    book.take(SLOW, "c")
    assert refused(book, SLOW, "bo") is None


def test_one_person_has_so_many_streams_and_a_place_that_is_left_is_free() -> None:
    streams = Streams()
    for _ in range(STREAMS_OF_ONE):
        streams.enter("bo")
    with pytest.raises(Refusal, match="too_many_streams"):
        streams.enter("bo")
    streams.enter("li")
    streams.leave("bo")
    streams.enter("bo")


def test_a_process_has_so_many_streams(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "STREAMS", 2)
    streams = Streams()
    streams.enter("a")
    streams.enter("b")
    with pytest.raises(Refusal, match="streams_full"):
        streams.enter("c")
    streams.leave("a")
    streams.enter("c")
