"""Answers to questions about figures: the value, both sides, and the records behind them that the reader may see."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, assert_never

from services.reporting.figures.domain import (
    FIGURES,
    PERSON_FIGURES,
    REQUEST_FIGURES,
    ROOM_FIGURES,
    Answer,
    Figure,
    Subjects,
    Why,
    answer,
)
from services.reporting.measures.domain import Resident, Room
from services.reporting.records.domain import RequestRecord
from services.reporting.rollup.domain import Rollup
from shared.auth.actor import Actor
from shared.contracts.members import Role
from shared.contracts.places import building_of, floor_of
from shared.contracts.stages import Visibility
from shared.refusal import Refusal

AnyFigure = Figure[RequestRecord] | Figure[Room] | Figure[Resident]
BY_ID: Final[Mapping[str, AnyFigure]] = {figure.id.value: figure for figure in FIGURES}
_REQUESTS: Final = {figure.id.value: figure for figure in REQUEST_FIGURES}
_ROOMS: Final = {figure.id.value: figure for figure in ROOM_FIGURES}
_PERSONS: Final = {figure.id.value: figure for figure in PERSON_FIGURES}


class Side(StrEnum):
    """Which records of a figure: those that count, all that could have, or those that could have and do not."""

    NUMERATOR = "numerator"
    DENOMINATOR = "denominator"
    GAP = "gap"


@dataclass(frozen=True, slots=True)
class Proof:
    """An answered figure."""

    figure: AnyFigure
    answer: Answer
    as_of: datetime

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


@dataclass(frozen=True, slots=True)
class Line:
    """One record behind a figure: its number (seconds or stars, None for shares), where it belongs, how it stands."""

    id: str
    measure: float | None
    place: str | None
    stage: str | None


def sees_sealed(reader: Actor) -> bool:
    """Tell whether the reader may see that a sealed request exists by its id: counsellors only."""
    return reader.has(Role.COUNSELLOR)


def prove(rollup: Rollup, figure_id: str, building: str | None, now: datetime) -> Proof:
    """Answer a figure from its records; refuses `figure.unknown`."""
    if figure_id in _REQUESTS:
        figure = _REQUESTS[figure_id]
        return Proof(figure, answer(figure, rollup.requests.values(), building), now)
    if figure_id in _ROOMS:
        of_rooms = _ROOMS[figure_id]
        return Proof(of_rooms, answer(of_rooms, rollup.rooms(), building), now)
    if figure_id in _PERSONS:
        of_people = _PERSONS[figure_id]
        return Proof(of_people, answer(of_people, rollup.residents(), building), now)
    raise Refusal(Why.UNKNOWN, figure=figure_id)


def slice_of(rollup: Rollup, proof: Proof, side: Side, reader: Actor, *, after: str = "", limit: int = 50) -> Slice:
    """Return the next ids of a side after an id that the reader may see."""
    ids = proof.ids(side)
    if proof.figure.subjects is Subjects.REQUEST and not sees_sealed(reader):
        shown = [one for one in ids if not rollup.requests[one].sealed]
    else:
        shown = list(ids)
    rest = [one for one in shown if one > after]
    return Slice(rest[:limit], len(ids) - len(shown), len(rest) > limit)


def lines_of(rollup: Rollup, proof: Proof, ids: Sequence[str]) -> list[Line]:
    """Return the records of these ids."""
    look: Mapping[Subjects, Callable[[str], Line]] = {
        Subjects.REQUEST: lambda one: _request_line(rollup.requests[one], proof.figure),
        Subjects.ROOM: lambda one: Line(one, None, one, None),
        Subjects.PERSON: lambda one: Line(one, None, rollup.people[one].place, None),
    }
    return [look[proof.figure.subjects](one) for one in ids]


def _request_line(request: RequestRecord, figure: AnyFigure) -> Line:
    measure = _REQUESTS[figure.id.value].measure(request)
    return Line(request.id, measure, place_shown(request), request.stage.value)


def place_shown(request: RequestRecord) -> str:
    """Return where a request belongs, as narrowly as lists may tell: a public one's room, a sealed one's building."""
    if request.visibility is Visibility.PUBLIC:
        return request.place
    holder = building_of(request.place) if request.sealed else floor_of(request.place)
    return holder or request.place
