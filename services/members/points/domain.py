"""How points are earned: rules as data, and transactions of an append-only ledger on which a reversal is another entry.

One transaction holds all that one closing of a request, or one attendance, led to. Closing and reopening may arrive in
any order and any number of times: the entries, and so the balance, are the same.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from shared.contracts.activities import MOST_POINTS, AttendanceVerified
from shared.contracts.event import Fact
from shared.contracts.members import PointsReversed, PointsVested
from shared.contracts.requests.request import RequestClosed
from shared.contracts.stages import Kind, LegKind, Outcome, Visibility
from shared.ids import derive_id


class Source(StrEnum):
    """What points were earned by."""

    LEG = "leg"
    ACTIVITY = "activity"


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: what earns how many points. `kinds` empty means any kind; `points` None means what the activity says."""

    id: str
    source: Source
    points: int | None
    kinds: frozenset[Kind] = frozenset()
    most: int = 20


RULES: Final[tuple[Rule, ...]] = (
    Rule(id="leg.study", source=Source.LEG, points=3, kinds=frozenset({Kind.STUDY})),
    Rule(id="leg.repair", source=Source.LEG, points=2, kinds=frozenset({Kind.REPAIR})),
    Rule(id="leg.wish", source=Source.LEG, points=2, kinds=frozenset({Kind.WISH})),
    Rule(id="leg.other", source=Source.LEG, points=1),
    Rule(id="activity.attended", source=Source.ACTIVITY, points=None, most=MOST_POINTS),
)
"""The first rule that fits counts. Points come only from confirmed service and two-sided attendance."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the ledger; a reversal has negative points and names the entry that it `reverses`."""

    id: str
    person_id: str
    points: int
    rule: str
    source: Source
    source_id: str
    at: datetime
    reverses: str | None = None


@dataclass(frozen=True, slots=True)
class Transaction:
    """The entries of one closing or attendance; `undone_at` when the closing was undone, even if told before it."""

    entries: tuple[Entry, ...] = ()
    undone_at: datetime | None = None


Decision = tuple[Transaction, Sequence[Fact]]


def closing_id(request_id: str, closing: int) -> str:
    """Return the id of the transaction of one closing of a request."""
    return derive_id("closing", request_id, str(closing))


def attendance_id(activity_id: str, person_id: str) -> str:
    """Return the id of the transaction of one person's attendance at one activity."""
    return derive_id("attendance", activity_id, person_id)


def rule_for(source: Source, kind: Kind | None, rules: Sequence[Rule] = RULES) -> Rule | None:
    """Return the first rule that fits, or None when nothing is earned."""
    for rule in rules:
        if rule.source is source and (not rule.kinds or kind in rule.kinds):
            return rule
    return None


def earned_by(closed: RequestClosed, rules: Sequence[Rule] = RULES) -> tuple[Entry, ...]:
    """Return what a closing earns: only confirmed service by helpers, and nothing in the sealed lane."""
    rule = rule_for(Source.LEG, closed.kind, rules)
    if closed.outcome is not Outcome.CONFIRMED or closed.visibility is Visibility.SEALED or rule is None:
        return ()
    return tuple(
        Entry(
            id=derive_id("leg", leg.leg_id, str(closed.closing)),
            person_id=leg.helper_id,
            points=min(rule.points or 0, rule.most),
            rule=rule.id,
            source=Source.LEG,
            source_id=leg.leg_id,
            at=closed.closed_at,
        )
        for leg in closed.legs
        if leg.kind is LegKind.HELPER and leg.helper_id is not None and leg.helper_id != closed.requester_id
    )


def close(transaction: Transaction, closed: RequestClosed) -> Decision:
    """Enter what the closing earned, and reverse it at once when its undoing was told before."""
    known = {entry.id for entry in transaction.entries}
    fresh = tuple(entry for entry in earned_by(closed) if entry.id not in known)
    vested = replace(transaction, entries=(*transaction.entries, *fresh))
    facts: list[Fact] = [_vested(entry) for entry in fresh]
    if transaction.undone_at is None:
        return vested, facts
    undone, reversals = _reverse(vested, transaction.undone_at)
    return undone, [*facts, *reversals]


def undo(transaction: Transaction, at: datetime) -> Decision:
    """Undo the closing: reverse every entry that stands, and remember it for entries that come later."""
    if transaction.undone_at is not None:
        return transaction, []
    return _reverse(replace(transaction, undone_at=at), at)


def attend(transaction: Transaction, attended: AttendanceVerified, rules: Sequence[Rule] = RULES) -> Decision:
    """Enter what an attendance earned: the activity's points, up to the rule's most; none earn nothing."""
    rule = rule_for(Source.ACTIVITY, None, rules)
    if transaction.entries or rule is None:
        return transaction, []
    points = min(attended.points if rule.points is None else rule.points, rule.most)
    if points <= 0:
        return transaction, []
    entry = Entry(
        id=derive_id("activity", attended.activity_id, attended.person_id),
        person_id=attended.person_id,
        points=points,
        rule=rule.id,
        source=Source.ACTIVITY,
        source_id=attended.activity_id,
        at=attended.attended_at,
    )
    return replace(transaction, entries=(entry,)), [_vested(entry)]


def balance(entries: Iterable[Entry]) -> int:
    """Return the sum of the entries."""
    return sum(entry.points for entry in entries)


def _reverse(transaction: Transaction, at: datetime) -> Decision:
    reversed_ids = {entry.reverses for entry in transaction.entries}
    standing = [entry for entry in transaction.entries if entry.reverses is None and entry.id not in reversed_ids]
    reversals = tuple(
        replace(entry, id=derive_id("reversal", entry.id), points=-entry.points, at=at, reverses=entry.id)
        for entry in standing
    )
    facts = [PointsReversed.of(e, entry_id=e.id, reverses_id=e.reverses, reversed_at=at) for e in reversals]
    return replace(transaction, entries=(*transaction.entries, *reversals)), facts


def _vested(entry: Entry) -> Fact:
    return PointsVested.of(entry, entry_id=entry.id, vested_at=entry.at)
