"""What people ask of figures: the definitions, an answer with its proof, the records behind it, a frozen baseline."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, cast

from fastapi import Depends, Query, Request
from pydantic import AwareDatetime

from services.reporting.confidential.domain import Withheld
from services.reporting.confidential.handlers import DailyTally
from services.reporting.figures.handlers.baselines import freeze_baseline
from services.reporting.figures.handlers.live import LiveRollup
from services.reporting.figures.queries import (
    BY_ID,
    Proof,
    Side,
    after_of,
    check_reader,
    definitions,
    kept_as,
    prove,
    slice_of,
)
from services.reporting.figures.store import Baselines
from services.reporting.subjects.domain.figure import Figure, Unit
from services.reporting.subjects.domain.ids import CountId, FigureId
from services.reporting.subjects.domain.scope import Scope
from services.reporting.subjects.domain.subject import Subject, Subjects
from services.reporting.subjects.domain.sums import Sums
from shared.auth.actor import Actor
from shared.auth.dependency import Me
from shared.auth.permissions import ADMIN, STAFF
from shared.clock import Clock
from shared.contracts.places import PLACE_PATTERN
from shared.contracts.stages import Kind
from shared.http import Page, Router, View, cursor_of
from shared.topic import parts
from shared.words import Id

router = Router(prefix="/api/reporting/figures", tags=["figures"], about="Figures with their proofs.")

Building = Annotated[str | None, Query(pattern=PLACE_PATTERN, max_length=99, description="One building only.")]
Floor = Annotated[str | None, Query(pattern=PLACE_PATTERN, max_length=99, description="One floor only.")]
OfKind = Annotated[Kind | None, Query(description="Requests of one kind only.")]
OfCategory = Annotated[Id | None, Query(description="Requests of one category only.")]
Moment = Annotated[
    AwareDatetime | None, Query(description="Narrows what is counted, by its moment; the end is not in.")
]
Limit = Annotated[int, Query(ge=1, le=200)]


async def _scope(
    building: Building = None,
    floor: Floor = None,
    kind: OfKind = None,
    category: OfCategory = None,
    since: Moment = None,
    until: Moment = None,
) -> Scope:
    return Scope(building, floor, kind, category, since, until)


Where = Annotated[Scope, Depends(_scope)]


class DefinitionView(View):
    """A figure's definition: its written formula is what it may be held to. `records` says what its ids are."""

    id: FigureId | CountId
    name_zh: str
    name_en: str
    formula_zh: str
    formula_en: str
    unit: Unit
    records: Subjects


class DefinitionsView(View):
    """Every figure."""

    items: Sequence[DefinitionView]


class IdsView(View):
    """The first ids of one side, ascending; `hidden` counts those that lie where the reader does not work."""

    items: Sequence[str]
    hidden: int
    next_cursor: str | None


class FigureView(DefinitionView):
    """A figure with its proof. `response_rate` is numerator ÷ denominator; values are null when nothing is measured.

    `withheld` tells that it has no value for anybody, and why: fewer than five people (`too_few`), or it asks for what
    is confidential alone (`confidential`). `sealed_left_out` tells that what is sealed, quarrels and counsel are not in
    it.
    """

    building: str | None
    floor: str | None
    kind: Kind | None
    category: str | None
    since: datetime | None
    until: datetime | None
    value: float | None
    numerator: int | None
    denominator: int | None
    withheld: Withheld | None
    sealed_left_out: bool
    baseline: float | None
    response_rate: float | None
    as_of: datetime
    numerator_ids: IdsView
    denominator_ids: IdsView


class LineView(View):
    """One record behind a figure; `measure`: seconds, stars or people; `place` is no narrower than lists may tell."""

    id: str
    measure: float | None
    place: str | None
    stage: str | None


class LinesView(Page[LineView]):
    """A page of records; `hidden` counts those of the whole side that lie where the reader does not work."""

    hidden: int


class BaselineView(View):
    """A frozen baseline."""

    id: str
    building: str | None
    baseline: float


