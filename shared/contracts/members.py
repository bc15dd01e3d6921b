"""What `members` tells: places, people (no names), duty areas, proposals of helpers, points."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, ClassVar

from pydantic import GetJsonSchemaHandler
from pydantic_core import CoreSchema

from shared.contracts.cells import Aggregate, Cell
from shared.contracts.event import Fact
from shared.contracts.model import Model
from shared.contracts.places import DutyPlace, PlaceId


class PlaceType(StrEnum):
    """What a place is; the depth of its id follows for the first four."""

    CAMPUS = "campus"
    BUILDING = "building"
    FLOOR = "floor"
    ROOM = "room"
    VENUE = "venue"


class Role(StrEnum):
    """What a person may be in the community; one person may have several."""

    STUDENT = "student"
    HELPER = "helper"
    DESK = "desk"
    SECRETARY = "secretary"
    COUNSELLOR = "counsellor"
    LEADER = "leader"
    LOGISTICS = "logistics"
    ADMIN = "admin"
    SEALED_READER = "sealed_reader"
    """One of the two named people who see and handle sealed requests, wherever they come from."""


class _AsPublished:
    """Roles in a fact are those that its version was published with; later ones have fields of their own."""

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Leave later roles out of the schema."""
        told = handler(schema)
        roles = handler.resolve_ref_schema(told["items"])
        roles["enum"] = [role.value for role in Role if role is not Role.SEALED_READER]
        return told


PublishedRoles = Annotated[tuple[Role, ...], _AsPublished()]
"""The roles that a fact tells, without those that came after its version."""


class PlaceAdded(Fact):
    """A place exists; `capacity` counts a room's beds or a venue's seats. Names of places are no secrets."""

    SUBJECT: ClassVar[str] = "yizhan.members.place.added.v1"
    AGGREGATE: ClassVar[Aggregate] = Aggregate.PLACE
    BEGINS: ClassVar[bool] = True
    CELLS: ClassVar[tuple[Cell, ...]] = (Cell("place"),)
    place_id: PlaceId
    type: PlaceType
    name: str
    capacity: int | None


class PersonSnapshot(Fact):
    """What is told of a person who is here, whatever changed.

    `duty_places` are those that a member of staff works for; `sealed_reader` is a role that came later than the others.
    """

    AGGREGATE: ClassVar[Aggregate] = Aggregate.PERSON
    CELLS: ClassVar[tuple[Cell, ...]] = (Cell("person"),)
    person_id: str
    roles: PublishedRoles
    place: PlaceId | None
    unit_ids: tuple[str, ...]
    party_member: bool
    reachable: bool
    duty_places: tuple[DutyPlace, ...] = ()
    sealed_reader: bool = False

    def held(self) -> frozenset[Role]:
        """Return all roles of the person, also that of a sealed reader."""
        return frozenset((*self.roles, Role.SEALED_READER) if self.sealed_reader else self.roles)


class PersonRegistered(PersonSnapshot):
    """A person joined the ledger, or came back to it under the same id; `reachable` tells whether notices reach them.

    Whoever merges by version needs nothing else for a return: it is later than the departure.
    """

    SUBJECT: ClassVar[str] = "yizhan.members.person.registered.v1"
    BEGINS: ClassVar[bool] = True


class PersonChanged(PersonSnapshot):
    """A person's roles, place, units or reachability are now these (the whole, so that the latest version wins)."""

    SUBJECT: ClassVar[str] = "yizhan.members.person.changed.v1"


class PersonDeparted(Fact):
    """A person left the community; their areas have no owner, and what they had taken on is to be given to others."""

    SUBJECT: ClassVar[str] = "yizhan.members.person.departed.v1"
    AGGREGATE: ClassVar[Aggregate] = Aggregate.PERSON
    person_id: str


class SessionsEnded(Fact):
    """Sessions ended: every token that carries a number `below` this one under the key is refused from now on.

    A token carries three keys: `session:<its own id>`, `person:<id>` (the number rises with a departure, a lost role
    and a disabled account) and `account:<id>` (it rises with a new password). After `forget_at` every such token has
    expired by itself.
    """

    SUBJECT: ClassVar[str] = "yizhan.members.session.ended.v1"
    AGGREGATE: ClassVar[Aggregate] = Aggregate.SESSIONS
    KEY: ClassVar[str | None] = "key"
    BEGINS: ClassVar[bool] = True
    key: str
    person_id: str
    below: int
    forget_at: datetime


class UnitFormed(Fact):
    """An organisational unit (branch, group, dormitory) exists and belongs to `parent_id`."""

    SUBJECT: ClassVar[str] = "yizhan.members.unit.formed.v1"
    AGGREGATE: ClassVar[Aggregate] = Aggregate.UNIT
    BEGINS: ClassVar[bool] = True
    CELLS: ClassVar[tuple[Cell, ...]] = (Cell("unit"),)
    unit_id: str
    type: str
    name: str
    parent_id: str | None


class DutyAreaFact(Fact):
    """Something that happened to a duty area; one event's subject, the map of all areas, holds many."""

    AGGREGATE: ClassVar[Aggregate] = Aggregate.DUTY_AREA
    KEY: ClassVar[str | None] = "area_id"
    area_id: str


class DutyAreaAssigned(DutyAreaFact):
    """A member answers for these places from now on."""

    SUBJECT: ClassVar[str] = "yizhan.members.duty_area.assigned.v1"
    BEGINS: ClassVar[bool] = True
    owner_id: str
    unit_id: str | None
    places: tuple[PlaceId, ...]


class DutyAreaReleased(DutyAreaFact):
    """Nobody answers for this area any more."""

    SUBJECT: ClassVar[str] = "yizhan.members.duty_area.released.v1"


class Reason(Model):
    """Why a helper was proposed: a stable code (`skill`, `same_floor`, `load`, ...), its weight, and the value."""

    code: str
    weight: float
    value: float


class ProposalFact(Fact):
    """What matching answered for one round of a leg, of so many considered."""

    AGGREGATE: ClassVar[Aggregate] = Aggregate.PROPOSAL
    BEGINS: ClassVar[bool] = True
    request_id: str
    leg_id: str
    round: int
    considered: int


class HelperProposed(ProposalFact):
    """A helper suits a leg best; the subject of the event is the proposal, one for each leg and round."""

    SUBJECT: ClassVar[str] = "yizhan.members.helper.proposed.v1"
    helper_id: str
    score: float
    reasons: tuple[Reason, ...]


class HelperNotFound(ProposalFact):
    """Nobody suits a leg; `why` counts the refused candidates by reason code."""

    SUBJECT: ClassVar[str] = "yizhan.members.helper.not_found.v1"
    why: dict[str, int]


class PointsFact(Fact):
    """An entry of the ledger of points."""

    AGGREGATE: ClassVar[Aggregate] = Aggregate.ENTRY
    KEY: ClassVar[str | None] = "entry_id"
    BEGINS: ClassVar[bool] = True
    entry_id: str
    person_id: str
    points: int


class PointsVested(PointsFact):
    """Points were entered in the ledger: `source` is `leg` or `activity`, `source_id` the leg or the activity."""

    SUBJECT: ClassVar[str] = "yizhan.members.points.vested.v1"
    rule: str
    source: str
    source_id: str
    vested_at: datetime


class PointsReversed(PointsFact):
    """An entry was reversed by another entry."""

    SUBJECT: ClassVar[str] = "yizhan.members.points.reversed.v1"
    reverses_id: str
    reversed_at: datetime
