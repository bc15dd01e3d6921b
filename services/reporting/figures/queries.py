"""Answers to questions about figures: the value, both sides, and the records behind them that the reader may see."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, assert_never

from services.reporting.counts.domain import ActivityCount, Count, activity_counts, request_counts
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
    """An answered figure; `line` tells of one of its records."""

    figure: AnyFigure
    answer: Answer
    as_of: datetime
    line: Callable[[str], Line]

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
    """A part of one side's ids; `hidden` counts the sealed records of the whole side that the reader may not see."""

    ids: Sequence[str]
    hidden: int
    more: bool


def sees_sealed(reader: Actor) -> bool:
    """Tell whether the reader may see that a sealed request exists by its id: its two readers only."""
    return reader.has(Role.SEALED_READER)


def definitions(now: datetime) -> tuple[AnyFigure, ...]:
    """Return every figure there is."""
    return (*FIGURES, *request_counts(now), *activity_counts(now))


def prove(rollup: Rollup, figure_id: str, now: datetime, scope: Scope = EVERYTHING) -> Proof:
    """Answer a figure from its records; refuses `figure.unknown`, and `figure.scope_unfit`."""
    for figure in (*REQUEST_FIGURES, *request_counts(now)):
        if figure.id == figure_id:
            return _of_requests(rollup, figure, now, scope)
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
    """Return the next ids of a side after an id that the reader may see."""
    ids = proof.ids(side)
    if proof.figure.subjects is Subjects.REQUEST and not sees_sealed(reader):
        shown = [one for one in ids if not rollup.requests[one].sealed]
    else:
        shown = list(ids)
    rest = [one for one in shown if one > after]
    return Slice(rest[:limit], len(ids) - len(shown), len(rest) > limit)


def place_shown(request: RequestRecord) -> str:
    """Return where a request belongs, as narrowly as lists may tell: a public one's room, a sealed one's building."""
    if request.visibility is Visibility.PUBLIC:
        return request.place
    holder = building_of(request.place) if request.sealed else floor_of(request.place)
    return holder or request.place
