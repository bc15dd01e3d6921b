"""What may stand in the cells of each column: a parser for each, which refuses with a stable code."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Final

from services.members.accounts.domain import LONGEST_PASSWORD, SHORTEST_PASSWORD, is_affordable_hash
from services.members.imports.domain.cells import Cell, Kind
from services.members.imports.domain.cells import Why as WhyCell
from services.members.imports.domain.column_words import plain, truth_of, value_of
from services.members.imports.domain.kinds import CLEAR, CLEARED, What, Why
from services.members.people.domain.profile import Busy, PersonStage, check_busy
from services.members.units.domain import UnitType
from shared.contracts.members import PlaceType, Role
from shared.contracts.places import is_place_id
from shared.refusal import Refusal
from shared.words import Words, clean

Parser = Callable[[str], Any]
"""Turns the text of a cell that is not empty into its value; raises `Refusal`."""

_SEPARATORS: Final = re.compile(r"\s*[;；,，、|\n/·]\s*")
_OF_NAMES: Final = re.compile(r"\s*[;；,，、|\n]\s*")
_BUSY: Final = re.compile(r"([1-7])\s+(\d\d:\d\d)\s*-\s*(\d\d:\d\d)")
_TELEPHONE: Final = re.compile(r"(?=(?:[^0-9]*[0-9]){3})[0-9+() -]{3,32}")
_MONTHS: Final = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"
_CONVERTED: Final = (
    (
        WhyCell.DATE_VALUE,
        re.compile(
            r"\d{4}[-/]\d{1,2}[-/]\d{1,2}(?:[ T]\d{1,2}:\d\d.*)?|\d{1,2}/\d{1,2}/(?:\d\d|\d{4})"
            rf"|(?:\d{{4}}年)?\d{{1,2}}月\d{{1,2}}日|\d{{4}}年\d{{1,2}}月|\d{{1,2}}-(?:{_MONTHS})|(?:{_MONTHS})-\d\d"
        ),
    ),
    (WhyCell.LONG_NUMBER, re.compile(r"[+-]?\d(?:\.\d+)?E\+\d+")),
    (WhyCell.ERROR_VALUE, re.compile(r"#[A-Z][A-Z/_0]*[!?A]|#+")),
    (WhyCell.TRUTH_VALUE, re.compile(r"TRUE|FALSE")),
    (WhyCell.NO_VALUE, re.compile(r"=.*", re.DOTALL)),
)
"""What a spreadsheet shows for something else than what was typed, even when it comes as text."""


def _words(most: int, *, letters: bool = False) -> Parser:
    kind = Words(most)

    def parse(cell: str) -> str:
        text = kind.read(cell)
        if cell.strip().startswith("'") or (letters and not any(one.isalpha() for one in text)):
            raise Refusal(Why.BAD_VALUE, value=text)
        return text

    return parse


def _code(most: int, pattern: str) -> Parser:
    whole = re.compile(pattern)

    def parse(cell: str) -> str:
        text = unicodedata.normalize("NFKC", clean(cell)).lower()
        if len(text) > most or whole.fullmatch(text) is None:
            raise Refusal(Why.BAD_VALUE, value=text)
        return text

    return parse


def _choice(kind: type[StrEnum]) -> Parser:
    def parse(cell: str) -> StrEnum:
        value = value_of(kind, cell)
        if value is None:
            raise Refusal(Why.BAD_VALUE, value=cell)
        return value

    return parse


def _many(one: Parser, separators: re.Pattern[str] = _SEPARATORS) -> Parser:
    def parse(cell: str) -> tuple[Any, ...]:
        parts = (part.strip() for part in separators.split(cell))
        found = tuple(dict.fromkeys(one(part) for part in parts if part))
        if not found:
            raise Refusal(Why.BAD_VALUE, value=cell)
        return found

    return parse


def _truth(cell: str) -> bool:
    truth = truth_of(cell)
    if truth is None:
        raise Refusal(Why.BAD_VALUE, value=cell)
    return truth


def _place_id(cell: str) -> str:
    text = unicodedata.normalize("NFKC", clean(cell)).lower()
    if not is_place_id(text):
        raise Refusal(Why.BAD_VALUE, value=text)
    return text


def _slot(cell: str) -> Busy:
    found = _BUSY.fullmatch(unicodedata.normalize("NFKC", cell))
    if found is None:
        raise Refusal(Why.BAD_VALUE, value=cell)
    slot = Busy(int(found[1]), found[2], found[3])
    check_busy((slot,))
    return slot


def _phone(cell: str) -> str:
    text = unicodedata.normalize("NFKC", clean(cell))
    if _TELEPHONE.fullmatch(text) is None:
        raise Refusal(Why.BAD_VALUE, value=text)
    return text


def _capacity(cell: str) -> int:
    text = unicodedata.normalize("NFKC", clean(cell))
    if not (text.isascii() and text.isdecimal() and len(text) <= len("100000")):
        raise Refusal(Why.BAD_VALUE, value=text)
    return int(text)


def _password(cell: str) -> str:
    if not SHORTEST_PASSWORD <= len(cell) <= LONGEST_PASSWORD:
        raise Refusal(Why.BAD_VALUE)
    return cell


def _hash(cell: str) -> str:
    if not is_affordable_hash(cell):
        raise Refusal(Why.BAD_VALUE)
    return cell


_NAME: Final = _words(80)
_SKILLS: Final = _many(_words(40))
_UNIT_ID: Final = _code(40, r"[a-z0-9][a-z0-9-]*")

COLUMNS: Final[Mapping[What, Mapping[str, Parser]]] = {
    What.PEOPLE: {
        "username": _code(64, r"[a-z0-9][a-z0-9._-]*"),
        "name": _words(80, letters=True),
        "roles": _many(_choice(Role)),
        "campus": _NAME,
        "building": _NAME,
        "floor": _NAME,
        "room": _words(200),
        "units": _many(_NAME, _OF_NAMES),
        "duty": _many(_words(200), _OF_NAMES),
        "skills": _SKILLS,
        "stage": _choice(PersonStage),
        "party_member": _truth,
        "busy": _many(_slot, _OF_NAMES),
        "phone": _phone,
        "reachable": _truth,
        "password": _password,
        "password_hash": _hash,
    },
    What.PLACES: {
        "id": _place_id,
        "type": _choice(PlaceType),
        "name": _NAME,
        "name_en": _NAME,
        "capacity": _capacity,
    },
    What.UNITS: {"id": _UNIT_ID, "type": _choice(UnitType), "name": _NAME, "parent": _NAME},
}
"""The columns of each kind of file, with what may stand in their cells."""

REQUIRED: Final[Mapping[What, tuple[str, ...]]] = {
    What.PEOPLE: ("username", "name"),
    What.PLACES: ("id", "type", "name"),
    What.UNITS: ("id", "type", "name"),
}
"""The columns that must be there and filled; the first is the key."""

PARTS_OF_PLACE: Final = ("campus", "building", "floor", "room")
"""The columns of people that name a place together, the widest first."""

CLEARABLE: Final = frozenset({"room", "units", "duty", "skills", "busy", "phone", "name_en", "capacity", "parent"})
"""The columns whose known value a cell may clear."""

_TRUTHS: Final = frozenset({"party_member", "reachable"})
_AS_TYPED: Final = frozenset({"password", "password_hash"})


def value_in(what: What, column: str, cell: Cell) -> Any:
    """Return what a filled cell of a column says, `CLEAR` included; refuses what is not certain."""
    if cell.why is not None:
        raise Refusal(cell.why, value=cell.text)
    if cell.kind is Kind.DECORATED and column != "capacity":
        raise Refusal(WhyCell.NUMBER_FORMAT, value=cell.text)
    if cell.kind is Kind.TRUTH and column not in _TRUTHS:
        raise Refusal(WhyCell.TRUTH_VALUE, value=cell.text)
    parse = COLUMNS[what][column]
    if column in _AS_TYPED:
        return parse(cell.text.strip())
    text = cell.text.strip()
    if plain(text) in CLEARED:
        if column not in CLEARABLE:
            raise Refusal(Why.CANNOT_CLEAR, value=text)
        return CLEAR
    if column not in _TRUTHS:
        why = next((why for why, pattern in _CONVERTED if pattern.fullmatch(text)), None)
        if why is not None:
            raise Refusal(why, value=text)
    return parse(text)
