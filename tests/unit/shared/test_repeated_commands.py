"""A command whose answer was lost and that is given again changes nothing and gets the answer of the first."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from shared.auth.permissions import PUBLIC
from shared.contracts.event import Fact
from shared.http import Body, OnTerms, Router, View
from shared.http.problems import install
from shared.refusal import Refusal
from shared.store.document import Because, Conflict, Document, Terms, change, was_heard

NOW = datetime(2026, 3, 2, tzinfo=UTC)


class Counters:
    """Documents that count how often they were changed; `races` is how many commits lose."""

    def __init__(self, races: int = 0) -> None:
        self.document = Document("d", 1, 0)
        self.races = races

    async def load(self, document_id: str) -> Document[int] | None:
        return self.document if document_id == "d" else None

    async def commit(self, document: Document[int], state: int, _: Sequence[Fact], because: Because) -> Document[int]:
        if self.races:
            self.races -= 1
            raise Conflict("d")
        marks = () if because.dedup_key is None else (because.dedup_key,)
        self.document = Document("d", document.version + 1, state, (*document.heard, *marks))
        return self.document


async def count(to: Any, terms: Terms, who: str = "somebody", *, done_at: int | None = None) -> int:
    because = Because.command(who, "cause", NOW, terms=terms)
    document = await change(
        to,
        "d",
        lambda state: (state + 1, ()),
        because,
        expect_version=terms.expect,
        is_done=lambda state: state == done_at,
    )
    assert document is not None
    return document.state


async def test_the_same_key_changes_once() -> None:
    counters = Counters()
    terms = Terms(key="k", content="c")
    assert [await count(counters, terms) for _ in range(3)] == [1, 1, 1]


async def test_a_command_without_a_key_or_under_another_key_is_another_command() -> None:
    counters = Counters()
    given = (Terms(), Terms(), Terms(key="a", content="c"), Terms(key="b", content="c"))
    assert [await count(counters, terms) for terms in given] == [1, 2, 3, 4]


async def test_the_key_of_somebody_else_is_another_key() -> None:
    counters = Counters()
    terms = Terms(key="k", content="c")
    assert [await count(counters, terms, who) for who in ("one", "other")] == [1, 2]


async def test_one_key_says_one_thing() -> None:
    counters = Counters()
    await count(counters, Terms(key="k", content="c"))
    with pytest.raises(Refusal, match="idempotency_key_reused"):
        await count(counters, Terms(key="k", content="other"))


async def test_a_repetition_is_answered_though_the_version_that_was_seen_is_old() -> None:
    counters = Counters()
    terms = Terms(expect=1, key="k", content="c")
    assert [await count(counters, terms) for _ in range(2)] == [1, 1]
    with pytest.raises(Refusal, match="stale_version"):
        await count(counters, Terms(expect=1, key="k2", content="c"))


async def test_what_is_done_already_is_answered_without_a_key() -> None:
    counters = Counters()
    assert [await count(counters, Terms(expect=1), done_at=1) for _ in range(3)] == [1, 1, 1]


async def test_a_repetition_that_races_with_the_first_changes_once() -> None:
    counters = Counters(races=1)
    assert await count(counters, Terms(key="k", content="c")) == 1


def test_an_event_is_known_by_its_id_alone() -> None:
    assert was_heard(("e1",), "e1")
    assert not was_heard(("e1",), "e2")
    assert not was_heard(("e1",), None)


class Words(Body):
    text: str
    more: int = 0


class Told(View):
    expect: int | None
    key: str | None
    content: str


def client() -> TestClient:
    router = Router()

    async def post_words(body: Words, terms: OnTerms) -> Told:
        assert body.text
        return Told(expect=terms.expect, key=terms.key, content=terms.content)

    async def post_nothing(name: str, terms: OnTerms) -> Told:
        assert name
        return Told(expect=terms.expect, key=terms.key, content=terms.content)

    router.add_api_route("/words", post_words, methods=["POST"], allow=PUBLIC)
    router.add_api_route("/things/{name}", post_nothing, methods=["POST"], allow=PUBLIC)
    app = FastAPI()
    install(app, {})
    app.include_router(router)
    return TestClient(app, raise_server_exceptions=False)


def say(raw: str, path: str = "/words", **headers: str) -> Any:
    told = {"content-type": "application/json", **{name.replace("_", "-"): text for name, text in headers.items()}}
    return client().post(path, content=raw, headers=told)


def test_the_terms_are_read_from_the_call() -> None:
    told = say('{"text": "a"}', idempotency_key="k-1", if_match='"7"').json()
    assert (told["expect"], told["key"]) == (7, "k-1")
    told = say('{"text": "a"}').json()
    assert (told["expect"], told["key"]) == (None, None)
    assert say('{"text": "a"}', idempotency_key="").json()["code"] == "http.idempotency_key_malformed"


def test_what_is_said_does_not_depend_on_how_it_is_written() -> None:
    first = say('{"text": "a", "more": 1}').json()["content"]
    assert say('{"more":1,"text":"a"}').json()["content"] == first
    assert say('{"more":2,"text":"a"}').json()["content"] != first


def test_the_same_words_about_another_thing_say_something_else() -> None:
    assert say("", "/things/a").json()["content"] == say("", "/things/a").json()["content"]
    assert say("", "/things/a").json()["content"] != say("", "/things/b").json()["content"]


@pytest.mark.parametrize("raw", ["{", "[" * 400 + "]" * 400, "1e999", "\ud800".encode("utf-8", "surrogatepass")])
def test_a_body_that_nobody_asked_for_is_no_fault(raw: Any) -> None:
    assert say(raw, "/things/a").status_code == 200


@pytest.mark.parametrize("raw", ["{", "[" * 400 + "]" * 400])
def test_a_body_that_cannot_be_read_is_refused(raw: str) -> None:
    assert say(raw).status_code in {400, 422}


@pytest.mark.parametrize("key", ["with blank", "ü", "x" * 129])
def test_a_malformed_key_is_refused(key: str) -> None:
    answer = client().post("/things/a", headers={"Idempotency-Key": key.encode()})  # type: ignore[dict-item]
    assert (answer.status_code, answer.json()["code"]) == (400, "http.idempotency_key_malformed")
