"""Kind: a crafted input makes a fault. One cursor for every list, which can only be malformed into a refusal."""

import base64
import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.keyset import MOST_CHARACTERS, Key, Order, Slice
from shared.refusal import Refusal

NEWEST = Order((Key("at", datetime, descending=True), Key("_id", str, descending=True)))
RANKED = Order((Key("rank", int), Key("name", str)))
BY_NAME = Order((Key("name", str),))
MOMENTS = st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30)).map(  # noqa: DTZ001 - made aware next
    lambda at: at.replace(microsecond=at.microsecond // 1000 * 1000, tzinfo=UTC)
)


def packed(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def refused(order: Order, cursor: str) -> str:
    with pytest.raises(Refusal) as caught:
        order.position(cursor)
    return caught.value.code


@given(MOMENTS, st.integers(-(2**31), 2**31), st.text(st.characters(codec="utf-8"), max_size=30))
def test_what_an_order_writes_it_reads(at: datetime, rank: int, name: str) -> None:
    assert RANKED.position(RANKED.cursor(rank, name)) == (rank, name)
    assert NEWEST.position(NEWEST.cursor(at, name)) == (at, name)
    assert BY_NAME.position(BY_NAME.cursor(name)) == (name,)


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "~",
        "~1",
        "~1~x~y",
        "1~x",
        "~1.0~x",
        "~1e300~x",
        "~NaN~x",
        "~true~x",
        "~null~x",
        "~1234567890123456~x",
        "~--1~x",
        "~1~{}",
        '~1~{"$gt":""}',
        "~1~x y",
        "~1~%zz",
        "~1~\ud800",
        "~1~x\n",
        " ~1~x",
        "~1~é",
        "~\u0661~x",
        "!!!",
        "é",
        "WzEsIngiXQ",
        "~1~" + "x" * 400,
    ],
)
def test_what_somebody_makes_up_is_refused(cursor: str) -> None:
    assert refused(NEWEST, cursor) == "http.cursor_malformed"


@given(st.sampled_from((NEWEST, RANKED, BY_NAME)), st.data())
def test_whatever_matches_the_pattern_is_a_position(order: Order, data: st.DataObject) -> None:
    cursor = data.draw(st.from_regex(order.pattern, fullmatch=True).filter(lambda one: len(one) <= MOST_CHARACTERS))
    position = order.position(cursor)
    assert position is not None
    assert order.position(order.cursor(*position)) == position
    assert order.beyond(position)


@given(st.sampled_from((NEWEST, RANKED, BY_NAME)), st.one_of(st.text(max_size=60), st.binary(max_size=60).map(packed)))
def test_whatever_does_not_match_it_is_refused(order: Order, cursor: str) -> None:
    if re.fullmatch(order.pattern, cursor) is None:
        assert refused(order, cursor) == "http.cursor_malformed"


def test_the_filter_follows_the_order() -> None:
    at = datetime(2026, 9, 1, tzinfo=UTC)
    assert NEWEST.sort == (("at", -1), ("_id", -1))
    assert NEWEST.beyond((at, "x")) == {"$or": [{"at": {"$lt": at}}, {"at": at, "_id": {"$lt": "x"}}]}
    assert BY_NAME.beyond(("x",)) == {"name": {"$gt": "x"}}
    assert BY_NAME.beyond(None) == {}
    assert BY_NAME.position(None) is None


def test_a_page_has_a_next_one_when_more_was_found_than_it_shows() -> None:
    days = [{"at": datetime(2026, 9, 1, tzinfo=UTC) + timedelta(days=n), "_id": str(n)} for n in range(3)]
    assert NEWEST.cut(days, 3).next_cursor is None
    assert NEWEST.cut(days, 2) == Slice(days[:2], NEWEST.cursor(days[1]["at"], "1"))
    assert NEWEST.cut(days[:0], 2).next_cursor is None