def _sums(call: Request) -> Sums:
    return parts(call)[LiveRollup].rollup


def _baselines(call: Request) -> Baselines:
    return parts(call)[Baselines]


def _clock(call: Request) -> Clock:
    return cast("Clock", call.app.state.runtime.clock)


@router.get("", allow=STAFF)
async def get_figures(call: Request) -> DefinitionsView:
    """Return every figure's definition, and that of every count."""
    every = definitions(_clock(call).now())
    return DefinitionsView(items=[DefinitionView.model_validate(_definition(*one)) for one in every])


@router.get("/{figure_id}", allow=STAFF)
async def get_figure(call: Request, reader: Me, figure_id: str, scope: Where) -> FigureView:
    """Answer a figure or a count with its formula, both sides, its baseline and the ids behind it.

    Whoever works for some places narrows it to these only: `auth.not_yours` otherwise.
    """
    proof = _proof(call, reader, figure_id, scope)
    found, told = proof.answer, proof.withheld is None
    of_sealed = proof.figure.id is CountId.SEALED
    of_whole = told and scope == Scope(building=scope.building)
    name = kept_as(proof.subject, proof.figure)
    return FigureView.model_validate(
        {
            **_definition(proof.subject, proof.figure),
            **asdict(scope),
            "value": found.value,
            "numerator": len(found.numerator_ids) if told and not of_sealed else None,
            "denominator": len(found.denominator_ids) if told and not of_sealed else None,
            "withheld": proof.withheld,
            "sealed_left_out": proof.subject.kind is Subjects.REQUEST and not of_sealed,
            "baseline": await _baselines(call).of(name, scope.building) if of_whole else None,
            "response_rate": found.response_rate,
            "as_of": proof.as_of,
            "numerator_ids": _ids(_sums(call), proof, Side.NUMERATOR, reader),
            "denominator_ids": _ids(_sums(call), proof, Side.DENOMINATOR, reader),
        }
    )


@router.get("/{figure_id}/records", allow=STAFF)
async def get_records(
    call: Request,
    reader: Me,
    figure_id: str,
    *,
    scope: Where,
    side: Side = Side.NUMERATOR,
    cursor: Annotated[str | None, cursor_of(BY_ID)] = None,
    limit: Limit = 50,
) -> LinesView:
    """Return the records behind one side of a figure that lie where the reader works, by ascending id."""
    after = after_of(cursor)
    proof = _proof(call, reader, figure_id, scope)
    part = slice_of(_sums(call), proof, side, reader, after=after, limit=limit)
    items = [
        LineView(id=line.id, measure=line.measure, place=line.place, stage=line.stage)
        for line in map(proof.line, part.ids)
    ]
    return LinesView(items=items, hidden=part.hidden, next_cursor=BY_ID.cursor(part.ids[-1]) if part.more else None)


@router.post("/{figure_id}/baseline", allow=ADMIN, status_code=201)
async def post_baseline(call: Request, actor: Me, figure_id: str, building: Building = None) -> BaselineView:
    """Freeze the figure's present value as its baseline; it can be frozen once."""
    value = await freeze_baseline(_sums(call), _baselines(call), _clock(call), actor, figure_id, building)
    return BaselineView(id=figure_id, building=building, baseline=value)


def _proof(call: Request, reader: Actor, figure_id: str, scope: Scope) -> Proof:
    confidential = parts(call)[DailyTally].people
    proof = prove(_sums(call), figure_id, _clock(call).now(), scope, confidential=confidential)
    check_reader(reader, scope)
    return proof


def _definition(subject: Subject[Any], figure: Figure[Any]) -> dict[str, object]:
    names = ("id", "name_zh", "name_en", "formula_zh", "formula_en", "unit")
    return {"records": subject.kind, **{name: getattr(figure, name) for name in names}}


def _ids(sums: Sums, proof: Proof, side: Side, reader: Actor) -> IdsView:
    part = slice_of(sums, proof, side, reader)
    return IdsView(items=part.ids, hidden=part.hidden, next_cursor=BY_ID.cursor(part.ids[-1]) if part.more else None)
