"""The envelope: CloudEvents 1.0, JSON, structured mode, with four extensions of our own."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Any, ClassVar, Final, Generic, TypeVar, cast

import orjson
from msgspec import Struct
from pydantic import ConfigDict, ValidationError

from shared.contracts.cells import Aggregate, Cell
from shared.contracts.model import Model

SPEC_VERSION: Final = "1.0"
_REQUIRED: Final = (
    "id",
    "source",
    "type",
    "subject",
    "time",
    "aggregateversion",
    "causationid",
    "correlationid",
    "actor",
)


class Fact(Model):
    """An event's typed content: something that happened, in ids, categories and places, never free text, name or phone.

    A listener ignores fields that it does not know, so that a later release may add optional ones.
    """

    model_config = ConfigDict(extra="ignore", ser_json_timedelta="float")

    SUBJECT: ClassVar[str] = ""
    """NATS subject, `yizhan.<service>.<aggregate>.<fact>.v<N>`; without `yizhan.` it is the CloudEvents type."""

    AGGREGATE: ClassVar[Aggregate]
    """What it is about."""

    KEY: ClassVar[str | None] = None
    """The field that names the aggregate, where one event's subject (a map of areas) holds many; None: the subject."""

    BEGINS: ClassVar[bool] = False
    """Whether an aggregate begins with it."""

    CELLS: ClassVar[tuple[Cell, ...]] = (Cell(),)
    """What it fills of what is known of the aggregate."""

    @classmethod
    def type_name(cls) -> str:
        """Return the CloudEvents type, for example `requests.request.filed.v1`."""
        return cls.SUBJECT.removeprefix("yizhan.")

    @classmethod
    def code(cls) -> str:
        """Return the stable name without its version, for example `requests.request.filed`."""
        return cls.type_name().rpartition(".")[0]

    @classmethod
    @cache
    def cells(cls) -> Mapping[str, Cell]:
        """Return the cells that it fills, by their names in which only fields of its own are still to be filled in."""
        word = cls.code().rpartition(".")[2]
        return {cell.name.replace("{fact}", word): cell for cell in cls.CELLS}


F = TypeVar("F", bound=Fact, covariant=True)  # noqa: PLC0105 - read as "a fact" everywhere


class UndecodableEventError(ValueError):
    """The bytes are no event that this release knows: bad JSON, a missing attribute, an unknown type or bad data."""


class ForeignEventError(UndecodableEventError):
    """An event on a subject that is not its own: of another type, or told by another service than the subject names."""


class Event(Struct, Generic[F], frozen=True):
    """One fact with its envelope.

    `subject` is the aggregate's id, `version` its version after this fact (strictly rising within one aggregate, so
    that a listener can tell which of two facts is the later one), `cause` the id of the event or command that led to
    it, and `correlation` the id that everything in one story shares.
    """

    id: str
    source: str
    subject: str
    time: datetime
    version: int
    cause: str
    correlation: str
    actor: str
    data: F

    @property
    def nats_subject(self) -> str:
        """Return the NATS subject that this event is published on."""
        return self.data.SUBJECT

    def to_dict(self) -> dict[str, Any]:
        """Return the event in the form of CloudEvents JSON."""
        return self._attributes() | {"data": self.data.model_dump(mode="json")}

    def _attributes(self) -> dict[str, Any]:
        return {
            "specversion": SPEC_VERSION,
            "id": self.id,
            "source": self.source,
            "type": self.data.type_name(),
            "subject": self.subject,
            "time": to_rfc3339(self.time),
            "datacontenttype": "application/json",
            "dataschema": f"urn:yizhan:schema:{self.data.type_name()}",
            "aggregateversion": self.version,
            "causationid": self.cause,
            "correlationid": self.correlation,
            "actor": self.actor,
        }

    def to_json(self) -> bytes:
        """Return the bytes that go on the wire."""
        attributes = self._attributes()
        attributes["data"] = orjson.Fragment(self.data.__pydantic_serializer__.to_json(self.data))
        return orjson.dumps(attributes)


def event_from_json(raw: bytes, types: Mapping[str, type[Fact]]) -> Event[Fact]:
    """Read an event from the wire.

    Raises `UndecodableEventError` when the bytes are no JSON object, an attribute is missing, the type is not one of
    `types`, or the data does not fit the type.
    """
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        msg = f"not JSON: {error}"
        raise UndecodableEventError(msg) from error
    if not isinstance(body, dict):
        msg = "not a JSON object"
        raise UndecodableEventError(msg)
    return event_from_dict(cast("dict[str, Any]", body), types)


def event_on(subject: str, raw: bytes, types: Mapping[str, type[Fact]]) -> Event[Fact]:
    """Read an event that came on this NATS subject; the broker lets each service publish on its own subjects only.

    So what an event says of its type and source must be what its subject says. Raises `UndecodableEventError` as
    `event_from_json` does, and `ForeignEventError` when they differ.
    """
    event = event_from_json(raw, types)
    if event.nats_subject != subject:
        msg = f"{event.data.type_name()} came on {subject}"
        raise ForeignEventError(msg)
    if event.source.split("/")[:3] != ["", *subject.split(".")[:2]]:
        msg = f"{event.source} told it on {subject}"
        raise ForeignEventError(msg)
    return event


def event_from_dict(body: Mapping[str, Any], types: Mapping[str, type[Fact]]) -> Event[Fact]:
    """Read an event from its CloudEvents JSON form; raises `UndecodableEventError` as `event_from_json` does."""
    missing = [name for name in _REQUIRED if name not in body]
    if missing:
        msg = f"missing {', '.join(missing)}"
        raise UndecodableEventError(msg)
    fact_type = types.get(str(body["type"]))
    if fact_type is None:
        msg = f"unknown type {body['type']!r}"
        raise UndecodableEventError(msg)
    try:
        return Event(
            id=str(body["id"]),
            source=str(body["source"]),
            subject=str(body["subject"]),
            time=datetime.fromisoformat(str(body["time"])),
            version=int(body["aggregateversion"]),
            cause=str(body["causationid"]),
            correlation=str(body["correlationid"]),
            actor=str(body["actor"]),
            data=fact_type.model_validate(body.get("data")),
        )
    except (ValidationError, ValueError, TypeError) as error:
        msg = f"bad {body['type']}: {error}"
        raise UndecodableEventError(msg) from error


@lru_cache(maxsize=256)
def to_rfc3339(moment: datetime) -> str:
    """Return the moment in RFC 3339, UTC, with milliseconds and a Z."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
