"""The demo campus is always the same, and hangs together."""

import csv
import io
import subprocess
import sys

from deploy.demo.campus import as_csv, campus
from services.requests.catalogue.domain import CATEGORIES
from shared.contracts.members import PlaceType, Role
from shared.contracts.places import is_place_id

CAMPUS = campus()
PLACES = {place.id: place for place in CAMPUS.places}


def test_the_campus_is_the_same_in_every_process() -> None:
    code = "import zlib; from deploy.demo.campus import campus; print(zlib.crc32(repr(campus()).encode()))"
    said = {subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout for _ in range(2)}
    assert len(said) == 1


def test_it_has_the_size_of_a_small_campus() -> None:
    types = [place.type for place in CAMPUS.places]
    assert types.count("campus") == 2
    assert types.count("building") == 8
    assert types.count("room") == 400
    assert 1000 <= len(CAMPUS.people) <= 1500


def test_every_place_is_well_formed_and_stands_in_a_known_one() -> None:
    assert len(PLACES) == len(CAMPUS.places)
    for place in CAMPUS.places:
        assert is_place_id(place.id)
        assert PlaceType(place.type)
        assert place.parent is None or place.parent in PLACES


def test_parents_stand_before_their_children() -> None:
    seen: set[str | None] = {None}
    for place in CAMPUS.places:
        assert place.parent in seen
        seen.add(place.id)
    units: set[str | None] = {None}
    for unit in CAMPUS.units:
        assert unit.parent in units
        units.add(unit.id)


def test_nobody_lives_at_an_unknown_place_and_no_room_is_overfull() -> None:
    living: dict[str, int] = {}
    for person in CAMPUS.people:
        if person.place is not None:
            assert person.place in PLACES
            living[person.place] = living.get(person.place, 0) + ("student" in person.roles)
    for place, people in living.items():
        assert people <= (PLACES[place].capacity or len(CAMPUS.people))


def test_usernames_are_unique_and_units_and_roles_known() -> None:
    assert len({person.username for person in CAMPUS.people}) == len(CAMPUS.people)
    units = {unit.id for unit in CAMPUS.units}
    for person in CAMPUS.people:
        assert set(person.units) <= units
        assert {Role(role) for role in person.roles}


def test_there_is_a_demo_account_for_every_role() -> None:
    names = {person.username for person in CAMPUS.people if person.password}
    assert {f"{role.value}1" for role in Role} <= names


def test_every_floor_has_every_skill_that_a_category_asks_for() -> None:
    asked = {category.skill for category in CATEGORIES.values() if category.skill is not None}
    for floor in (place.id for place in CAMPUS.places if place.type == "floor"):
        has = {
            skill for person in CAMPUS.people if str(person.place).startswith(floor + ".") for skill in person.skills
        }
        assert asked <= has, floor


def test_no_two_duty_areas_share_a_place_and_some_floors_have_none() -> None:
    places = [place for area in CAMPUS.duty_areas for place in area.places]
    assert len(set(places)) == len(places) == 37
    assert set(places) <= set(PLACES)
    assert {area.owner for area in CAMPUS.duty_areas} <= {person.username for person in CAMPUS.people}


def test_csv_says_truth_values_and_nothing_plainly() -> None:
    text = as_csv(("a", "b", "c"), [("东校区", True, None)]).decode()
    assert list(csv.reader(io.StringIO(text))) == [["a", "b", "c"], ["东校区", "true", ""]]
