"""The tree of units has no circle; a place has one owner at most."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.members.creation.domain import Why as WhyCreation
from services.members.creation.domain import creation_key
from services.members.duty_areas.domain import Area, DutyMap, assign, release
from services.members.duty_areas.domain import Why as WhyArea
from services.members.units.domain import LEVELS, Unit, UnitType, Why, check_unit, corrected, formed
from shared.contracts.places import holds
from shared.refusal import Refusal

NOW = datetime(2026, 9, 1, tzinfo=UTC)


def area(name: str, *places: str, owner: str = "anna") -> Area:
    return Area(name, owner, None, places, assigned_at=NOW, assigned_by="secretary")


def test_every_type_of_unit_has_a_level() -> None:
    assert set(LEVELS) == set(UnitType)


def test_a_unit_belongs_to_a_known_unit_above_it() -> None:
    check_unit(Unit(UnitType.COMMITTEE, "社区党委", None), {})
    check_unit(Unit(UnitType.GROUP, "一组", "b1"), {"b1": UnitType.BRANCH})
    with pytest.raises(Refusal, match=Why.UNKNOWN_PARENT):
        check_unit(Unit(UnitType.GROUP, "一组", "b1"), {})
    with pytest.raises(Refusal, match=Why.WRONG_LEVEL):
        check_unit(Unit(UnitType.BRANCH, "支部", "b1"), {"b1": UnitType.LEAGUE_BRANCH})


def test_a_unit_is_told_when_it_is_formed_and_when_it_is_corrected() -> None:
    group = Unit(UnitType.GROUP, "一组", "b1")
    renamed = Unit(UnitType.GROUP, "二组", "b1")
    assert len(formed("g1", group)[1]) == 1
    assert corrected("g1", group, group) == (group, [])
    assert corrected("g1", renamed, group)[0] == renamed
    filed = replace(group, form=creation_key("unit", "admin", "k1", "g1"))
    assert corrected("g1", renamed, filed)[0] == replace(filed, name="二组"), "a file keeps the form that formed it"
    assert corrected("g1", group, filed) == (filed, [])
    with pytest.raises(Refusal, match=Why.OTHER_TYPE):
        corrected("g1", Unit(UnitType.CLASS, "一组", "b1"), group)


def test_a_duty_area_that_overlaps_in_either_direction_is_refused() -> None:
    duty, facts = assign(DutyMap(), area("a1", "east.b1.f1", "east.b1.f2"))
    assert len(facts) == 1
    for place in ("east.b1.f1", "east.b1", "east.b1.f2.r201"):
        with pytest.raises(Refusal, match=WhyArea.OVERLAP):
            assign(duty, area("a2", place, owner="bo"))
    duty, _ = assign(duty, area("a2", "east.b1.f3", owner="bo"))
    assert [one.id for one in duty.active()] == ["a1", "a2"]
    with pytest.raises(Refusal, match=WhyArea.NO_PLACES):
        assign(duty, area("a3"))


def test_a_released_area_leaves_its_history_and_frees_its_places() -> None:
    duty, _ = assign(DutyMap(), area("a1", "east.b1"))
    duty, _ = assign(duty, area("a0", "east.b0"))
    assert assign(duty, area("a1", "east.b1")) == (duty, [])
    with pytest.raises(Refusal, match=WhyCreation.KEY_REUSED):
        assign(duty, area("a1", "east.b9"))
    duty, facts = release(duty, "a1", NOW)
    duty, _ = release(duty, "a0", NOW)
    assert len(facts) == 1
    assert release(duty, "a1", NOW) == (duty, [])
    duty, _ = assign(duty, area("a2", "east.b1.f1"))
    assert len(duty.areas) == 3
    with pytest.raises(Refusal, match=WhyArea.NOT_FOUND):
        release(duty, "nothing", NOW)


PLACES = st.sampled_from(["east", "east.b1", "east.b1.f1", "east.b1.f2", "east.b2", "east.b2.f1.r1", "west.b1"])


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 9), st.lists(PLACES, min_size=1, max_size=3))))
def test_whatever_is_assigned_and_released_no_place_has_two_owners(steps: list[tuple[bool, int, list[str]]]) -> None:
    duty = DutyMap()
    for gives, number, places in steps:
        try:
            if gives:
                duty, _ = assign(duty, area(f"a{number}", *places, owner=f"p{number}"))
            else:
                duty, _ = release(duty, f"a{number}", NOW)
        except Refusal:
            continue
    active = duty.active()
    for one in active:
        for other in active:
            if one is not other:
                assert not any(holds(a, b) for a in one.places for b in other.places)
