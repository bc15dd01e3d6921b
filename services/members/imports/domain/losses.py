"""What an import takes away from people, places and units that are known: told by name before it is done."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from services.members.imports.domain.naming import PlaceNames
from services.members.imports.domain.reading import Line
from services.members.people.domain.profile import Busy, PersonStage, Profile
from services.members.places.domain import Place
from services.members.units.domain import Unit

MOST_LOSSES: Final = 200
"""The most losses that one answer lists."""
_COLUMNS: Final = {"place": "room"}


class Change(StrEnum):
    """Something is gone, or something else stands in its place."""

    REMOVED = "removed"
    REPLACED = "replaced"


@dataclass(frozen=True, slots=True)
class Loss:
    """A value of something known that is not there any more afterwards; `name` is whose it is."""

    row: int
    sheet: str
    key: str
    name: str
    field: str
    column: str
    change: Change
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Losses:
    """The first losses, what is removed before what is replaced, and how many there are of both."""

    shown: tuple[Loss, ...] = ()
    removed: int = 0
    replaced: int = 0


def bounded(losses: Iterable[Loss]) -> Losses:
    """Return the first of the losses and their full number."""
    kept: dict[Change, list[Loss]] = {change: [] for change in Change}
    counts = dict.fromkeys(Change, 0)
    for loss in losses:
        counts[loss.change] += 1
        if counts[loss.change] <= MOST_LOSSES:
            kept[loss.change].append(loss)
    shown = [*kept[Change.REMOVED], *kept[Change.REPLACED]][:MOST_LOSSES]
    return Losses(tuple(shown), counts[Change.REMOVED], counts[Change.REPLACED])


def person_losses(line: Line, known: Profile, wanted: Profile, places: PlaceNames) -> list[Loss]:
    """Return what a person loses."""
    found: list[Loss] = []

    def note(field: str, before: Sequence[str], after: Sequence[str], change: Change | None = None) -> None:
        column = line.headings.get(_COLUMNS.get(field, field), field)
        told = change or (Change.REPLACED if after else Change.REMOVED)
        found.append(
            Loss(line.number, line.sheet, line.key, known.name, field, column, told, tuple(before), tuple(after))
        )

    several = (
        *((field, getattr(known, field), getattr(wanted, field)) for field in ("roles", "skills", "units")),
        ("duty", _named(known.duty, places), _named(wanted.duty, places)),
        ("busy", _slots(known.busy), _slots(wanted.busy)),
    )
    for field, before, after in several:
        if set(before) - set(after):
            note(field, before, after, Change.REMOVED)
    if known.place is not None and known.place != wanted.place:
        after = [places.full_name(wanted.place)] if wanted.place else []
        note("place", [places.full_name(known.place)], after)
    if known.phone is not None and known.phone != wanted.phone:
        note("phone", [known.phone], [wanted.phone] if wanted.phone else [])
    if known.name != wanted.name:
        note("name", [known.name], [wanted.name])
    if known.stage is not wanted.stage:
        stages = list(PersonStage)
        back = stages.index(wanted.stage) < stages.index(known.stage)
        note("stage", [known.stage], [wanted.stage], Change.REMOVED if back else Change.REPLACED)
    if known.reachable and not wanted.reachable:
        note("reachable", ["yes"], ["no"], Change.REMOVED)
    return found


def _named(duty: Sequence[str] | None, places: PlaceNames) -> list[str]:
    return [places.full_name(one) for one in duty or ()]


def _slots(busy: Sequence[Busy]) -> list[str]:
    return [f"{slot.day} {slot.starts}-{slot.ends}" for slot in busy]


def place_losses(line: Line, known: Place, wanted: Place) -> list[Loss]:
    """Return what a place loses."""
    pairs = (
        ("name", known.name, wanted.name),
        ("name_en", known.name_en, wanted.name_en),
        ("capacity", known.capacity, wanted.capacity),
    )
    return _plain_losses(line, known.name, pairs)


def unit_losses(line: Line, known: Unit, wanted: Unit) -> list[Loss]:
    """Return what a unit loses."""
    return _plain_losses(line, known.name, (("name", known.name, wanted.name), ("parent", known.parent, wanted.parent)))


def _plain_losses(line: Line, name: str, pairs: Iterable[tuple[str, str | int | None, str | int | None]]) -> list[Loss]:
    found: list[Loss] = []
    for field, before, after in pairs:
        if before is not None and before != after:
            change = Change.REMOVED if after is None else Change.REPLACED
            column = line.headings.get(field, field)
            told = () if after is None else (str(after),)
            found.append(Loss(line.number, line.sheet, line.key, name, field, column, change, (str(before),), told))
    return found
