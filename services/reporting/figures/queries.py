"""Answers to questions about figures: the value, both sides, and the records behind them that the reader may see."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final, assert_never

from services.reporting.confidential.domain import Withheld, asks_for_confidential
from services.reporting.counts.domain import ActivityCount, Count, CountId, activity_counts, request_counts
from services.reporting.figures.domain import (
    FIGURES,
    PERSON_FIGURES,
    REQUEST_FIGURES,
    ROOM_FIGURES,
    Answer,
    PersonFigure,
    RequestFigure,
    RoomFigure,
    Subjects,
    Why,
    answer,
)
from services.reporting.records.domain import RequestRecord
from services.reporting.rollup.domain import Rollup, standing
from services.reporting.scopes.domain import EVERYTHING, Scope
from shared.auth.actor import Actor
from shared.contracts.members import Role
from shared.contracts.places import building_of, floor_of
from shared.contracts.stages import Visibility
from shared.keyset import Key, Order
from shared.refusal import Refusal

AnyFigure = RequestFigure | RoomFigure | PersonFigure | Count | ActivityCount

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

    figure: AnyFigure
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


def definitions(now: datetime) -> tuple[AnyFigure, ...]:
    """Return every figure there is."""
    return (*FIGURES, *request_counts(now), *activity_counts(now))


def kept_as(figure: AnyFigure) -> str:
    """Return the name under which the baselines of a figure are kept.

    Those of requests that an earlier release froze counted what is confidential too; beside a present number they would
    tell of it. They stay under their own name and are not shown.
    """
    return f"{figure.id}.open" if figure.subjects is Subjects.REQUEST else figure.id.value


def prove(
    rollup: Rollup, figure_id: str, now: datetime, scope: Scope = EVERYTHING, *, confidential: int | None = None
) -> Proof:
    """Answer a figure from its records; refuses `figure.unknown`, and `figure.scope_unfit`.

    What is confidential is in no record here; `confidential` is the one number that is told of it, if any is.
    """
    for figure in (*REQUEST_FIGURES, *request_counts(now)):
        if figure.id == figure_id:
            proof = _of_requests(rollup, figure, now, scope)
            return _judged(proof, scope, confidential)
    for of_rooms in ROOM_FIGURES:
        if of_rooms.id == figure_id:
            found = answer(of_rooms, rollup.rooms(), scope)
            return Proof(of_rooms, found, now, lambda one: Line(one, None, one, None))
    for of_people in PERSON_FIGURES:
        if of_people.id == figure_id:
            found = answer(of_people, rollup.residents(), scope)
            return Proof(of_people, found, now, lambda one: Line(one, None, rollup.people[one].place, None))
    for of_activities in activity_counts(now):
        if of_activities.id == figure_id:
            return _of_activities(rollup, of_activities, now, scope)
    raise Refusal(Why.UNKNOWN, figure=figure_id)


def _judged(proof: Proof, scope: Scope, confidential: int | None) -> Proof:
    """Withhold what is asked about confidential requests alone, whatever there is of them, except the one number."""
    if proof.figure.id is CountId.SEALED and scope == EVERYTHING:
        value = None if confidential is None else float(confidential)
        return replace(proof, answer=Answer(value, (), ()), withheld=Withheld.TOO_FEW if value is None else None)
    if proof.figure.id is CountId.SEALED or asks_for_confidential(scope):
        return replace(proof, answer=Answer(None, (), ()), withheld=Withheld.CONFIDENTIAL)
    return proof


def _of_requests(rollup: Rollup, figure: RequestFigure | Count, now: datetime, scope: Scope) -> Proof:
    def line(request_id: str) -> Line:
        request = rollup.requests[request_id]
        return Line(request_id, figure.measure(request), place_shown(request), request.stage.value)

    return Proof(figure, answer(figure, rollup.requests.values(), scope), now, line)


def _of_activities(rollup: Rollup, figure: ActivityCount, now: datetime, scope: Scope) -> Proof:
    def line(activity_id: str) -> Line:
        activity = rollup.activities[activity_id]
        return Line(activity_id, figure.measure(activity), None, standing(activity, now))

    return Proof(figure, answer(figure, rollup.activities.values(), scope), now, line)


def after_of(cursor: str | None) -> str:
    """Return the id behind which a page of ids begins."""
    position = BY_ID.position(cursor)
    return "" if position is None else str(position[0])


def slice_of(rollup: Rollup, proof: Proof, side: Side, reader: Actor, *, after: str = "", limit: int = 50) -> Slice:
    """Return the next ids of a side after an id, of what lies where the reader works."""
    ids = proof.ids(side)
    place_of = _places(rollup, proof.figure.subjects)
    scope = reader.scope()
    shown = [one for one in ids if place_of is None or scope.holds_place(place_of(one))]
    rest = [one for one in shown if one > after]
    return Slice(rest[:limit], len(ids) - len(shown), len(rest) > limit)


def _places(rollup: Rollup, subjects: Subjects) -> Callable[[str], str | None] | None:
    """Return what tells where a record lies, or None for activities, which everybody sees."""
    match subjects:
        case Subjects.REQUEST:
            return lambda one: rollup.requests[one].place
        case Subjects.PERSON:
            return lambda one: rollup.people[one].place
        case Subjects.ROOM:
            return lambda one: one
        case Subjects.ACTIVITY:
            return None
        case _:  # pragma: no cover
            assert_never(subjects)


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


def place_shown(request: RequestRecord) -> str:
    """Return where a request belongs, as narrowly as lists may tell: a public one's room, a sealed one's building."""
    if request.visibility is Visibility.PUBLIC:
        return request.place
    holder = building_of(request.place) if request.sealed else floor_of(request.place)
    return holder or request.place
