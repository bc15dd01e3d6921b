"""Guessing passwords: each wrong one slows the next down, and nobody can lock somebody else out."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.members.signin.domain.throttle import (
    CREDIT,
    PATIENCE,
    RULES,
    Bucket,
    FailedAttempts,
    Why,
    fill,
    filled,
    level_of,
    pause,
    wait_of,
)
from services.members.signin.handlers.throttle import Throttle
from shared.refusal import Refusal
from shared.store.document import Conflict, Created, Document
from tests.support.identities import KEY

NOW = datetime(2026, 9, 1, 8, tzinfo=UTC)
HOME, AWAY = "10.1.2.3", "203.0.113.9"


def wrong(bucket: Bucket, count: int, now: datetime = NOW) -> FailedAttempts:
    tries: FailedAttempts | None = None
    for _ in range(count):
        tries = filled(bucket, tries, 1, now)
    assert tries is not None
    return tries


def test_a_bucket_fills_with_wrong_tries_and_empties_with_time() -> None:
    assert level_of(Bucket.PAIR, None, NOW) == 0
    five = wrong(Bucket.PAIR, 5)
    assert level_of(Bucket.PAIR, five, NOW) == 5
    assert level_of(Bucket.PAIR, five, NOW + timedelta(minutes=10)) == 3
    assert level_of(Bucket.PAIR, five, NOW - timedelta(minutes=10)) == 5, "a clock that is behind empties nothing"
    assert level_of(Bucket.PAIR, five, five.forget_at) == 0
    six, facts = fill(Bucket.PAIR, five, 1, NOW + timedelta(minutes=5))
    assert (six.level, six.at, facts) == (5, NOW + timedelta(minutes=5), [])


def test_a_right_password_gives_credit_and_shortens_no_pause() -> None:
    some = wrong(Bucket.ADDRESS, 20)
    later = NOW + timedelta(seconds=3)
    credited = filled(Bucket.ADDRESS, some, -CREDIT, later)
    assert credited.at == some.at
    assert level_of(Bucket.ADDRESS, credited, later) == pytest.approx(20 - 1 - CREDIT)
    assert filled(Bucket.PAIR, wrong(Bucket.PAIR, 9), -float("inf"), later).level == 0
    assert filled(Bucket.PAIR, None, -float("inf"), later).at == later


def test_the_pause_grows_from_nothing_to_its_longest() -> None:
    pauses = [pause(Bucket.PAIR, level).total_seconds() for level in (0, 4, 5, 60, 70, 90, 160, 10_000)]
    assert pauses == [0, 0, 1, 1, 2, 8, 900, 900]
    assert pause(Bucket.ADDRESS, 99) == timedelta()
    assert pause(Bucket.ADDRESS, 10_000) <= PATIENCE, "an address is slowed, never shut"
    assert pause(Bucket.ACCOUNT, 10_000) <= PATIENCE, "an account is slowed, never shut"


def test_only_the_pair_that_guessed_waits_for_long() -> None:
    pair, account = wrong(Bucket.PAIR, 200), wrong(Bucket.ACCOUNT, 200)
    assert wait_of(pair, None, account, NOW).due_at - NOW == timedelta(seconds=900)
    assert wait_of(None, None, account, NOW).due_at - NOW == timedelta(seconds=1)
    assert wait_of(None, None, None, NOW).due_at == NOW, "a known device comes with neither"
    later = NOW + timedelta(seconds=900)
    assert wait_of(pair, None, None, later).due_at == later


def test_under_fire_from_everywhere_a_new_place_has_one_free_try() -> None:
    two = wrong(Bucket.PAIR, 2)
    assert wait_of(two, None, wrong(Bucket.ACCOUNT, RULES[Bucket.ACCOUNT].free - 1), NOW).pause == timedelta()
    assert wait_of(two, None, wrong(Bucket.ACCOUNT, RULES[Bucket.ACCOUNT].free), NOW).pause == timedelta(seconds=1)


class Shelf:
    """Documents in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, Document[FailedAttempts]] = {}
        self.reads = 0
        self.races = 0

    async def load(self, document_id: str) -> Document[FailedAttempts] | None:
        return self.kept.get(document_id)

    async def create(
        self, document_id: str, state: FailedAttempts, facts: Any, because: Any
    ) -> Created[FailedAttempts]:
        if document_id in self.kept:
            return Created(self.kept[document_id], fresh=False)
        self.kept[document_id] = Document(document_id, 1, state)
        return Created(self.kept[document_id], fresh=True)

    async def commit(
        self, document: Document[FailedAttempts], state: FailedAttempts, facts: Any, because: Any
    ) -> Document[FailedAttempts]:
        if self.races:
            self.races -= 1
            raise Conflict(document.id)
        self.kept[document.id] = Document(document.id, document.version + 1, state)
        return self.kept[document.id]

    async def select(self, where: Any, *, sort: Sequence[Any] = (), limit: int = 0) -> list[Document[FailedAttempts]]:
        self.reads += 1
        return [self.kept[one] for one in where["_id"]["$in"] if one in self.kept]


