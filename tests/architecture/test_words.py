"""No text comes in that nobody sees: every string of every body and query is words, an id, or a reasoned exception."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import pytest
from fastapi import FastAPI
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from shared.auth.permissions import PUBLIC
from shared.http import Body, Router, View
from shared.words import Note, Title, Words, clean
from tests.architecture.fields import HIDDEN, OPAQUE, Text, strings_of, texts_of
from tests.contract import openapi

TEXTS = list(texts_of({service: openapi.app_of(service) for service in openapi.SERVICES}))
WORDS = [text for text in TEXTS if text.name not in OPAQUE | HIDDEN]

BAD = {
    "a control character": "aaa\x00bbb",
    "an escape": "aaa\x1b[2Jbbb",
    "a C1 control": "aaa\x85\x9bbbb",
    "an override": "\u202eaaabbb",
    "an isolate": "aaa\u2066bbb",
    "a private character": "aaa\ue000bbb",
    "no character": "aaa\ufdd0bbb",
    "half a character": "aaa\ud800bbb",
    "zero-width blanks": "\u200b\u200b\u200b\u200b",
    "one zero-width blank inside": "aaa\u200bbbb",
    "a soft hyphen": "aaa\u00adbbb",
    "a byte order mark": "\ufeffaaabbb",
    "Hangul fillers": "\u3164\u3164\u3164",
    "braille blanks": "\u2800\u2800\u2800",
    "tags": "aaa\U000e0041bbb",
    "marks of no letter": "\u0301" * 4,
    "a tower of marks": "aaa" + "\u0301" * 40,
    "wide blanks": "\u3000\u3000aaa\u3000\u3000",
    "letters in two pieces": "aaae\u0301bbb",
    "a line separator": "aaa\u2028bbb",
}


def kept_raw(text: Text) -> list[str]:
    """The bad texts that a field lets in as they are, and the faults that are no refusal."""
    reader: TypeAdapter[Any] = TypeAdapter(text.kind)
    raw: list[str] = []
    for name, bad in BAD.items():
        try:
            kept = reader.validate_python(bad)
        except ValidationError:
            continue
        if kept == bad or clean(kept, lines=True) != kept:
            raw.append(name)
    return raw


@pytest.mark.parametrize("text", WORDS, ids=str)
def test_no_text_is_a_bare_string(text: Text) -> None:
    assert kept_raw(text) == [], f"{text} takes a bare string: give it a kind of shared/words.py, or an id's pattern"


def test_every_service_takes_texts_and_they_are_found_wherever_they_stand() -> None:
    found = {str(text) for text in TEXTS}
    assert {
        "POST /api/requests body.title",
        "POST /api/members/people body.skills[]",
        "POST /api/members/people body.busy[].starts",
        "POST /api/members/duty-areas body.places[]",
        "POST /api/requests/{request_id}/confirmation body.answers[]",
        "GET /api/requests/queue query.filters.q",
        "GET /api/members/people query.q",
        "GET /api/reporting/figures/{figure_id} query.category",
        "POST /api/activities body.description",
        "POST /api/members/parked/{parked_id}/discard body.reason",
    } <= found
    assert {text.name for text in TEXTS if text.name in HIDDEN}, "passwords are the exceptions that are used"


def test_what_earlier_releases_stored_is_shown_as_it_is() -> None:
    def kinds(view: type[View]) -> Iterator[type[View]]:
        for one in view.__subclasses__():
            yield one
            yield from kinds(one)

    shown = list(kinds(View))
    assert len(shown) > len(openapi.SERVICES)
    strict = [
        f"{view.__name__}.{path}"
        for view in shown
        for path, kind in strings_of(view)
        if any(isinstance(told, Words) for told in getattr(kind, "__metadata__", ()))
    ]
    assert strict == [], "an answer that checks its words cannot show what was kept before"


class Inner(BaseModel):
    note: str


class Planted(Body):
    good: Title
    many: tuple[Note, ...] = ()
    bare: str
    long: str = Field(max_length=40)
    maybe: Annotated[str, Field(min_length=1)] | None = None
    parts: tuple[dict[str, Inner], ...] = ()


def test_a_bare_string_is_seen_wherever_it_hides() -> None:
    router = Router()

    @router.post("/planted", allow=PUBLIC)
    async def planted(body: Planted, q: str = "", tags: Sequence[str] = ()) -> None:
        """Take them all."""

    app = FastAPI()
    app.include_router(router)
    seen = {text.path: kept_raw(text) != [] for text in texts_of({"planted": app})}
    assert seen == {
        "body.good": False,
        "body.many[]": False,
        "body.bare": True,
        "body.long": True,
        "body.maybe": True,
        "body.parts[][]": True,
        "body.parts[][].note": True,
        "query.q": True,
        "body[]": True,
    }
