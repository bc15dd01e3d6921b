"""Figures keep to their written formulas, with the ids that prove them."""

import pytest

from services.reporting.boards.queries import board_of
from services.reporting.figures.domain.rollup import Rollup, record_of
from services.reporting.figures.domain.subjects import SUBJECTS
from services.reporting.figures.queries import Side, check_reader, kept_as, prove, slice_of
from services.reporting.people.domain import RESIDENTS
from services.reporting.requests.domain.figures import first_contact_s, resolution_s
from services.reporting.requests.domain.record import RequestRecord, place_shown, servers_of
from services.reporting.rooms.domain import OCCUPIED
from services.reporting.rows.domain import merge_all, project
from services.reporting.subjects.domain.figure import median, p90, share
from services.reporting.subjects.domain.ids import FigureId
from services.reporting.subjects.domain.scope import Scope, inside
from services.reporting.subjects.domain.subject import Why
from shared.auth.actor import Actor
from shared.contracts.cells import Aggregate
from shared.contracts.members import Role
from shared.contracts.requests.leg import LegDropped
from shared.contracts.stages import Kind, LegState, Outcome, Stage, Visibility
from shared.refusal import Refusal
from tests.unit.reporting.stories import NOW, Story, community

DESK = Actor("desk", "desk", frozenset({Role.DESK}), duty=("east",))
FIGURES = [(subject, figure) for subject in SUBJECTS for figure in subject.figures]
LEADER = Actor("leader", "leader", frozenset({Role.LEADER, Role.SEALED_READER}))


def rollup_of(story: Story) -> Rollup:
    rollup = Rollup()
    for row in merge_all(project(event, NOW) for event in story.events).values():
        rollup.apply(row)
    return rollup


def request_in(rollup: Rollup) -> RequestRecord:
    return rollup.records(RequestRecord)["one"]


@pytest.mark.parametrize(
    ("figure", "value", "counted", "over"),
    [
        ("first_contact_median", 60.0, ("one", "six", "two"), ("five", "four", "one", "six", "two")),
        ("first_contact_p90", 60.0, ("one", "six", "two"), ("five", "four", "one", "six", "two")),
        ("resolution_median", 600.0, ("one", "six"), ("five", "one", "six", "two")),
        ("resolution_p90", 600.0, ("one", "six"), ("five", "one", "six", "two")),
        ("resolution_rate", 1.0, ("one", "six"), ("one", "six")),
        ("confirmed_share", 1.0, ("one", "six"), ("one", "six")),
        ("satisfaction", 4.0, ("one", "six"), ("one", "six")),
        ("rated_share", 1.0, ("one", "six"), ("one", "six")),
        ("coverage", 2 / 3, ("east.b1.f1.r1", "east.b2.f1.r1"), ("east.b1.f1.r1", "east.b1.f1.r2", "east.b2.f1.r1")),
        ("participation", 2 / 3, ("helper", "student"), ("helper", "owner", "student")),
    ],
)
def test_a_figure_answers_with_its_value_and_the_ids_on_both_sides(
    figure: str, value: float, counted: tuple[str, ...], over: tuple[str, ...]
) -> None:
    proof = prove(rollup_of(community()), figure, NOW)
    assert proof.answer.value == pytest.approx(value)
    assert (proof.answer.numerator_ids, proof.answer.denominator_ids) == (counted, over)
    assert proof.answer.response_rate == pytest.approx(len(counted) / len(over))


def test_the_board_shows_what_the_figures_prove_for_the_whole_and_for_each_building() -> None:
    rollup = rollup_of(community())
    board = board_of(rollup, NOW, 1, 1)
    assert {one.id for one in board.figures} == set(FigureId) == {figure.id for _, figure in FIGURES}
    for one in board.figures:
        proof = prove(rollup, one.id, NOW).answer
        assert (one.value, one.numerator, one.denominator) == (
            proof.value,
            len(proof.numerator_ids),
            len(proof.denominator_ids),
        )
    for line in board.by_building:
        for name in ("coverage", "first_contact_median", "resolution_rate", "satisfaction"):
            assert getattr(line, name) == prove(rollup, name, NOW, Scope(building=line.key)).answer.value