class Hall:
    """Throttle with a clock that moves when somebody waits."""

    def __init__(self, shelf: Shelf | None = None) -> None:
        self.time = NOW
        self.waited = 0.0
        self.told: list[int] = []
        self.shelf = shelf or Shelf()
        self.guesses = Throttle(self.shelf, self, KEY, self._sleep)

    def now(self) -> datetime:
        return self.time

    async def _sleep(self, seconds: float) -> None:
        self.waited += seconds
        self.time = max(self.time, NOW) + timedelta(seconds=seconds)
        await asyncio.sleep(0)

    async def answer(self, person: str, address: str, *, right: bool = False, device: str | None = None) -> str:
        try:
            async with self.guesses.trying(person, address, device) as attempt:
                await asyncio.sleep(0)
                attempt.right = right
        except Refusal as refusal:
            self.told.append(int(refusal.params["retry_after"] or 0))
            return refusal.code
        return "right" if right else "wrong"


async def test_sixty_wrong_ones_take_their_time_and_then_the_right_one_gets_in() -> None:
    hall = Hall()
    answers = [await hall.answer("anna", HOME) for _ in range(60)]
    assert set(answers) == {"wrong"}
    assert hall.waited >= 54
    before = hall.waited
    assert await hall.answer("anna", HOME, right=True) == "right"
    assert hall.waited - before <= PATIENCE.total_seconds()
    assert await hall.answer("anna", HOME) == "wrong"
    assert hall.waited - before <= PATIENCE.total_seconds(), "a right password empties the pair's bucket"


async def test_who_guesses_on_is_refused_while_the_owner_gets_in_from_elsewhere_and_from_a_known_device() -> None:
    hall = Hall()
    answers = []
    for _ in range(400):
        answers.append(await hall.answer("anna", AWAY))
        if answers[-1] == Why.TOO_MANY_TRIES:
            hall.time += timedelta(seconds=10)
    assert answers.count("wrong") < 150, "a refused try is not looked at"
    assert min(hall.told) >= 1
    while await hall.answer("anna", AWAY) != "wrong":
        hall.time += timedelta(seconds=10)
    before = hall.waited
    assert await hall.answer("anna", HOME, right=True) == "right"
    assert await hall.answer("anna", AWAY, right=True, device="annas-phone") == "right"
    assert hall.waited - before <= PATIENCE.total_seconds()
    assert await hall.answer("anna", AWAY, right=True) == Why.TOO_MANY_TRIES


async def test_many_at_once_get_no_further_than_one_after_the_other() -> None:
    hall = Hall()
    answers = await asyncio.gather(*(hall.answer("anna", AWAY) for _ in range(200)))
    assert answers.count("wrong") <= 6 + hall.waited, "five are free, and then one a second"
    assert set(answers) == {"wrong", Why.TOO_MANY_TRIES}


async def test_a_known_device_has_a_bucket_of_its_own() -> None:
    hall = Hall()
    answers = [await hall.answer("anna", HOME, device="lost-phone") for _ in range(120)]
    assert Why.TOO_MANY_TRIES in answers
    assert await hall.answer("anna", HOME, right=True) == "right"
    assert len(hall.shelf.kept) == 1, "it fills neither the address's bucket nor the account's"


async def test_a_dormitory_behind_one_address_mistypes_and_signs_in() -> None:
    hall = Hall()
    for number in range(300):
        person = f"student{number}"
        assert await hall.answer(person, HOME) == "wrong"
        assert await hall.answer(person, HOME, right=True) == "right"
    assert hall.waited == 0


async def test_one_password_tried_on_everybody_from_one_address_is_slowed() -> None:
    hall = Hall()
    answers = [await hall.answer(f"student{number}", AWAY) for number in range(300)]
    assert hall.waited >= 150
    assert set(answers) == {"wrong"}, "nobody else behind the address is shut out"


async def test_an_account_that_does_not_exist_is_counted_the_same() -> None:
    known, unknown = Hall(), Hall()
    for _ in range(80):
        assert await known.answer("anna", AWAY) == await unknown.answer("nobody", AWAY)
    assert known.waited == unknown.waited
    assert known.shelf.reads == unknown.shelf.reads


async def test_replicas_share_the_buckets() -> None:
    shelf = Shelf()
    one, two = Hall(shelf), Hall(shelf)
    for _ in range(5):
        await one.answer("anna", AWAY)
    two.time = one.time
    await two.answer("anna", AWAY)
    assert two.waited > 0


async def test_a_lost_race_of_counting_refuses_and_a_try_that_never_was_looked_at_counts_nothing() -> None:
    hall = Hall()
    await hall.answer("anna", AWAY)
    hall.shelf.races = 100
    assert await hall.answer("anna", AWAY) == Why.TOO_MANY_TRIES
    hall = Hall()
    with pytest.raises(RuntimeError):
        async with hall.guesses.trying("anna", AWAY, None):
            raise RuntimeError
    assert hall.shelf.kept == {}


async def test_a_queue_at_one_account_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.members.signin.handlers.throttle._TURN_SECONDS", 0.05)
    monkeypatch.setattr("services.members.signin.handlers.throttle._QUEUE", 8)
    hall = Hall()
    release = asyncio.Event()

    async def slow() -> None:
        async with hall.guesses.trying("anna", AWAY, None) as attempt:
            await release.wait()
            attempt.right = True

    holding = [asyncio.create_task(slow()) for _ in range(5)]
    await asyncio.sleep(0)
    answers = await asyncio.gather(*(hall.answer("anna", AWAY, right=True) for _ in range(9)))
    assert answers == [Why.TOO_MANY_TRIES] * 9
    release.set()
    await asyncio.gather(*holding)
    assert await hall.answer("anna", AWAY, right=True) == "right"
