"""Which questions find a request, by its keys alone."""

import pytest
from msgspec.structs import replace

from services.requests.casework.domain.number import number_of
from services.requests.casework.domain.request import Caller, Request
from services.requests.casework.domain.search import MOST_KEYS, asked_for, keys_of, knows_people, words_of
from shared.contracts.members import Role
from shared.contracts.stages import Stage
from tests.support import requests_domain as cast

TITLE = "3号楼 的 Wasserhähne 漏水了，请尽快修理 Window"
FILED = replace(
    cast.filed(id="00ff" * 6 + "00", title=TITLE), requester_name="买买提·艾力", requester_account="U2023-0417"
)
NUMBER = number_of(FILED.id, FILED.filed_at)


def finds(
    q: str | None,
    request: Request = FILED,
    caller: Caller = cast.DESK,
    stages: tuple[Stage, ...] = (),
    people: tuple[str, ...] = (),
    named: tuple[str, ...] = (),
) -> bool:
    keys = set(keys_of(request))
    groups = asked_for(q, caller, stages, places=[named for _ in words_of(q or "")], people=people)
    return all(not keys.isdisjoint(group) for group in groups)


@pytest.mark.parametrize(
    "q",
    [
        NUMBER,
        NUMBER.lower(),
        NUMBER.replace("-", ""),
        NUMBER[5:],
        NUMBER[5:8],
        NUMBER[:7],
        NUMBER.replace("0", "O").replace("1", "l"),
        FILED.id,
        FILED.id.upper(),
        "漏水",
        "修理",
        "漏水了请尽快修理",
        "修理 漏水",
        "wasserhahne",
        "HÄHNE",
        "ｗｉｎｄｏｗ",
        "indow",
        "3号楼",
        "r407",
        "R407",
        "407",
        "b3.f4",
        "east.b3.f4.r407",
        "漏水 407",
        "买买提",
        "艾力",
        "买买提•艾力",
        "U2023-0417",
        "u20230417",
        "0417",
        "student",
    ],
)
def test_it_is_found(q: str) -> None:
    assert finds(q)


@pytest.mark.parametrize(
    "q",
    ["冒烟", "漏水 冒烟", "b4", "r40", "5.f4", "dow 408", "漏水了请尽快修好", "0418", "·", " ", "no-such-id", "mate"],
)
def test_it_is_not_found(q: str) -> None:
    assert not finds(q)


@pytest.mark.parametrize("caller", [cast.LEADER, Caller("l", frozenset({Role.LOGISTICS}), ("east",)), cast.STUDENT])
@pytest.mark.parametrize("q", ["买买提", "艾力", "U2023-0417", "0417", "student"])
def test_who_may_not_know_the_requester_does_not_find_by_person(caller: Caller, q: str) -> None:
    assert not knows_people(caller)
    assert not finds(q, caller=caller)
    assert finds("漏水", caller=caller)


def test_people_are_asked_for_alone_and_beside_words() -> None:
    assert finds(None, people=("other", cast.STUDENT.id))
    assert not finds(None, people=("other",))
    assert finds("冒烟", people=(cast.STUDENT.id,))
    assert finds("·", people=(cast.STUDENT.id,))
    assert asked_for(None, cast.DESK, (), places=[], people=()) == []


def test_a_place_is_found_by_its_name() -> None:
    assert finds("雁塔", named=("east.b3",))
    assert not finds("雁塔", named=("east.b4",))


def test_what_has_ended_is_found_only_when_asked_for() -> None:
    over = replace(FILED, stage=Stage.CLOSED_CONFIRMED)
    assert not finds("漏水", over)
    assert finds("漏水", over, stages=(Stage.CLOSED_CONFIRMED,))
    assert finds("漏水", over, stages=(Stage.MATCHING, Stage.REJECTED))
    assert not finds("漏水", stages=(Stage.REJECTED,))


def test_keys_are_bounded_and_the_number_comes_first() -> None:
    long = replace(FILED, title="水" * 40 + "很长的标题" * 8, requester_name=None, requester_account=None, place="hall")
    keys = keys_of(long)
    assert len(keys) <= MOST_KEYS
    assert finds(NUMBER, long)
    wide = "".join(chr(0x4E00 + at) for at in range(80))
    assert len(keys_of(replace(long, title=wide))) == MOST_KEYS


def test_only_so_many_words_count() -> None:
    assert words_of("a b c d e f g h a") == ["a", "b", "c", "d", "e", "f"]
