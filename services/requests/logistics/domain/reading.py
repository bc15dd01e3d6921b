"""How the words of an outside system are read: as far as they can be understood, and nothing is refused.

Outside systems are as different as the people who wrote them: ids are numbers here and strings there, a status is
shouted, a note is a list. Whoever is strict with them loses news.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, cast

from services.requests.logistics.domain.exchange import RemoteStatus
from shared.words import take_in

NOTE_MAX, WORD_MAX, ID_MAX = 2000, 60, 128

_NUMBERS: Final = ("service_request_id", "serviceRequestId", "service_requestid", "id")
_OURS: Final = ("external_id", "externalId")
_ENVELOPES: Final = ("data", "service_requests", "service_request", "requests", "request")
_DEEPEST: Final = 4
_MOST: Final = 50


@dataclass(frozen=True, slots=True)
class ParsedNews:
    """One row of news as it was understood; what is None was not told, or not in words that we know."""

    number: str | None = None
    leg_id: str | None = None
    status: RemoteStatus | None = None
    word: str | None = None
    notes: str | None = None
    token: str | None = None


def read_json(raw: bytes) -> object:
    """Return what the bytes say, numbers as their digits so that none of them is lost; raises `ValueError`."""
    try:
        return json.loads(raw, parse_int=str, parse_float=_digits, parse_constant=_no_number)
    except RecursionError as error:
        raise ValueError(*error.args) from error


def rows_of(body: object) -> list[Mapping[str, object]]:
    """Return the rows of an answer or of a webhook: a list of them, one alone, or either in an envelope."""
    return [row for _, row in zip(range(_MOST), _rows(body, _DEEPEST), strict=False)]


def read_row(row: Mapping[str, object]) -> ParsedNews:
    """Return what is understood of one row."""
    attributes = row.get("attributes")
    more: Mapping[str, object] = cast("dict[str, object]", attributes) if isinstance(attributes, dict) else {}
    status, word = read_status(row.get("status"))
    return ParsedNews(
        number=_first_id(row, _NUMBERS),
        leg_id=_first_id(row, _OURS) or _first_id(more, _OURS),
        status=status,
        word=word,
        notes=read_note(row.get("status_notes")),
        token=read_id(row.get("token")),
    )


def read_id(value: object) -> str | None:
    """Return an id, whole: a longer one as a digest that no other id has; None: there is none.

    Ids are compared whole: two that begin alike are two.
    """
    return whole_id(value.strip()) if isinstance(value, str) else None


def whole_id(text: str) -> str | None:
    """Return an id that is kept: itself, or, when it is too long or no plain text, its digest; None when empty."""
    if not text:
        return None
    if len(text) <= ID_MAX and text.isprintable():
        return text
    return "sha256:" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def read_status(value: object) -> tuple[RemoteStatus | None, str | None]:
    """Return open or closed, in whatever case, and otherwise the word that stood there."""
    word = read_words(value, WORD_MAX, lines=False)
    if word is None:
        return None, None
    plain = word.casefold()
    return (RemoteStatus(plain), None) if plain in set(RemoteStatus) else (None, word)


def read_note(value: object) -> str | None:
    """Return a note, cut with a mark when it is long; a list is its lines."""
    if isinstance(value, list):
        lines = (read_words(each, NOTE_MAX, lines=True) for each in cast("list[object]", value)[:_MOST])
        value = "\n".join(line for line in lines if line)
    return read_words(value, NOTE_MAX, lines=True)


def read_words(value: object, most: int, *, lines: bool) -> str | None:
    """Return a value as words; None when there is nothing to see in it."""
    if value is None:
        return None
    if isinstance(value, dict):
        pairs = list(cast("Mapping[object, object]", value).items())[:_MOST]
        value = "; ".join(f"{key}: {each}" for key, each in pairs)
    return take_in(str(value)[: most * 8], most, lines=lines) or None


def _first_id(row: Mapping[str, object], names: tuple[str, ...]) -> str | None:
    return next((found for name in names if (found := read_id(row.get(name)))), None)


def _rows(body: object, deep: int) -> Iterator[Mapping[str, object]]:
    if isinstance(body, list):
        if deep > 0:
            for each in cast("list[object]", body):
                yield from _rows(each, deep - 1)
        return
    if not isinstance(body, dict):
        return
    row = cast("Mapping[str, object]", body)
    inner = [row[name] for name in _ENVELOPES if isinstance(row.get(name), (dict, list))]
    if inner and deep > 0:
        for each in inner:
            yield from _rows(each, deep - 1)
    elif not inner:
        yield row


def _digits(number: str) -> str:
    """Return a number with a point as it is written; a whole one (7.0) as its digits."""
    whole, _, rest = number.partition(".")
    return number if rest.strip("0") else whole


def _no_number(word: str) -> object:
    raise ValueError(word)
