"""Kind: a crafted input makes a fault. One cursor for every list, which can only be malformed into a refusal."""

import base64
import contextlib
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.keyset import Key, Order
from shared.refusal import Refusal

NEWEST = Order((Key("at", datetime, descending=True), Key("_id", str, descending=True)))
RANKED = Order((Key("rank", int), Key("name", str)))
BY_NAME = Order((Key("name", str),))
MOMENTS = st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30)).map(  # noqa: DTZ001 - made aware next
    lambda at: at.replace(microsecond=at.microsecond // 1000 * 1000, tzinfo=UTC)
)


def packed(value: Any) -> str:
    raw = value if isinstance(value, bytes) else orjson.dumps(value)
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def refused(order: Order, cursor: str) -> str:
    with pytest.raises(Refusal) as caught:
        order.position(cursor)
    return caught.value.code


@given(MOMENTS, st.integers(-(2**31), 2**31), st.text(st.characters(codec="utf-8"), max_size=40))
def test_what_an_order_writes_it_reads(at: datetime, rank: int, name: str) -> None:
    assert RANKED.position(RANKED.cursor(rank, name)) == (rank, name)
    assert NEWEST.position(NEWEST.cursor(at, name)) == (at, name)
    assert BY_NAME.position(BY_NAME.cursor(name)) == (name,)


MADE_UP = [
    b'[1000000000000000000,"x"]',
    b'[-1000000000000000000,"x"]',
    b'[99999999999999999999999999,"x"]',
    b'[253402300800000,"x"]',
    b'[1e300,"x"]',
    b'[1.0,"x"]',
    b'[NaN,"x"]',
    b'[Infinity,"x"]',
    b'[true,"x"]',
    b'[null,"x"]',
    b'["1","x"]',
    b"[1,2]",
    b"[1,null]",
    b'[1,{"$gt":""}]',
    b'[1,["x"]]',
    b"[1]",
    b'[1,"x","y"]',
    b"[]",
    b"{}",
    b"null",
    b"7",
    b'"x"',
    b'[1,"\\ud800"]',
    b'[1,"\xff"]',
    b"[" * 200,
    b'[1 ,"x"]',
    b"",
]


@pytest.mark.parametrize("raw", MADE_UP)
def test_what_somebody_makes_up_is_refused(raw: bytes) -> None:
    assert refused(NEWEST, packed(raw)) == "http.cursor_malformed"


@pytest.mark.parametrize(
    "cursor", ["", "!!!", "=", "====", "é", "a", "WzEsIngiXQ==", "WzEsIngiXQ=", " WzEsIngiXQ", "WzEs\nIngiXQ"]
)
def test_only_the_written_form_itself_is_read(cursor: str) -> None:
    assert refused(NEWEST, cursor) == "http.cursor_malformed"


@given(st.one_of(st.text(max_size=60), st.binary(max_size=60).map(packed)))
def test_whatever_comes_is_read_or_refused(cursor: str) -> None:
    for order in (NEWEST, RANKED, BY_NAME):
        with contextlib.suppress(Refusal):
            position = order.position(cursor)
            assert position is not None
            assert order.cursor(*position) == cursor


def test_the_filter_follows_the_order() -> None:
    at = datetime(2026, 9, 1, tzinfo=UTC)
    assert NEWEST.sort == (("at", -1), ("_id", -1))
    assert NEWEST.beyond((at, "x")) == {"$or": [{"at": {"$lt": at}}, {"at": at, "_id": {"$lt": "x"}}]}
    assert BY_NAME.beyond(("x",)) == {"name": {"$gt": "x"}}
    assert BY_NAME.beyond(None) == {}
    assert BY_NAME.position(None) is None


def test_a_page_has_a_next_one_when_more_was_found_than_it_shows() -> None:
    days = [(datetime(2026, 9, 1, tzinfo=UTC) + timedelta(days=n), str(n)) for n in range(3)]
    assert NEWEST.following(days, 3, lambda one: one) is None
    assert NEWEST.following(days, 2, lambda one: one) == NEWEST.cursor(*days[1])
    assert NEWEST.following(days[:0], 2, lambda one: one) is None
