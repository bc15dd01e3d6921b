"""Points: the same balance whatever the order and the number of times in which the news comes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.members.points.domain import (
    RULES,
    Rule,
    Source,
    Transaction,
    attend,
    attendance_id,
    balance,
    close,
    closing_id,
    earned_by,
    rule_for,
    undo,
)
from shared.contracts.activities import ActivityStage, AttendanceVerified
from shared.contracts.event import Fact
from shared.contracts.members import PointsReversed, PointsVested
from shared.contracts.requests.request import RequestClosed, ServedLeg
from shared.contracts.stages import Kind, LegKind, Outcome, Stage, Visibility

NOW = datetime(2026, 9, 1, tzinfo=UTC)


def closed(closing: int = 1, **change: object) -> RequestClosed:
    legs = (
        ServedLeg(leg_id="l1", kind=LegKind.HELPER, helper_id="anna"),
        ServedLeg(leg_id="l2", kind=LegKind.HELPER, helper_id="bo"),
        ServedLeg(leg_id="l3", kind=LegKind.OUTSIDE, helper_id=None),
    )
    fact = RequestClosed(
        request_id="q1",
        stage=Stage.CLOSED_CONFIRMED,
        outcome=Outcome.CONFIRMED,
        closing=closing,
        category="tutoring",
        kind=Kind.STUDY,
        visibility=Visibility.PUBLIC,
        requester_id="asker",
        legs=legs,
        closed_at=NOW + timedelta(days=closing),
    )
    return fact.model_copy(update=change)


def attended(points: int) -> AttendanceVerified:
    return AttendanceVerified(
        activity_id="a1", stage=ActivityStage.PUBLISHED, person_id="anna", points=points, attended_at=NOW
    )


def test_only_helpers_earn_and_only_by_a_confirmed_closing_outside_the_sealed_lane() -> None:
    assert [(one.person_id, one.points, one.rule) for one in earned_by(closed())] == [
        ("anna", 3, "leg.study"),
        ("bo", 3, "leg.study"),
    ]
    assert earned_by(closed(outcome=Outcome.UNCONFIRMED)) == ()
    assert earned_by(closed(visibility=Visibility.SEALED)) == ()
    assert earned_by(closed(), rules=()) == ()


def test_nobody_earns_by_serving_themselves() -> None:
    assert [one.person_id for one in earned_by(closed(requester_id="anna"))] == ["bo"]


@pytest.mark.parametrize(("kind", "points"), [(Kind.WISH, 2), (Kind.REPAIR, 2), (Kind.STUDY, 3), (Kind.SUGGESTION, 1)])
def test_the_rules_are_data_and_the_first_that_fits_counts(kind: Kind, points: int) -> None:
    rule = rule_for(Source.LEG, kind)
    assert rule is not None
    assert rule.points == points
    assert len({rule.id for rule in RULES}) == len(RULES)


def test_a_closing_told_twice_vests_once() -> None:
    transaction, facts = close(Transaction(), closed())
    assert [type(fact) for fact in facts] == [PointsVested, PointsVested]
    assert close(transaction, closed()) == (transaction, [])


def test_a_reopening_reverses_and_deletes_nothing() -> None:
    transaction, _ = close(Transaction(), closed())
    undone, facts = undo(transaction, NOW)
    assert undone.entries[:2] == transaction.entries
    assert [(one.points, one.reverses) for one in undone.entries[2:]] == [
        (-3, transaction.entries[0].id),
        (-3, transaction.entries[1].id),
    ]
    assert [type(fact) for fact in facts] == [PointsReversed, PointsReversed]
    assert undo(undone, NOW) == (undone, [])


def test_a_reopening_that_comes_before_its_closing_leaves_nothing_standing() -> None:
    early, facts = undo(Transaction(), NOW)
    assert facts == []
    transaction, facts = close(early, closed())
    assert balance(transaction.entries) == 0
    assert len(facts) == 4
    assert transaction == undo(close(Transaction(), closed())[0], NOW)[0]


def test_an_attendance_earns_what_the_activity_says_up_to_a_limit() -> None:
    transaction, facts = attend(Transaction(), attended(2))
    assert (balance(transaction.entries), len(facts)) == (2, 1)
    assert attend(transaction, attended(2)) == (transaction, [])
    assert balance(attend(Transaction(), attended(500))[0].entries) == 20
    assert attend(Transaction(), attended(0)) == (Transaction(), [])
    assert attend(Transaction(), attended(2), rules=()) == (Transaction(), [])
    flat = Rule(id="activity.flat", source=Source.ACTIVITY, points=1)
    assert balance(attend(Transaction(), attended(9), rules=(flat,))[0].entries) == 1


def test_each_closing_and_each_attendance_has_its_own_sheet() -> None:
    ids = {closing_id("q1", 1), closing_id("q1", 2), closing_id("q2", 1)}
    assert len(ids | {attendance_id("a1", "p1"), attendance_id("a1", "p2")}) == 5


NEWS = st.tuples(st.sampled_from(["close", "undo"]), st.integers(1, 3))


def told(news: list[tuple[str, int]]) -> tuple[dict[int, Transaction], list[Fact]]:
    transactions = {number: Transaction() for number in (1, 2, 3)}
    facts: list[Fact] = []
    for what, number in news:
        transaction = transactions[number]
        transactions[number], more = close(transaction, closed(number)) if what == "close" else undo(transaction, NOW)
        facts += more
    return transactions, facts


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(NEWS, max_size=8).flatmap(lambda news: st.tuples(st.just(news), st.permutations(news + news))))
def test_any_order_with_duplicates_gives_the_same_entries(
    case: tuple[list[tuple[str, int]], list[tuple[str, int]]],
) -> None:
    once, shuffled = case
    (transactions, facts), (again, more) = told(once), told(shuffled)
    for number, transaction in transactions.items():
        assert {one.id: one for one in transaction.entries} == {one.id: one for one in again[number].entries}
        assert balance(transaction.entries) == (6 if ("close", number) in once and ("undo", number) not in once else 0)
    assert len(facts) == len(more) == sum(len(transaction.entries) for transaction in transactions.values())
    points = [fact.points for fact in more if isinstance(fact, PointsVested | PointsReversed)]
    assert sum(points) == sum(balance(transaction.entries) for transaction in transactions.values())


def test_an_entry_keeps_its_id_whoever_tells_it() -> None:
    first, second = close(Transaction(), closed())[0].entries
    assert replace(first) == earned_by(closed())[0]
    assert first.id != second.id
