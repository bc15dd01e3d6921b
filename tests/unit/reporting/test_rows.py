"""Rows merge: any order and any duplicates of facts give the same rows, and so the same board."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from services.reporting.boards.queries import board_of
from services.reporting.figures.domain.rollup import Rollup
from services.reporting.rooms.domain import AreaRecord
from services.reporting.rows.domain import (
    VISIBILITY_CELLS,
    CellValue,
    Row,
    cell_name,
    later,
    merge,
    merge_all,
    plain,
    project,
)
from shared.contracts import members as m
from shared.contracts.catalog import FACTS
from shared.contracts.cells import Aggregate, Keep
from shared.contracts.event import Event, Fact
from shared.contracts.requests import request as r
from shared.contracts.stages import Kind, LegKind
from tests.contract.frozen import sample_of
from tests.unit.reporting.stories import NOW, Story, at, community

EVENTS = community().events
LATER = NOW + timedelta(hours=1)
WHOLE = merge_all(project(event, NOW) for event in EVENTS)


def board_from(rows: Rollup) -> object:
    return board_of(rows, LATER, 1, 1)


def counted(rows: list[Row]) -> Rollup:
    rollup = Rollup()
    for row in rows:
        rollup.apply(row)
    return rollup


def test_every_fact_of_the_catalogue_fills_its_cells_and_the_latest() -> None:
    for fact in FACTS:
        row = project(sample_of(fact), NOW)
        assert row.kind is fact.AGGREGATE
        assert len(row.cells) == len(fact.CELLS) + 1
    assert list(r.RequestHeld.cells()) == ["stage", "held"]


def test_whoever_may_see_a_request_is_told_by_three_facts() -> None:
    assert set(VISIBILITY_CELLS) == {"filed", "triaged", "closed"}


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_order_with_any_duplicates_gives_the_same_rows_and_the_same_board(data: st.DataObject) -> None:
    extra = data.draw(st.lists(st.sampled_from(EVENTS), max_size=40))
    order = data.draw(st.permutations([*EVENTS, *extra]))
    rows = merge_all(project(event, NOW) for event in order)
    assert rows == WHOLE
    assert board_from(counted(list(rows.values()))) == board_from(counted(list(WHOLE.values())))


@settings(max_examples=60, deadline=None)
@given(st.permutations(EVENTS), st.integers(1, 20))
def test_the_rollup_that_is_fed_row_by_row_equals_the_recount(order: list[Event[Fact]], size: int) -> None:
    rollup, rows = Rollup(), dict[tuple[Aggregate, str], Row]()
    for start in range(0, len(order), size):
        for place, row in merge_all(project(event, NOW) for event in order[start : start + size]).items():
            rows[place] = merge(rows[place], row) if place in rows else row
            rollup.apply(rows[place])
            rollup.apply(rows[place])
    assert board_from(rollup) == board_from(counted(list(rows.values())))
    assert rollup.events == len([event for event in EVENTS if event.subject != "three"])


def test_the_stage_follows_the_highest_version_whatever_comes_last() -> None:
    story = Story()
    story.served("one")
    row = merge_all(project(event, NOW) for event in reversed(story.events))[Aggregate.REQUEST, "one"]
    assert row.cells["stage"].values == {"stage": "closed_confirmed"}
    assert row.cells["leg:oneleg"].values == {"leg_id": "oneleg", "state": "done"}
    assert row.cells["latest"].values == {"code": "requests.request.closed", "at": at(800)}
    assert row.seen == frozenset(range(1, len(story.events) + 1))


def test_a_row_keeps_the_earliest_moment_at_which_its_filing_was_learnt() -> None:
    story = Story()
    story.served("one")
    first, second = (project(story.events[0], moment) for moment in (at(1), at(2)))
    assert merge(second, first).learnt_at == at(1)
    late = project(story.events[1], at(0))
    assert late.learnt_at is None
    assert merge(late, second).learnt_at == at(2)
    assert merge(late, late).learnt_at is None


def test_a_first_cell_keeps_the_earlier_version_and_a_last_cell_the_later() -> None:
    one, two = CellValue(1, {"n": 1}), CellValue(2, {"n": 2})
    assert later(one, two) == later(two, one) == two
    first = replace(one, keep=Keep.FIRST)
    second = replace(two, keep=Keep.FIRST)
    assert later(first, second) == later(second, first) == first


def test_cell_names_escape_what_paths_give_a_meaning() -> None:
    assert cell_name("seat:{person_id}", {"person_id": "a.b$c"}) == "seat:a%2Eb%24c"


def test_values_become_plain() -> None:
    leg = r.ServedLeg(leg_id="leg", kind=LegKind.HELPER, helper_id=None)
    assert plain((leg, Kind.WISH, 3)) == [{"leg_id": "leg", "kind": "helper", "helper_id": None}, "wish", 3]


def test_areas_of_one_map_have_a_row_each() -> None:
    story = Story()
    for area, place in (("a1", "east.b1.f1"), ("a2", "east.b1.f2")):
        story.tell("duty-map", m.DutyAreaAssigned(area_id=area, owner_id="p1", unit_id=None, places=(place,)))
    story.tell("duty-map", m.DutyAreaReleased(area_id="a1"))
    rollup = counted(list(merge_all(project(event, NOW) for event in story.events).values()))
    assert {area.id: area.active for area in rollup.records(AreaRecord).values()} == {"a1": False, "a2": True}
    assert rollup.events == len(story.events)
