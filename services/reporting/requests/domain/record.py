"""A request as its row tells of it. Nothing is decided here that a fact has not told."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from services.reporting.rows.domain import LATEST, VISIBILITY_CELLS, CellValue, Row
from shared.contracts.cells import STAGE
from shared.contracts.places import building_of, floor_of
from shared.contracts.stages import CONFIDENTIAL, ENDED, Kind, LegState, Stage, Visibility

SERVED: Final = frozenset({Stage.RESOLVED, Stage.CLOSED_CONFIRMED, Stage.CLOSED_UNCONFIRMED})
"""Stages of a request that was served, whatever was said of it afterwards."""

SERVED_LEG: Final = frozenset({LegState.DONE, LegState.VERIFIED})
_RISING: Final = (Visibility.PUBLIC, Visibility.MASKED, Visibility.PRIVATE, Visibility.SEALED)


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
class ConfidentialRequest:
    """All that is kept of a request that no number may be about: its id, and whoever asked."""

    id: str
    requester_id: str


def is_confidential(request: RequestRecord) -> bool:
    """Tell whether no number may be about it: it is sealed, or of a confidential kind."""
    return request.sealed or request.kind in CONFIDENTIAL


def place_shown(request: RequestRecord) -> str:
    """Return where a request belongs, as narrowly as lists may tell: a public one's room, a sealed one's building."""
    if request.visibility is Visibility.PUBLIC:
        return request.place
    holder = building_of(request.place) if request.sealed else floor_of(request.place)
    return holder or request.place


def servers_of(request: RequestRecord) -> frozenset[str]:
    """Return the people who served the request: the helpers of its done legs, once it is resolved."""
    if not request.served:
        return frozenset()
    return frozenset(leg.helper_id for leg in request.legs if leg.helper_id and leg.state in SERVED_LEG)


def request_of(row: Row) -> RequestRecord | None:
    """Return the request that the row tells of, or None while its filing has not come."""
    filed, triaged, latest = row.values("filed"), row.values("triaged"), row.values(LATEST)
    if not filed:
        return None
    reopened = row.version("reopened")
    stage = Stage(row.values(STAGE.name)["stage"])
    resolved: Mapping[str, Any] = row.values("resolved") if row.version("resolved") > reopened else {}
    rated: Mapping[str, Any] = row.values("rated") if row.version("rated") > reopened else {}
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
        contacted_at=row.values("contacted").get("contacted_at"),
        due_at=triaged.get("resolve_due_at"),
        resolved_at=resolved.get("resolved_at"),
        ended_at=_ended_at(row, stage),
        cancelled_by_requester=stage is Stage.CANCELLED and bool(row.values("cancelled").get("by_requester")),
        reopened=reopened >= 0,
        solved=rated.get("solved"),
        stars=rated.get("stars"),
        latest_code=latest["code"],
        latest_at=latest["at"],
        legs=_legs(row),
    )


def _visibility(row: Row) -> Visibility:
    told = [row.values(name).get("visibility", Visibility.PUBLIC) for name in VISIBILITY_CELLS]
    return max((Visibility(item) for item in told), key=_RISING.index)


def _ended_at(row: Row, stage: Stage) -> datetime | None:
    name = "closed" if stage in SERVED else stage.value
    return row.values(name).get(f"{name}_at") if stage in ENDED else None


def _legs(row: Row) -> tuple[LegRecord, ...]:
    legs: list[LegRecord] = []
    for name, cell in sorted(row.cells.items()):
        if not name.startswith("leg:") or name.count(":") > 1:
            continue
        told = [row.cells[n] for n in row.cells if n.startswith(f"{name}:")]
        state = LegState(cell.values["state"])
        helper_id = None if state is LegState.OPEN else _latest(told, "helper_id")
        legs.append(LegRecord(cell.values["leg_id"], state, helper_id, _latest(told, "system")))
    return tuple(legs)


def _latest(cells: Iterable[CellValue], field: str) -> str | None:
    told = [cell for cell in cells if field in cell.values]
    return max(told, key=lambda cell: cell.v).values[field] if told else None