def test_unanswered_is_never_satisfied_and_a_late_closing_is_not_resolved() -> None:
    story = Story()
    for request in ("one", "two"):
        story.filed(request)
        story.accepted(request)
        story.resolved(request)
    story.rated("one", None, solved=True)
    story.closed("two", Outcome.UNCONFIRMED)
    rollup = rollup_of(story)
    assert prove(rollup, "satisfaction", NOW).answer.value is None
    assert prove(rollup, "rated_share", NOW).answer.value == 0
    assert prove(rollup, "resolution_rate", NOW).answer.value == 0
    assert prove(rollup, "confirmed_share", NOW).answer.value == 0


def test_a_request_that_the_desk_withdrew_counts_against_the_resolution_rate() -> None:
    story = Story()
    story.filed("one")
    story.cancelled("one", by_requester=False)
    story.filed("two")
    story.cancelled("two", by_requester=True)
    assert prove(rollup_of(story), "resolution_rate", NOW).answer.denominator_ids == ("one",)


def test_nothing_to_measure_is_no_value() -> None:
    for _, figure in FIGURES:
        proof = prove(Rollup(), figure.id, NOW).answer
        assert (proof.value, proof.response_rate) == (None, None)


def test_an_unknown_figure_is_refused() -> None:
    with pytest.raises(Refusal) as caught:
        prove(Rollup(), "happiness", NOW)
    assert caught.value.code == Why.UNKNOWN


def test_medians_and_percentiles() -> None:
    assert (median([1, 2, 9]), median([1, 2, 4, 9]), median([])) == (2, 3, None)
    assert (p90([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]), p90([7]), p90([])) == (9, 7, None)
    assert (share(1, 4), share(1, 0)) == (0.25, None)


def test_measures_of_an_open_request_are_absent() -> None:
    story = Story()
    story.filed("one")
    request = request_in(rollup_of(story))
    assert isinstance(request, RequestRecord)
    assert (first_contact_s(request), resolution_s(request), servers_of(request)) == (None, None, frozenset())


def test_only_the_helper_of_a_done_leg_served() -> None:
    story = Story()
    story.filed("one")
    story.accepted("one")
    story.resolved("one")
    assert servers_of(request_in(rollup_of(story))) == {"helper"}
    story.leg("one", LegDropped, Stage.RESOLVED, LegState.DROPPED, helper_id="helper")
    assert servers_of(request_in(rollup_of(story))) == frozenset()


def test_the_gap_lists_what_could_count_and_does_not() -> None:
    proof = prove(rollup_of(community()), "coverage", NOW)
    assert proof.ids(Side.GAP) == ["east.b1.f1.r2"]


def test_a_person_without_a_place_belongs_to_no_building() -> None:
    story = Story()
    story.person("anna")
    rollup = rollup_of(story)
    (resident,) = rollup.derived(RESIDENTS).values()
    assert not inside(resident.place, "east.b1")
    assert not rollup.derived(OCCUPIED)


def test_an_area_without_a_reachable_owner_covers_nothing() -> None:
    story = Story()
    story.person("anna", "east.b1.f1.r1", reachable=False)
    story.area("area", "anna", "east.b1")
    story.area("other", "nobody", "east.b1")
    assert prove(rollup_of(story), "coverage", NOW).answer.value == 0
    story.person("anna", "east.b1.f1.r1", reachable=True, changed=True)
    assert prove(rollup_of(story), "coverage", NOW).answer.value == 1


