"""Records: what a row says, typed. Pure reading of cells; nothing is decided here that a fact has not told."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, assert_never, cast

from services.reporting.rows.domain import LATEST, VISIBILITY_CELLS, CellValue, Row
from shared.contracts.activities import ActivityStage
from shared.contracts.cells import STAGE, Aggregate
from shared.contracts.members import PlaceType, Role
from shared.contracts.stages import ENDED, Kind, LegState, Stage, Visibility

SERVED: Final = frozenset({Stage.RESOLVED, Stage.CLOSED_CONFIRMED, Stage.CLOSED_UNCONFIRMED})
"""Stages of a request that was served, whatever was said of it afterwards."""

SERVED_LEG: Final = frozenset({LegState.DONE, LegState.VERIFIED})
_RISING: Final = (Visibility.PUBLIC, Visibility.MASKED, Visibility.PRIVATE, Visibility.SEALED)
_NOTHING: Final = CellValue(-1, {})


@dataclass(frozen=True, slots=True)
class LegRecord:
    """One leg of a request: its state, and the helper or the outside system that has it."""

    id: str
    state: LegState
    helper_id: str | None
    system: str | None


@dataclass(frozen=True, slots=True)
class RequestRecord:
    """A request that was filed. Times are None until they are told; a reopening takes `resolved_at` away."""

    id: str
    version: int
    events: int
    stage: Stage
    kind: Kind
    category: str
    place: str
    visibility: Visibility
    urgent: bool
    requester_id: str
    filed_at: datetime
    learnt_at: datetime | None
    contacted_at: datetime | None
    due_at: datetime | None
    resolved_at: datetime | None
    ended_at: datetime | None
    cancelled_by_requester: bool
    reopened: bool
    solved: bool | None
    stars: int | None
    latest_code: str
    latest_at: datetime
    legs: tuple[LegRecord, ...]

    @property
    def ended(self) -> bool:
        """Tell whether only a reopening can move it."""
        return self.stage in ENDED

    @property
    def served(self) -> bool:
        """Tell whether it was resolved and has not been reopened since."""
        return self.stage in SERVED

    @property
    def open(self) -> bool:
        """Tell whether somebody still has to do something for it."""
        return not self.served and not self.ended

    @property
    def sealed(self) -> bool:
        """Tell whether only its two named readers may see it."""
        return self.visibility is Visibility.SEALED


@dataclass(frozen=True, slots=True)
class PersonRecord:
    """A person of the community; `present` is False after departure."""

    id: str
    roles: frozenset[Role]
    place: str | None
    reachable: bool
    present: bool


@dataclass(frozen=True, slots=True)
class PlaceRecord:
    """A campus, building, floor, room or venue with its name."""

    id: str
    type: PlaceType
    name: str


@dataclass(frozen=True, slots=True)
class AreaRecord:
    """A duty area: who answers for which places, while `active`."""

    id: str
    owner_id: str
    places: tuple[str, ...]
    active: bool


@dataclass(frozen=True, slots=True)
class ActivityRecord:
    """An activity: `stage` and times are None while its planning has not been learnt."""

    id: str
    stage: ActivityStage | None
    starts_at: datetime | None
    ends_at: datetime | None
    seats: int
    waiting: int
    attended: frozenset[str]

    @property
    def place(self) -> str | None:
        """Nowhere in particular: boards count activities over the whole community."""
        return None


Record = RequestRecord | PersonRecord | PlaceRecord | AreaRecord | ActivityRecord


def record_of(row: Row) -> Record | None:
    """Return what the row says, or None while the fact that it begins with has not come (or no record is needed)."""
    match row.kind:
        case Aggregate.REQUEST:
            return _request(row)
        case Aggregate.PERSON:
            return _person(row)
        case Aggregate.PLACE:
            return _place(row)
        case Aggregate.DUTY_AREA:
            return _area(row)
        case Aggregate.ACTIVITY:
            return _activity(row)
        case Aggregate.UNIT | Aggregate.PROPOSAL | Aggregate.ENTRY | Aggregate.SESSIONS:
            return None
        case _:  # pragma: no cover
            assert_never(row.kind)


def _cell(row: Row, name: str) -> CellValue:
    return row.cells.get(name, _NOTHING)


def _values(cell: CellValue) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", cell.values)


def _request(row: Row) -> RequestRecord | None:
    filed_cell = row.cells.get("filed")
    if filed_cell is None:
        return None
    filed, triaged = _values(filed_cell), _values(_cell(row, "triaged"))
    reopened, resolved, rated = _cell(row, "reopened"), _cell(row, "resolved"), _cell(row, "rated")
    stage = Stage(_values(row.cells[STAGE.name])["stage"])
    judged: Mapping[str, Any] = _values(rated) if rated.v > reopened.v else {}
    latest = _values(row.cells[LATEST])
    return RequestRecord(
        id=filed["request_id"],
        version=max(row.seen),
        events=len(row.seen),
        stage=stage,
        kind=Kind(triaged.get("kind", filed["kind"])),
        category=triaged.get("category", filed["category"]),
        place=filed["place"],
        visibility=_visibility(row),
        urgent=triaged.get("urgent", filed["urgent"]),
        requester_id=filed["requester_id"],
        filed_at=filed["filed_at"],
        learnt_at=row.learnt_at,
        contacted_at=_values(_cell(row, "contacted")).get("contacted_at"),
        due_at=triaged.get("resolve_due_at"),
        resolved_at=_values(resolved).get("resolved_at") if resolved.v > reopened.v else None,
        ended_at=_ended_at(row, stage),
        cancelled_by_requester=stage is Stage.CANCELLED and bool(_values(_cell(row, "cancelled")).get("by_requester")),
        reopened=reopened.v >= 0,
        solved=judged.get("solved"),
        stars=judged.get("stars"),
        latest_code=latest["code"],
        latest_at=latest["at"],
        legs=_legs(row),
    )


def _visibility(row: Row) -> Visibility:
    told = [_values(_cell(row, name)).get("visibility", Visibility.PUBLIC) for name in VISIBILITY_CELLS]
    return max((Visibility(item) for item in told), key=_RISING.index)


def _ended_at(row: Row, stage: Stage) -> datetime | None:
    name = "closed" if stage in SERVED else stage.value
    return _values(_cell(row, name)).get(f"{name}_at") if stage in ENDED else None


def _legs(row: Row) -> tuple[LegRecord, ...]:
    legs: list[LegRecord] = []
    for name, cell in sorted(row.cells.items()):
        if not name.startswith("leg:") or name.count(":") > 1:
            continue
        told = [row.cells[n] for n in row.cells if n.startswith(f"{name}:")]
        helpers = [c for c in told if "helper_id" in c.values]
        systems = [c for c in told if "system" in c.values]
        helper = max(helpers, key=lambda c: c.v, default=_NOTHING)
        system = max(systems, key=lambda c: c.v, default=_NOTHING)
        state = LegState(_values(cell)["state"])
        helper_id = None if state is LegState.OPEN else _values(helper).get("helper_id")
        legs.append(LegRecord(_values(cell)["leg_id"], state, helper_id, _values(system).get("system")))
    return tuple(legs)


def _person(row: Row) -> PersonRecord | None:
    cell = row.cells.get("person")
    if cell is None:
        return None
    told = _values(cell)
    roles = frozenset(Role(role) for role in told["roles"])
    return PersonRecord(told["person_id"], roles, told["place"], told["reachable"], _cell(row, "departed").v < cell.v)


def _place(row: Row) -> PlaceRecord | None:
    told = _values(_cell(row, "place"))
    return PlaceRecord(told["place_id"], PlaceType(told["type"]), told["name"]) if told else None


def _area(row: Row) -> AreaRecord | None:
    cell = row.cells.get("assigned")
    if cell is None:
        return None
    told = _values(cell)
    return AreaRecord(told["area_id"], told["owner_id"], tuple(told["places"]), _cell(row, "released").v < cell.v)


def _activity(row: Row) -> ActivityRecord:
    planned = _values(_cell(row, "planned"))
    seats = [_values(cell)["seat"] for name, cell in row.cells.items() if name.startswith("seat:")]
    attended = [_values(cell)["person_id"] for name, cell in row.cells.items() if name.startswith("attended:")]
    return ActivityRecord(
        id=row.key,
        stage=ActivityStage(_values(row.cells[STAGE.name])["stage"]) if planned else None,
        starts_at=planned.get("starts_at"),
        ends_at=planned.get("ends_at"),
        seats=seats.count("seat"),
        waiting=seats.count("waiting"),
        attended=frozenset(attended),
    )
