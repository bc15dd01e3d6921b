"""No number, list or drawing knows of what is confidential, whatever is asked and when; but one, in steps of five."""

import itertools
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.reporting.boards.queries import board_of
from services.reporting.confidential.domain import FEWEST, Tally, Withheld, first_tally, in_steps, shown, tallied
from services.reporting.figures.domain.rollup import Rollup
from services.reporting.figures.queries import Side, definitions, prove, slice_of
from services.reporting.requests.domain.record import ConfidentialRequest, LegRecord, RequestRecord, is_confidential
from services.reporting.requests.domain.subject import REQUESTS
from services.reporting.rows.domain import merge_all, project
from services.reporting.subjects.domain.scope import Scope
from shared.auth.actor import Actor
from shared.contracts.cells import Aggregate
from shared.contracts.members import Role
from shared.contracts.stages import CONFIDENTIAL, Kind, LegState, Stage, Visibility
from shared.refusal import Refusal
from tests.unit.reporting.stories import NOW, Story, at, community

LEADER = Actor("leader", "leader", frozenset({Role.LEADER}))
FIGURE_IDS = tuple(str(figure.id) for _, figure in definitions(NOW))
PLACES = ("east.b1.f1.r1", "east.b1.f2.r1", "east.b2.f1.r1")
MOMENTS = tuple(NOW + timedelta(seconds=seconds) for seconds in (-60, 0, 1, 30, 60, 3600, 86_400))


def record(number: int, draw: Sequence[int], *, sealed: bool) -> RequestRecord:
    """A request that is drawn by small numbers: kind, place, stage, times and stars."""
    kinds = sorted(CONFIDENTIAL) if draw[0] % 2 else list(Kind)
    kind = kinds[draw[1] % len(kinds)] if sealed else [k for k in Kind if k not in CONFIDENTIAL][draw[1] % 4]
    stage = list(Stage)[draw[2] % len(Stage)]
    filed = NOW + timedelta(seconds=draw[3])
    return RequestRecord(
        id=f"r{number}",
        version=3,
        events=3,
        stage=stage,
        kind=kind,
        category=f"{kind.value}.{draw[4] % 2}",
        place=PLACES[draw[4] % len(PLACES)],
        visibility=Visibility.SEALED if sealed else Visibility.MASKED,
        urgent=False,
        requester_id=f"p{draw[5] % 9}",
        filed_at=filed,
        learnt_at=filed,
        contacted_at=filed + timedelta(seconds=draw[6]) if draw[6] % 3 else None,
        due_at=filed,
        resolved_at=filed + timedelta(seconds=draw[7]) if draw[7] % 3 else None,
        ended_at=None,
        cancelled_by_requester=False,
        reopened=draw[6] % 5 == 0,
        solved=True,
        stars=draw[7] % 5 + 1,
        latest_code="requests.request.filed",
        latest_at=filed,
        legs=(LegRecord(f"l{number}", LegState.DONE, f"p{draw[0] % 9}", None),),
    )


class Fed(Rollup):
    """A rollup that is fed records, not rows."""

    def feed(self, records: Sequence[RequestRecord]) -> "Fed":
        for one in records:
            self.take(Aggregate.REQUEST, one.id, one, one.events)
        return self


def answer_to(rollup: Rollup, figure: str, scope: Scope, told: int | None) -> object:
    """All that a leader is answered: the number with both sides, the records of each, or the refusal."""
    try:
        proof = prove(rollup, figure, NOW, scope, confidential=told)
    except Refusal as refusal:
        return refusal.code
    sides = [slice_of(rollup, proof, side, LEADER, limit=200) for side in Side]
    lines = [[proof.line(one) for one in side.ids] for side in sides]
    return (proof.answer, proof.withheld, sides, lines)


DRAW = st.tuples(*(st.integers(0, 99) for _ in range(8)))
SCOPE = st.builds(
    Scope,
    building=st.sampled_from((None, "east.b1", "east.b2")),
    floor=st.sampled_from((None, "east.b1.f1", "east.b1.f2")),
    kind=st.sampled_from((None, *Kind)),
    category=st.sampled_from((None, "counsel.0", "quarrel.1", "wish.0", "repair.1")),
    since=st.sampled_from((None, *MOMENTS)),
    until=st.sampled_from((None, *MOMENTS)),
)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(DRAW, max_size=8),
    st.lists(DRAW, max_size=8),
    st.lists(DRAW, max_size=8),
    st.lists(st.tuples(st.sampled_from(FIGURE_IDS), SCOPE), min_size=1, max_size=3),
)
def test_nothing_that_a_leader_asks_depends_on_what_is_confidential(
    others: list[tuple[int, ...]],
    here: list[tuple[int, ...]],
    instead: list[tuple[int, ...]],
    asked: list[tuple[str, Scope]],
) -> None:
    """Two communities that differ in what is confidential only answer alike: so does every difference of answers."""
    plain = [record(number, draw, sealed=False) for number, draw in enumerate(others)]
    worlds = [
        Fed().feed([*plain, *(record(100 + number, draw, sealed=True) for number, draw in enumerate(sealed))])
        for sealed in (here, instead, [])
    ]
    for figure, scope in asked:
        answers = [answer_to(world, figure, scope, 5) for world in worlds]
        assert answers[0] == answers[1] == answers[2], (figure, scope)
    boards = [board_of(world, NOW, 1, 1, confidential=5) for world in worlds]
    assert boards[0] == boards[1] == boards[2]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 5)), max_size=60))
