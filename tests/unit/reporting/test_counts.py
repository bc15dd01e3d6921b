"""Every number of the board is a figure: it has a formula, two sides, and the ids behind both."""

from collections.abc import Iterator
from dataclasses import fields
from datetime import datetime, timedelta

import pytest

from services.reporting.activities.domain import ActivityCounts, activity_counts
from services.reporting.boards.domain import Board
from services.reporting.boards.queries import board_of
from services.reporting.figures.domain.rollup import Rollup
from services.reporting.figures.queries import Side, definitions, prove
from services.reporting.requests.domain.board import Totals
from services.reporting.requests.domain.counts import request_counts
from services.reporting.rows.domain import merge_all, project
from services.reporting.subjects.domain.ids import CountId, FigureId
from services.reporting.subjects.domain.scope import Scope
from services.reporting.subjects.domain.subject import Subjects, Why
from shared.contracts.activities import ActivityStage
from shared.contracts.requests.request import RequestHeld
from shared.contracts.stages import Kind, Stage, Visibility
from shared.refusal import Refusal
from tests.unit.reporting.stories import NOW, Story, at, community

LATER = at(3600 * 2)
ACTIVITY_COUNTS = {
    "planned": CountId.ACTIVITIES_PLANNED,
    "upcoming": CountId.ACTIVITIES_UPCOMING,
    "running": CountId.ACTIVITIES_RUNNING,
    "completed": CountId.ACTIVITIES_COMPLETED,
    "cancelled": CountId.ACTIVITIES_CANCELLED,
    "seats_taken": CountId.SEATS_TAKEN,
    "waiting": CountId.SEATS_WAITING,
    "attended": CountId.ATTENDED,
}
Claim = tuple[str, Scope, int]


def rollup_of(story: Story) -> Rollup:
    rollup = Rollup()
    for row in merge_all(project(event, NOW) for event in story.events).values():
        rollup.apply(row)
    return rollup


def town() -> Rollup:
    """The small community, with more that is late, sealed, held, planned and over."""
    story = community()
    story.filed("seven", "east.b1.f1.r2", 4000, kind=Kind.STUDY)
    story.triaged("seven", due=5)
    story.filed("eight", "east.b2.f1.r1", visibility=Visibility.SEALED, kind=Kind.COUNSEL)
    story.triaged("eight", due=5)
    story.filed("nine", "east.b1.f1.r1")
    story.triaged("nine", due=5)
    held = RequestHeld(request_id="nine", stage=Stage.ON_HOLD, for_requester=False, held_at=at(40))
    story.tell("nine", held)
    story.activity("draft", ActivityStage.PLANNED)
    story.activity("soon", starts=3600 * 9)
    story.seats("soon", "student", "owner", "helper", "gone")
    return rollup_of(story)


def _of_requests(board: Board) -> Iterator[Claim]:
    for field in fields(Totals):
        if field.name != "sealed":
            yield field.name, Scope(), getattr(board.totals, field.name)
    for stage in board.by_stage:
        yield stage.key, Scope(), stage.count
    for kind in board.by_kind:
        yield "filed", Scope(kind=Kind(kind.key)), kind.count
        yield "open", Scope(kind=Kind(kind.key)), kind.open
    for category in board.by_category:
        yield "filed", Scope(category=category.key), category.count
        yield "open", Scope(category=category.key), category.open
    for hour in board.trend:
        span = Scope(since=hour.hour, until=hour.hour + timedelta(hours=1))
        yield from (("filed", span, hour.filed), ("solved", span, hour.resolved))
    for minute in board.pulse:
        span = Scope(since=minute.minute, until=minute.minute + timedelta(minutes=1))
        yield from (("filed", span, minute.filed), ("solved", span, minute.resolved))


def _of_places(board: Board) -> Iterator[Claim]:
    for line in board.by_building:
        scope = Scope(building=line.key)
        yield from (("filed", scope, line.filed), ("open", scope, line.open), ("overdue", scope, line.overdue))
        yield from (("served", scope, line.resolved), ("coverage", scope, line.covered_rooms))
    for cell in board.floors:
        scope = Scope(floor=cell.place)
        yield from (("open", scope, cell.open), ("overdue", scope, cell.overdue))
        yield "coverage", scope, cell.covered_rooms