def test_the_records_behind_a_figure_are_those_of_where_the_reader_works() -> None:
    rollup = rollup_of(community())
    proof = prove(rollup, "first_contact_median", NOW)
    b2 = Actor("desk", "desk", frozenset({Role.DESK}), duty=("east.b2",))
    nowhere = Actor("desk", "desk", frozenset({Role.DESK}))
    shown = {reader: slice_of(rollup, proof, Side.DENOMINATOR, reader) for reader in (LEADER, DESK, b2, nowhere)}
    assert {reader: (list(part.ids), part.hidden) for reader, part in shown.items()} == {
        LEADER: (["five", "four", "one", "six", "two"], 0),
        DESK: (["five", "four", "one", "six", "two"], 0),
        b2: (["four", "six", "two"], 2),
        nowhere: ([], 5),
    }
    people = prove(rollup, "participation", NOW)
    assert list(slice_of(rollup, people, Side.DENOMINATOR, b2).ids) == ["owner"]
    rooms = prove(rollup, "coverage", NOW)
    assert list(slice_of(rollup, rooms, Side.DENOMINATOR, b2).ids) == ["east.b2.f1.r1"]
    activities = prove(rollup, "attended", NOW)
    assert list(slice_of(rollup, activities, Side.NUMERATOR, nowhere).ids) == ["plan"]


@pytest.mark.parametrize(
    ("scope", "allowed"),
    [
        (Scope(), True),
        (Scope(building="east.b1"), True),
        (Scope(floor="east.b1.f1", kind=Kind.WISH, since=NOW), True),
        (Scope(building="east.b2", floor="east.b1.f1"), True),
        (Scope(building="east.b2"), False),
        (Scope(kind=Kind.WISH), False),
        (Scope(category="lamp"), False),
        (Scope(since=NOW), False),
    ],
)
def test_who_works_for_some_places_narrows_a_number_to_these_only(scope: Scope, *, allowed: bool) -> None:
    of_b1 = Actor("desk", "desk", frozenset({Role.DESK}), duty=("east.b1",))
    check_reader(LEADER, scope)
    if allowed:
        check_reader(of_b1, scope)
        return
    with pytest.raises(Refusal, match=r"auth\.not_yours"):
        check_reader(of_b1, scope)


def test_ids_are_paged_and_their_records_carry_the_measure() -> None:
    rollup = rollup_of(community())
    proof = prove(rollup, "satisfaction", NOW)
    first = slice_of(rollup, proof, Side.NUMERATOR, DESK, limit=1)
    second = slice_of(rollup, proof, Side.NUMERATOR, DESK, after=first.ids[-1], limit=1)
    assert ((*first.ids, *second.ids), first.more, second.more) == (("one", "six"), True, False)
    assert [line.measure for line in map(proof.line, ("one", "six"))] == [5.0, 3.0]
    rooms = prove(rollup, "coverage", NOW, Scope(building="east.b1"))
    assert [line.place for line in map(rooms.line, rooms.ids(Side.NUMERATOR))] == ["east.b1.f1.r1"]
    people = prove(rollup, "participation", NOW, Scope(building="east.b1"))
    assert [line.place for line in map(people.line, ["student"])] == ["east.b1.f1.r1"]


def test_a_masked_request_is_shown_by_its_floor() -> None:
    story = Story()
    story.filed("one", visibility=Visibility.MASKED)
    rollup = rollup_of(story)
    proof = prove(rollup, "first_contact_median", NOW)
    assert proof.line("one").place == "east.b1.f1"


def test_baselines_that_counted_what_is_confidential_are_kept_under_another_name() -> None:
    names = {figure.id: kept_as(subject, figure) for subject, figure in FIGURES}
    assert (names[FigureId.SATISFACTION], names[FigureId.COVERAGE]) == ("satisfaction.open", "coverage")


def test_a_private_request_and_a_place_wider_than_a_floor_are_shown_as_narrowly_as_lists_may() -> None:
    story = Story()
    story.filed("one", "east.b1.f1.r1", visibility=Visibility.PRIVATE)
    story.filed("two", "east.b1", visibility=Visibility.PRIVATE)
    story.filed("three", "east.b1.f1.r1", visibility=Visibility.SEALED)
    proof = prove(rollup_of(story), "filed", NOW)
    assert [proof.line(one).place for one in ("one", "two")] == ["east.b1.f1", "east.b1"]
    record = record_of(merge_all([project(story.events[2], NOW)])[Aggregate.REQUEST, "three"])
    assert isinstance(record, RequestRecord)
    assert place_shown(record) == "east.b1"
