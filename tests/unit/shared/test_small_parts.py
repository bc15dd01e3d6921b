"""The small parts of `shared`: ids, places, backoff, refusals."""

import hashlib
from datetime import UTC

import orjson
import pytest

from shared.bus.retry import CAP_SECONDS, backoff
from shared.clock import SystemClock
from shared.contracts import places
from shared.contracts.catalog import BY_TYPE
from shared.contracts.event import Event, event_from_json
from shared.contracts.members import HelperProposed, Reason
from shared.ids import derive_id, new_id
from shared.refusal import Refusal


def test_the_same_parts_always_derive_the_same_id_and_others_another() -> None:
    assert derive_id("a", "b") == derive_id("a", "b")
    assert derive_id("a", "b") != derive_id("ab")
    assert derive_id("a", "bc") != derive_id("ab", "c")


def test_ids_have_one_form() -> None:
    for made in (derive_id("x"), new_id()):
        assert len(made) == 26
        assert made == made.lower()
        assert made.isalnum()


def test_a_derived_id_is_the_beginning_of_the_hash() -> None:
    assert derive_id("a", "b") == hashlib.sha256(b"a\x1fb").hexdigest()[:26]


def test_an_event_says_the_same_in_bytes_and_in_parts() -> None:
    now = SystemClock().now()
    fact = HelperProposed(
        request_id="r", leg_id="l", round=1, helper_id="h", score=0.5, considered=3,
        reasons=(Reason(code="skill", weight=1.0, value=0.25),),
    )  # fmt: skip
    event = Event("e", "/yizhan/members", "p", now, 2, "c", "r", "event.actor", fact)
    assert orjson.loads(event.to_json()) == event.to_dict()
    assert event_from_json(event.to_json(), BY_TYPE) == event


def test_fresh_ids_do_not_repeat() -> None:
    assert len({new_id() for _ in range(1000)}) == 1000


def test_the_clock_tells_utc_in_whole_milliseconds() -> None:
    now = SystemClock().now()
    assert now.tzinfo is UTC
    assert now.microsecond % 1000 == 0


def test_a_room_knows_its_ancestors() -> None:
    room = "east.b3.f4.r407"
    assert places.ancestors(room) == (room, "east.b3.f4", "east.b3", "east")
    assert places.parent_of(room) == "east.b3.f4"
    assert places.parent_of("east") is None
    assert places.campus_of(room) == "east"
    assert places.building_of(room) == "east.b3"
    assert places.floor_of(room) == "east.b3.f4"
    assert places.room_of(room) == room
    assert places.building_of("east") is None
    assert places.room_of("east.b3.f4") is None


@pytest.mark.parametrize("text", ["", "East", "a..b", ".a", "a.", "a.b.c.d.e", "a b", "a" * 25, "é"])
def test_what_is_no_place_id_is_told(text: str) -> None:
    assert not places.is_place_id(text)


def test_a_building_holds_its_rooms_and_not_a_longer_name() -> None:
    assert places.holds("east.b1", "east.b1.f1")
    assert places.holds("east.b1", "east.b1")
    assert not places.holds("east.b1", "east.b10.f1")


def test_waits_grow_and_are_capped() -> None:
    waits = [backoff(attempt) for attempt in range(1, 200)]
    assert waits[0] == 0.25
    assert waits == sorted(waits)
    assert waits[-1] == CAP_SECONDS


def test_a_refusal_keeps_its_code_and_parameters() -> None:
    refusal = Refusal("leg.wrong_state", state="done")
    assert (refusal.code, refusal.params) == ("leg.wrong_state", {"state": "done"})