@pytest.mark.parametrize("now", [NOW, LATER])
def test_every_number_of_the_board_is_proven_by_as_many_ids(now: datetime) -> None:
    rollup = town()
    board = board_of(rollup, now, 1, 1)
    claims = [*_of_requests(board), *_of_places(board)]
    assert len({claim[2] for claim in claims}) > 3, "the town is lively enough to tell mistakes apart"
    for figure, scope, number in claims:
        proof = prove(rollup, figure, board.as_of, scope).answer
        assert len(proof.numerator_ids) == number, (figure, scope)
        assert set(proof.numerator_ids) <= set(proof.denominator_ids), (figure, scope)
        if figure != "coverage":
            assert proof.value == number, (figure, scope)
    late = now > NOW
    assert (board.totals.overdue > 0, any(cell.overdue for cell in board.floors)) == (late, late)


@pytest.mark.parametrize("now", [NOW, LATER, at(3600 * 10)])
def test_every_number_of_activities_is_proven(now: datetime) -> None:
    rollup = town()
    board = board_of(rollup, now, 1, 1)
    assert set(ACTIVITY_COUNTS) == {field.name for field in fields(ActivityCounts)}
    for name, figure in ACTIVITY_COUNTS.items():
        proof = prove(rollup, figure, board.as_of)
        assert proof.answer.value == getattr(board.activities, name), name
        assert proof.answer.denominator_ids == ("draft", "plan", "soon")
        if figure in {CountId.SEATS_TAKEN, CountId.SEATS_WAITING, CountId.ATTENDED}:
            assert sum(proof.line(one).measure or 0 for one in proof.answer.numerator_ids) == proof.answer.value
    assert board.activities.seats_taken > board.activities.attended > 0


def test_names_of_figures_and_counts_are_apart_and_complete() -> None:
    every = list(definitions(NOW))
    assert {str(one.id) for _, one in every} == {*map(str, FigureId), *map(str, CountId)}
    assert len(every) == len(FigureId) + len(CountId)
    assert {stage.value for stage in Stage} <= {one.id.value for one in request_counts(NOW)}
    for _, one in every:
        assert all((one.name_zh, one.name_en, one.formula_zh, one.formula_en)), one.id
    ids = {one.id for one in activity_counts(NOW)}
    assert {subject.kind for subject, one in every if one.id in ids} == {Subjects.ACTIVITY}


@pytest.mark.parametrize(
    ("figure", "scope"),
    [
        ("coverage", Scope(kind=Kind.STUDY)),
        ("participation", Scope(category="lamp")),
        ("open", Scope(since=NOW)),
        ("resolution_rate", Scope(until=NOW)),
        ("attended", Scope(building="east.b1")),
        ("activities_upcoming", Scope(floor="east.b1.f1")),
        ("seats_taken", Scope(kind=Kind.STUDY)),
    ],
)
def test_a_scope_that_the_records_know_nothing_of_is_refused(figure: str, scope: Scope) -> None:
    with pytest.raises(Refusal) as caught:
        prove(town(), figure, NOW, scope)
    assert caught.value.code == Why.SCOPE_UNFIT


def test_a_ratio_can_be_asked_of_a_kind_and_of_a_floor() -> None:
    rollup = town()
    wish = prove(rollup, "resolution_rate", NOW, Scope(kind=Kind.WISH)).answer
    assert (wish.numerator_ids, wish.denominator_ids) == (("one", "six"), ("one", "six"))
    floor = prove(rollup, "coverage", NOW, Scope(floor="east.b1.f1"))
    assert (floor.answer.value, floor.ids(Side.GAP)) == (0.5, ["east.b1.f1.r2"])


def test_a_span_begins_with_its_first_moment_and_ends_before_its_last() -> None:
    story = Story()
    story.filed("one", when=0)
    story.filed("two", when=60)
    rollup = rollup_of(story)
    proof = prove(rollup, "filed", NOW, Scope(since=at(0), until=at(60))).answer
    assert (proof.numerator_ids, proof.denominator_ids) == (("one",), ("one", "two"))
    assert prove(rollup, "filed", NOW, Scope(until=at(60))).answer.numerator_ids == ("one",)
    assert prove(rollup, "filed", NOW, Scope(since=at(1))).answer.numerator_ids == ("two",)
    assert prove(rollup, "solved", NOW, Scope(since=at(0))).answer.numerator_ids == ()


def test_a_sealed_request_is_in_no_count_of_any_place() -> None:
    story = Story()
    story.filed("one", "east.b1.f1.r1", visibility=Visibility.SEALED)
    rollup = rollup_of(story)
    for scope in (Scope(), Scope(building="east.b1"), Scope(floor="east.b1.f1")):
        assert prove(rollup, "open", NOW, scope).answer.denominator_ids == ()
