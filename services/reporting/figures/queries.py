"""Answers to questions about figures: the value, both sides, and the records behind them that the reader may see."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, assert_never

from services.reporting.confidential.domain import Withheld, asks_for_confidential
from services.reporting.figures.domain.subjects import SUBJECTS
from services.reporting.subjects.domain.figure import Answer, Figure
from services.reporting.subjects.domain.ids import CountId
from services.reporting.subjects.domain.scope import EVERYTHING, Scope
from services.reporting.subjects.domain.subject import Subject, Subjects, Why, answer
from services.reporting.subjects.domain.sums import Sums
from shared.auth.actor import Actor
from shared.contracts.members import Role
from shared.keyset import Key, Order
from shared.refusal import Refusal

_NOT_YOURS: Final = "auth.not_yours"
BY_ID: Final = Order((Key("id", str),))
"""The order of ids on the pages of proofs and rows."""


class Side(StrEnum):
    """Which records of a figure: those that count, all that could have, or those that could have and do not."""

    NUMERATOR = "numerator"
    DENOMINATOR = "denominator"
    GAP = "gap"


@dataclass(frozen=True, slots=True)
class Line:
    """One record behind a figure: its number (seconds or stars, None for shares), where it belongs, how it stands."""

    id: str
    measure: float | None
    place: str | None
    stage: str | None


@dataclass(frozen=True, slots=True)
class Proof:
    """An answered figure; `line` tells of one of its records. `withheld` tells why it has no value for anybody."""

    subject: Subject[Any]
    figure: Figure[Any]
    answer: Answer
    as_of: datetime
    line: Callable[[str], Line]
    withheld: Withheld | None = None

    def ids(self, side: Side) -> Sequence[str]:
        """Return the ids of one side, ascending."""
        match side:
            case Side.NUMERATOR:
                return self.answer.numerator_ids
            case Side.DENOMINATOR:
                return self.answer.denominator_ids
            case Side.GAP:
                counted = set(self.answer.numerator_ids)
                return [one for one in self.answer.denominator_ids if one not in counted]
            case _:
                assert_never(side)


@dataclass(frozen=True, slots=True)
class Slice:
    """A part of one side's ids; `hidden` counts the records of the whole side that lie outside the reader's scope."""

    ids: Sequence[str]
    hidden: int
    more: bool


def sees_sealed(reader: Actor) -> bool:
    """Tell whether the reader may see that a sealed request exists by its id: its two readers only."""
    return reader.has(Role.SEALED_READER)


def definitions(now: datetime) -> Iterator[tuple[Subject[Any], Figure[Any]]]:
    """Return every figure there is with its subject; those that boards show as plain numbers come last."""
    for subject in SUBJECTS:
        for figure in subject.figures:
            yield subject, figure
    for subject in SUBJECTS:
        for figure in subject.counts(now):
            yield subject, figure


def kept_as(subject: Subject[Any], figure: Figure[Any]) -> str:
    """Return the name under which the baselines of a figure are kept.

    Those of requests that an earlier release froze counted what is confidential too; beside a present number they would
    tell of it. They stay under their own name and are not shown.
    """
    return f"{figure.id}.open" if subject.kind is Subjects.REQUEST else figure.id.value


def prove(
    sums: Sums, figure_id: str, now: datetime, scope: Scope = EVERYTHING, *, confidential: int | None = None
) -> Proof:
    """Answer a figure from its records; refuses `figure.unknown`, and `figure.scope_unfit`.

    What is confidential is in no record here; `confidential` is the one number that is told of it, if any is.
    """
    for subject, figure in definitions(now):
        if figure.id == figure_id:
            found = answer(subject, figure, sums, scope)
            proof = Proof(subject, figure, found, now, _lines(subject, figure, sums, now))
            return _judged(proof, scope, confidential)
    raise Refusal(Why.UNKNOWN, figure=figure_id)


def _lines(subject: Subject[Any], figure: Figure[Any], sums: Sums, now: datetime) -> Callable[[str], Line]:
    def line(key: str) -> Line:
        record = subject.records(sums)[key]
        return Line(key, figure.measure(record), subject.place_shown(record), subject.stage(record, now))

    return line


def _judged(proof: Proof, scope: Scope, confidential: int | None) -> Proof:
    """Withhold what is asked about confidential requests alone, whatever there is of them, except the one number."""
    if proof.figure.id is CountId.SEALED and scope == EVERYTHING:
        value = None if confidential is None else float(confidential)
        return replace(proof, answer=Answer(value, (), ()), withheld=Withheld.TOO_FEW if value is None else None)
    if proof.figure.id is CountId.SEALED or asks_for_confidential(scope):
        return replace(proof, answer=Answer(None, (), ()), withheld=Withheld.CONFIDENTIAL)
    return proof


def after_of(cursor: str | None) -> str:
    """Return the id behind which a page of ids begins."""
    position = BY_ID.position(cursor)
    return "" if position is None else str(position[0])


def slice_of(sums: Sums, proof: Proof, side: Side, reader: Actor, *, after: str = "", limit: int = 50) -> Slice:
    """Return the next ids of a side after an id, of what lies where the reader works; what is nowhere, all see."""
    ids, records, place = proof.ids(side), proof.subject.records(sums), proof.subject.place
    scope = reader.scope()
    shown = [one for one in ids if place is None or scope.holds_place(place(records[one]))]
    rest = [one for one in shown if one > after]
    return Slice(rest[:limit], len(ids) - len(shown), len(rest) > limit)


def check_reader(reader: Actor, scope: Scope) -> None:
    """Refuse a number that is narrowed to what lies outside of where the reader works.

    The numbers of the whole community hang on a wall. Narrower ones may be about one case, so that those who work for
    some places ask only for these.
    """
    held = reader.scope()
    place = scope.floor or scope.building
    inside = held.everywhere or scope == EVERYTHING or (place is not None and held.holds_place(place))
    if not inside:
        raise Refusal(_NOT_YOURS)
