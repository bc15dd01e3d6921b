"""Places stand where their ids say."""

from dataclasses import replace

import pytest

from services.members.creation.domain import creation_key
from services.members.places.domain import DEPTHS, MOST_SEATS, Place, Why, added, check, corrected
from shared.contracts.members import PlaceAdded, PlaceType
from shared.refusal import Refusal

KNOWN = {"east": PlaceType.CAMPUS, "east.b1": PlaceType.BUILDING, "east.hall": PlaceType.VENUE}


def refusal(place_id: str, kind: PlaceType, capacity: int | None = None) -> str:
    with pytest.raises(Refusal) as caught:
        check(place_id, kind, capacity, KNOWN)
    return caught.value.code


def test_a_campus_needs_no_parent_and_a_building_needs_a_known_one() -> None:
    check("west", PlaceType.CAMPUS, None, {})
    check("east.b2", PlaceType.BUILDING, None, KNOWN)
    assert refusal("west.b1", PlaceType.BUILDING) == Why.UNKNOWN_PARENT


def test_the_depth_of_an_id_fits_its_type() -> None:
    assert set(DEPTHS) == set(PlaceType)
    assert refusal("east.b1", PlaceType.ROOM) == Why.WRONG_DEPTH
    check("east.b1.club", PlaceType.VENUE, 30, KNOWN)


def test_ids_capacities_and_parents_that_make_no_sense_are_refused() -> None:
    assert refusal("East B1", PlaceType.BUILDING) == Why.BAD_ID
    assert refusal("east.b2", PlaceType.BUILDING, -1) == Why.BAD_CAPACITY
    assert refusal("east.b2", PlaceType.BUILDING, MOST_SEATS + 1) == Why.BAD_CAPACITY
    assert refusal("east.hall.f1", PlaceType.FLOOR) == Why.WRONG_PARENT


def test_a_correction_is_told_once_and_cannot_change_the_type() -> None:
    hall = Place(PlaceType.VENUE, "礼堂", "Hall", "east", 300)
    bigger = Place(PlaceType.VENUE, "礼堂", "Hall", "east", 400)
    assert added("east.hall", hall)[1] == [
        PlaceAdded(place_id="east.hall", type=PlaceType.VENUE, name="礼堂", capacity=300)
    ]
    assert corrected("east.hall", hall, hall) == (hall, [])
    state, facts = corrected("east.hall", bigger, hall)
    assert state == bigger
    assert len(facts) == 1
    filed = replace(hall, form=creation_key("place", "admin", "k1", "east.hall"))
    assert corrected("east.hall", bigger, filed)[0] == replace(filed, capacity=400), "a file keeps the form"
    assert corrected("east.hall", hall, filed) == (filed, [])
    with pytest.raises(Refusal, match=Why.OTHER_TYPE):
        corrected("east.hall", Place(PlaceType.BUILDING, "礼堂", "Hall", "east", 300), hall)
