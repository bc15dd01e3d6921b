"""Which place or unit people mean by a name: one, or none, or several that are told."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from services.members.imports.domain.column_values import PARTS_OF_PLACE
from services.members.imports.domain.column_words import plain
from services.members.imports.domain.kinds import Why
from services.members.places.domain import Place
from services.members.units.domain import Unit
from shared.contracts.members import PlaceType
from shared.contracts.places import ancestors, holds, is_place_id
from shared.refusal import Refusal

_BETWEEN: Final = "-_/·.,、>"
_MOST_NAMED: Final = 5
_TYPES: Final = {"campus": PlaceType.CAMPUS, "building": PlaceType.BUILDING, "floor": PlaceType.FLOOR}


class PlaceNames:
    """The places that are known, found by id, by name, or by a name after those of what holds the place."""

    def __init__(self, places: Mapping[str, Place]) -> None:
        self._places = places
        self._own: dict[str, list[str]] | None = None
        self._found: dict[str, tuple[str, ...]] = {}

    def full_name(self, place_id: str) -> str:
        """Return the name after those of what holds the place; the id when the place is not known."""
        if place_id not in self._places:
            return place_id
        return " ".join(self._places[one].name for one in reversed(ancestors(place_id)) if one in self._places)

    def find(self, parts: Mapping[str, str]) -> tuple[str, str]:
        """Return the place that the parts (campus, building, floor, room) name together, and the part that decided it.

        Raises `Refusal` with the `part` that names no place, or that leaves several.
        """
        scope: Sequence[str] | None = None
        last = ""
        for part in PARTS_OF_PLACE:
            if part not in parts:
                continue
            last = part
            found = [one for one in self.meant(parts[part]) if self._fits(one, part, scope)]
            if not found:
                raise Refusal(Why.UNKNOWN_PLACE, value=parts[part], part=part)
            scope = found
        if scope is None or len(scope) > 1:
            named = "; ".join(f"{self.full_name(one)} ({one})" for one in (scope or ())[:_MOST_NAMED])
            raise Refusal(Why.AMBIGUOUS_PLACE, value=parts.get(last, ""), part=last, candidates=named)
        return scope[0], last

    def meant(self, text: str) -> tuple[str, ...]:
        """Return every place that the text may mean; an id means its place only."""
        if text not in self._found:
            lowered = plain(text)
            exact = is_place_id(lowered) and lowered in self._places
            self._found[text] = (lowered,) if exact else self._by_name(lowered)
        return self._found[text]

    def _fits(self, place_id: str, part: str, scope: Sequence[str] | None) -> bool:
        inside = scope is None or any(holds(outer, place_id) for outer in scope)
        return inside and (part not in _TYPES or self._places[place_id].type is _TYPES[part])

    def _by_name(self, text: str) -> tuple[str, ...]:
        if self._own is None:
            self._own = {}
            for place_id in self._places:
                for name in self._names(place_id):
                    self._own.setdefault(name, []).append(place_id)
        found: list[str] = []
        for start in range(len(text)):
            for place_id in self._own.get(text[start:], ()):
                outer = [one for one in reversed(ancestors(place_id)[1:]) if one in self._places]
                if self._leads(text[:start], outer):
                    found.append(place_id)
        return tuple(dict.fromkeys(found))

    def _leads(self, text: str, outer: Sequence[str]) -> bool:
        """Tell whether the text is made of names of some of what holds the place, the widest first."""
        rest = text.strip(_BETWEEN)
        if not rest:
            return True
        return any(
            self._leads(rest[len(name) :], outer[at + 1 :])
            for at, one in enumerate(outer)
            for name in self._names(one)
            if rest.startswith(name)
        )

    def _names(self, place_id: str) -> set[str]:
        place = self._places[place_id]
        return {plain(one) for one in (place.name, place.name_en, place_id.rpartition(".")[2])} - {""}


class UnitNames:
    """The units that are known, found by id or by name."""

    def __init__(self, units: Iterable[tuple[str, str]]) -> None:
        """Know these units, each by its id and its name."""
        self._found: dict[str, set[str]] = {}
        for unit_id, name in units:
            for word in (unit_id, name):
                self._found.setdefault(plain(word), set()).add(unit_id)

    @classmethod
    def of(cls, units: Mapping[str, Unit]) -> "UnitNames":
        """Know these units."""
        return cls((unit_id, unit.name) for unit_id, unit in units.items())

    def find(self, text: str) -> str:
        """Return the unit that the text means; raises `Refusal`."""
        found = sorted(self._found.get(plain(text), ()))
        if not found:
            raise Refusal(Why.UNKNOWN_UNIT, value=text)
        if len(found) > 1:
            raise Refusal(Why.AMBIGUOUS_UNIT, value=text, candidates="; ".join(found[:_MOST_NAMED]))
        return found[0]