def test_any_two_values_of_the_one_number_differ_by_nobody_or_by_five(filings: list[tuple[int, int]]) -> None:
    """People ask one after another, hours apart; the number is looked at after each, and moves at midnight only."""
    seen: list[tuple[date, int | None]] = []
    people: list[str] = []
    moment = datetime(2026, 9, 1, 9, tzinfo=UTC)
    tally = first_tally(moment.date(), people)
    for who, hours in filings:
        people.append(f"p{who}")
        moment += timedelta(hours=hours)
        tally, facts = tallied(tally, moment.date(), people)
        assert facts == ()
        seen.append((moment.date(), shown(tally)))
    for (one_day, one), (other_day, other) in itertools.combinations(seen, 2):
        assert one == other or (one_day != other_day and abs((one or 0) - (other or 0)) >= FEWEST)
    assert all(value is None or value >= FEWEST for _, value in seen)


def test_the_one_number_is_withheld_below_five_and_not_narrowed() -> None:
    rollup = Rollup()
    few, many = (prove(rollup, "sealed", NOW, confidential=told) for told in (None, 10))
    assert (few.answer.value, few.withheld) == (None, Withheld.TOO_FEW)
    assert (many.answer.value, many.withheld, many.ids(Side.DENOMINATOR)) == (10, None, ())
    for scope in (Scope(building="east.b1"), Scope(kind=Kind.COUNSEL), Scope(category="counsel.talk")):
        proof = prove(rollup, "sealed", NOW, scope, confidential=10)
        assert (proof.answer.value, proof.withheld) == (None, Withheld.CONFIDENTIAL)


@pytest.mark.parametrize(
    "scope",
    [
        Scope(kind=Kind.COUNSEL),
        Scope(kind=Kind.QUARREL, building="east.b1"),
        Scope(category="counsel.talk"),
        Scope(category="quarrel.roommates", floor="east.b1.f1"),
    ],
)
def test_what_is_asked_of_a_confidential_kind_alone_is_withheld_whatever_there_is(scope: Scope) -> None:
    for figure in REQUESTS.figures:
        proof = prove(Rollup(), figure.id, NOW, scope)
        assert (proof.answer.value, proof.withheld, proof.ids(Side.NUMERATOR)) == (None, Withheld.CONFIDENTIAL, ())
    assert prove(Rollup(), "satisfaction", NOW, Scope(kind=Kind.WISH)).withheld is None


def test_steps_tallies_and_what_is_confidential() -> None:
    assert [in_steps([f"p{n}" for n in range(size)]) for size in (0, 4, 5, 9, 10)] == [0, 0, 5, 5, 10]
    assert in_steps(["p1"] * 9) == 0
    today, tomorrow = date(2026, 9, 1), date(2026, 9, 2)
    five, ten = ([f"p{n}" for n in range(size)] for size in (5, 10))
    tally = first_tally(today, five)
    assert tallied(tally, today, ten) == (tally, ())
    assert tallied(tally, tomorrow, ten) == (Tally(tomorrow, 10), ())
    assert tallied(Tally(tomorrow, 10), today, five) == (Tally(tomorrow, 10), ())
    assert [shown(one) for one in (None, Tally(today, 0), tally)] == [None, None, 5]
    plain = record(1, (0,) * 8, sealed=False)
    assert not is_confidential(plain)
    assert is_confidential(replace(plain, kind=Kind.COUNSEL))
    assert is_confidential(replace(plain, visibility=Visibility.SEALED))


def test_nothing_is_drawn_anew_and_no_event_is_counted_for_what_is_confidential() -> None:
    rollup, quiet = Rollup(), Rollup()
    for row in merge_all(project(event, NOW) for event in community().events).values():
        rollup.apply(row)
        quiet.apply(row)
    story = Story()
    story.filed("hidden", visibility=Visibility.SEALED, kind=Kind.COUNSEL)
    story.triaged("hidden")
    story.accepted("hidden", helper="somebody")
    story.resolved("hidden", helper="somebody")
    for size in range(1, len(story.events) + 1):
        for row in merge_all(project(event, NOW) for event in story.events[:size]).values():
            assert not rollup.apply(row)
    assert board_of(rollup, at(99), 1, 1) == board_of(quiet, at(99), 1, 1)
    asked = {one.id: one.requester_id for one in rollup.records(ConfidentialRequest).values()}
    assert asked == {"three": "student", "hidden": "student"}


def test_what_comes_before_its_filing_is_not_counted_until_it_is_known_what_it_is() -> None:
    story = Story()
    story.filed("one")
    story.triaged("one")
    rollup = Rollup()
    (late,) = merge_all([project(story.events[1], NOW)]).values()
    assert (rollup.apply(late), rollup.events) == (False, 0)
    (whole,) = merge_all(project(event, NOW) for event in story.events).values()
    assert (rollup.apply(whole), rollup.events) == (True, 2)
