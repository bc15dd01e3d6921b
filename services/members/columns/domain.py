"""What may stand in the columns of an imported file: for each column a parser that refuses with a stable code."""

import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from services.members.organisation.domain import UnitType
from services.members.people.domain import Busy, PersonStage, check_busy
from services.members.signin.domain import LONGEST_PASSWORD, SHORTEST_PASSWORD, is_affordable_hash
from shared.contracts.members import PlaceType, Role
from shared.contracts.places import is_place_id
from shared.refusal import Refusal

Parser = Callable[[str], Any]
"""Turns a cell that is not empty into its value; raises `Refusal`."""


class Why(StrEnum):
    """Why a file, a column or a cell is refused."""

    UNREADABLE = "import.unreadable"
    TOO_MANY_ROWS = "import.too_many_rows"
    EMPTY = "import.empty"
    MISSING_COLUMN = "import.missing_column"
    UNKNOWN_COLUMN = "import.unknown_column"
    DUPLICATE_COLUMN = "import.duplicate_column"
    DUPLICATE_ROW = "import.duplicate_row"
    REQUIRED = "import.required"
    TOO_LONG = "import.too_long"
    BAD_VALUE = "import.bad_value"
    UNKNOWN_PLACE = "import.unknown_place"
    UNKNOWN_UNIT = "import.unknown_unit"


class What(StrEnum):
    """What a file holds."""

    PEOPLE = "people"
    PLACES = "places"
    UNITS = "units"


_SEPARATORS: Final = re.compile(r"[;；,，、|\n]+")
_BUSY: Final = re.compile(r"([1-7])\s+(\d\d:\d\d)\s*-\s*(\d\d:\d\d)")
_YES: Final = frozenset({"yes", "y", "true", "1", "是"})
_NO: Final = frozenset({"no", "n", "false", "0", "否"})


def _text(most: int, pattern: str = r"[^\x00-\x1f\x7f\ud800-\udfff]+", *, fold: bool = False) -> Parser:
    def parse(cell: str) -> str:
        if len(cell) > most:
            raise Refusal(Why.TOO_LONG, most=most)
        text = cell.lower() if fold else cell
        if re.fullmatch(pattern, text) is None:
            raise Refusal(Why.BAD_VALUE, value=cell)
        return text

    return parse


def _choice(kind: type[StrEnum]) -> Parser:
    def parse(cell: str) -> StrEnum:
        try:
            return kind(cell.lower())
        except ValueError:
            raise Refusal(Why.BAD_VALUE, value=cell) from None

    return parse


def _many(one: Parser) -> Parser:
    def parse(cell: str) -> tuple[Any, ...]:
        parts = (part.strip() for part in _SEPARATORS.split(cell))
        return tuple(dict.fromkeys(one(part) for part in parts if part))

    return parse


def _truth(cell: str) -> bool:
    word = cell.lower()
    if word not in _YES | _NO:
        raise Refusal(Why.BAD_VALUE, value=cell)
    return word in _YES


def _place_id(cell: str) -> str:
    if not is_place_id(cell):
        raise Refusal(Why.BAD_VALUE, value=cell)
    return cell


def _slot(cell: str) -> Busy:
    found = _BUSY.fullmatch(cell)
    if found is None:
        raise Refusal(Why.BAD_VALUE, value=cell)
    slot = Busy(int(found[1]), found[2], found[3])
    check_busy((slot,))
    return slot


def _capacity(cell: str) -> int:
    if not (cell.isascii() and cell.isdecimal() and len(cell) <= len("100000")):
        raise Refusal(Why.BAD_VALUE, value=cell)
    return int(cell)


def _password(cell: str) -> str:
    if not SHORTEST_PASSWORD <= len(cell) <= LONGEST_PASSWORD:
        raise Refusal(Why.BAD_VALUE)
    return cell


def _hash(cell: str) -> str:
    if not is_affordable_hash(cell):
        raise Refusal(Why.BAD_VALUE)
    return cell


_UNIT_ID: Final = _text(40, r"[a-z0-9][a-z0-9-]*", fold=True)

COLUMNS: Final[Mapping[What, Mapping[str, Parser]]] = MappingProxyType(
    {
        What.PEOPLE: {
            "username": _text(64, r"[a-z0-9][a-z0-9._-]*", fold=True),
            "name": _text(80),
            "roles": _many(_choice(Role)),
            "room": _place_id,
            "units": _many(_UNIT_ID),
            "skills": _many(_text(40)),
            "stage": _choice(PersonStage),
            "party_member": _truth,
            "busy": _many(_slot),
            "phone": _text(32, r"[0-9+() -]{3,}"),
            "reachable": _truth,
            "password": _password,
            "password_hash": _hash,
        },
        What.PLACES: {
            "id": _place_id,
            "type": _choice(PlaceType),
            "name": _text(80),
            "name_en": _text(80),
            "capacity": _capacity,
        },
        What.UNITS: {"id": _UNIT_ID, "type": _choice(UnitType), "name": _text(80), "parent": _UNIT_ID},
    }
)
"""The columns of each kind of file, with what may stand in their cells."""

REQUIRED: Final[Mapping[What, tuple[str, ...]]] = MappingProxyType(
    {What.PEOPLE: ("username", "name"), What.PLACES: ("id", "type", "name"), What.UNITS: ("id", "type", "name")}
)
"""The columns that must be there and filled; the first is the key."""

OTHER_NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "place": "room",
        "学号": "username",
        "账号": "username",
        "姓名": "name",
        "角色": "roles",
        "宿舍": "room",
        "组织": "units",
        "技能": "skills",
        "发展阶段": "stage",
        "党员": "party_member",
        "忙时": "busy",
        "电话": "phone",
        "可联系": "reachable",
        "初始密码": "password",
        "编号": "id",
        "类型": "type",
        "名称": "name",
        "英文名": "name_en",
        "容量": "capacity",
        "上级": "parent",
    }
)
"""Other names of columns."""
