"""The whole of `reporting` on the real broker and store: facts in, rows, figures and live boards out."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import nats
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import FastAPI

from services.reporting.app import build
from services.reporting.boards.handlers import LiveBoard
from services.reporting.figures.handlers.live import LiveRollup
from services.reporting.rows.domain import merge_all, project
from services.reporting.rows.store import Rows
from services.reporting.settings import Settings
from services.reporting.subjects.domain.ids import CountId, FigureId
from shared.auth.actor import Actor
from shared.auth.tokens import Signer
from shared.bus.stream import STREAM
from shared.clock import SystemClock
from shared.contracts.cells import Aggregate
from shared.contracts.event import Event, Fact
from shared.contracts.members import Role
from shared.contracts.stages import Kind, Visibility
from shared.ids import new_id
from shared.topic import Parts
from tests.support.stage import begin_anew
from tests.unit.reporting.stories import Story, community

pytestmark = pytest.mark.integration


@dataclass
class Hall:
    """A running service, the stream that it hears, and people who ask it."""

    app: FastAPI
    http: httpx.AsyncClient
    stream: Any
    signer: Signer

    @property
    def parts(self) -> Parts:
        return self.app.state.parts

    async def ask(self, path: str, *roles: Role, method: str = "GET", **more: Any) -> httpx.Response:
        token, _ = self.signer.sign(
            Actor("someone", "someone", frozenset(roles), duty=more.pop("duty", ())), SystemClock().now()
        )
        headers = {"Authorization": f"Bearer {token}"}
        return await self.http.request(method, f"/api/reporting{path}", headers=headers, **more)

    async def tell(self, events: Sequence[Event[Fact]]) -> None:
        for event in events:
            await self.stream.publish(event.nats_subject, event.to_json(), stream=STREAM)

    async def until(self, path: str, ready: Any, *roles: Role) -> Any:
        for _ in range(200):
            answer = await self.ask(path, *(roles or (Role.LEADER,)))
            assert answer.status_code == 200, answer.text
            if ready(answer.json()):
                return answer.json()
            await asyncio.sleep(0.05)
        pytest.fail(f"{path} stayed {answer.text[:2000]}")


@pytest.fixture
async def hall(nats_url: str, mongodb_uri: str, tmp_path: Path) -> AsyncIterator[Hall]:
    signer = Signer(Ed25519PrivateKey.generate())
    (tmp_path / "jwks.json").write_text(json.dumps(signer.jwks))
    client = await nats.connect(nats_url)
    manager = client.jsm()
    if STREAM in {one.config.name for one in await manager.streams_info()}:
        await manager.delete_stream(STREAM)
    await begin_anew(nats_url)
    settings = Settings.model_validate(
        {
            "nats_url": nats_url,
            "mongodb_uri": mongodb_uri,
            "mongodb_driver": os.environ.get("MONGODB_DRIVER") or "motor",
            "mongodb_database": f"test_{new_id()}",
            "jwks": str(tmp_path / "jwks.json"),
        }
    )
    app = build(settings)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
            yield Hall(app, http, client.jetstream(), signer)
        await app.state.runtime.database.drop()
    await client.close()


async def test_facts_in_any_order_and_twice_become_one_board_that_a_recount_confirms(hall: Hall) -> None:
    events = community().events
    await hall.tell([*reversed(events), *events[::2]])
    board = await hall.until("/boards/community", lambda found: found["events"] == len(events) - 1)
    assert board["totals"]["filed"] == 5, "a sixth is sealed"
    recount = (await hall.ask("/boards/community/recount", Role.ADMIN)).json()
    assert (recount["same"], recount["differences"], recount["events"]) == (True, [], len(events) - 1)
    kept = [row async for page in hall.parts[Rows].every(1) for row in page]
    told = merge_all(project(event, SystemClock().now()) for event in events)
    assert {(row.kind, row.key): (row.cells, row.seen) for row in kept} == {
        place: (row.cells, row.seen) for place, row in told.items()
    }


async def test_a_request_row_tells_when_it_was_filed_and_learnt(hall: Hall) -> None:
    story = Story()
    story.served("one")
    story.filed("two", visibility=Visibility.SEALED)
    await hall.tell(story.events)
    readers = (Role.LEADER, Role.SEALED_READER)
    page = await hall.until("/rows/requests", lambda found: len(found["items"]) == 2, *readers)
    assert [row["id"] for row in page["items"]] == ["one", "two"]
    assert all(row["learnt_at"] > row["filed_at"] for row in page["items"])
    assert page["items"][0]["legs"] == [{"id": "oneleg", "state": "done", "helper_id": "helper", "system": None}]
    first = (await hall.ask("/rows/requests?limit=1", *readers)).json()
    second = (await hall.ask(f"/rows/requests?limit=1&cursor={first['next_cursor']}", *readers)).json()
    assert (second["items"][0]["id"], second["next_cursor"]) == ("two", None)
    assert [row["id"] for row in (await hall.ask("/rows/requests", Role.LEADER)).json()["items"]] == ["one"]
    for request, roles, status in (
        ("one", (Role.LEADER,), 200),
        ("two", (Role.LEADER,), 404),
        ("two", (Role.COUNSELLOR,), 404),
        ("two", readers, 200),
    ):
        assert (await hall.ask(f"/rows/requests/{request}", *roles)).status_code == status
    assert (await hall.ask("/rows/requests/none", Role.LEADER)).json()["code"] == "row.unknown"


async def test_rows_records_and_narrowed_figures_are_those_of_where_the_reader_works(hall: Hall) -> None:
    story = Story()
    story.served("one", "east.b1.f1.r1")
    story.served("two", "east.b2.f1.r1", stars=1)
    story.filed("three", "east.b2.f1.r1", visibility=Visibility.SEALED)
    story.served("four", "east.b1.f2.r1")
    await hall.tell(story.events)
    await hall.until("/boards/community", lambda found: found["events"] == len(story.events) - 1)
    for role in (Role.DESK, Role.COUNSELLOR, Role.SECRETARY):
        seen: list[str] = []
        cursor = ""
        while True:
            page = (await hall.ask(f"/rows/requests?limit=1{cursor}", role, duty=("east.b1",))).json()
            seen += [row["id"] for row in page["items"]]
            if page["next_cursor"] is None:
                break
            cursor = f"&cursor={page['next_cursor']}"
        assert seen == ["four", "one"]
        assert (await hall.ask("/rows/requests/two", role, duty=("east.b1",))).status_code == 404
        assert (await hall.ask("/rows/requests", role)).json()["items"] == []
        records = (await hall.ask("/figures/satisfaction/records", role, duty=("east.b1",))).json()
        assert ([line["id"] for line in records["items"]], records["hidden"]) == (["four", "one"], 1)
        told = (await hall.ask("/figures/satisfaction?building=east.b1", role, duty=("east.b1",))).json()
        assert told["value"] == 5.0
        for narrowed in ("building=east.b2", "kind=wish", "floor=east.b2.f1", "category=lamp"):
            for path in ("/figures/satisfaction", "/figures/satisfaction/records"):
                answer = await hall.ask(f"{path}?{narrowed}", role, duty=("east.b1",))
                assert (answer.status_code, answer.json()["code"]) == (403, "auth.not_yours"), narrowed
    both = (Role.DESK, Role.SEALED_READER)
    sealed = (await hall.ask("/rows/requests", *both, duty=("east.b1",))).json()
    assert [row["id"] for row in sealed["items"]] == ["four", "one", "three"]


async def test_filing_something_sealed_moves_no_screen_and_no_number(hall: Hall) -> None:
    """The kind: a leader who narrows a figure, or watches it while somebody files, learns of the one sealed case."""
    story = Story()
    story.served("one")
    await hall.tell(story.events)
    before = await hall.until("/boards/community", lambda found: found["events"] == len(story.events))
    paths = [
        f"/figures/{figure}{narrowed}"
        for figure in ("satisfaction", "filed", "sealed", "closed_confirmed", "participation")
        for narrowed in ("", "?building=east.b1", "?building=east.b1&kind=counsel", "?building=east.b1&category=lamp")
        if figure != "participation" or narrowed in {"", "?building=east.b1"}
    ]
    quiet = {path: (await hall.ask(path, Role.LEADER)).json() | {"as_of": ""} for path in paths}
    sealed = Story()
    sealed.filed("hidden", visibility=Visibility.SEALED, kind=Kind.COUNSEL)
    for step in (sealed.triaged, sealed.accepted, sealed.resolved):
        step("hidden")
    sealed.rated("hidden", 4)
    sealed.closed("hidden")
    await hall.tell(sealed.events)
    readers = (Role.LEADER, Role.SEALED_READER)
    await hall.until(
        "/rows/requests",
        lambda found: "closed_confirmed" in {r["stage"] for r in found["items"] if r["id"] == "hidden"},
        *readers,
    )
    after = await hall.until("/boards/community", lambda _: True)
    apart = dict.fromkeys(("as_of", "seq"))
    assert {**after, **apart} == {**before, **apart}
    for path in paths:
        assert (await hall.ask(path, Role.LEADER)).json() | {"as_of": ""} == quiet[path], path
    counsel = quiet["/figures/filed?building=east.b1&kind=counsel"]
    assert (counsel["value"], counsel["numerator"], counsel["withheld"]) == (None, None, "confidential")
    assert (quiet["/figures/sealed"]["value"], quiet["/figures/sealed"]["withheld"]) == (None, "too_few")


async def test_a_figure_answers_with_formula_sides_baseline_and_records(hall: Hall) -> None:
    events = community().events
    await hall.tell(events)
    await hall.until("/boards/community", lambda found: found["events"] == len(events) - 1)
    every = {one["id"] for one in (await hall.ask("/figures", Role.LEADER)).json()["items"]}
    assert every == {*map(str, FigureId), *map(str, CountId)}
    figure = (await hall.ask("/figures/satisfaction", Role.LEADER)).json()
    assert (figure["value"], figure["numerator"], figure["denominator"], figure["baseline"]) == (4.0, 2, 2, None)
    assert figure["numerator_ids"] == {"items": ["one", "six"], "hidden": 0, "next_cursor": None}
    frozen = await hall.ask("/figures/satisfaction/baseline", Role.ADMIN, method="POST")
    assert (frozen.status_code, frozen.json()["baseline"]) == (201, 4.0)
    again = await hall.ask("/figures/satisfaction/baseline", Role.ADMIN, method="POST")
    assert (again.status_code, again.json()["code"]) == (409, "figure.baseline_frozen")
    empty = await hall.ask("/figures/satisfaction/baseline?building=east.b9", Role.ADMIN, method="POST")
    assert (empty.status_code, empty.json()["code"]) == (409, "figure.no_value")
    assert (await hall.ask("/figures/satisfaction", Role.LEADER)).json()["baseline"] == 4.0
    assert (await hall.ask("/figures/satisfaction?building=east.b1", Role.LEADER)).json()["value"] == 5.0
    page = (await hall.ask("/figures/satisfaction/records?limit=1", Role.LEADER)).json()
    rest = await hall.ask(f"/figures/satisfaction/records?limit=1&cursor={page['next_cursor']}", Role.LEADER)
    assert [*page["items"], *rest.json()["items"]] == [
        {"id": "one", "measure": 5.0, "place": "east.b1.f1.r1", "stage": "closed_confirmed"},
        {"id": "six", "measure": 3.0, "place": "east.b2.f1.r1", "stage": "closed_confirmed"},
    ]
    for path, status, code in (
        ("/figures/happiness", 404, "figure.unknown"),
        ("/figures/satisfaction?building=NO", 422, "http.parameter_invalid"),
        ("/figures/open?since=yesterday", 422, "http.parameter_invalid"),
        ("/figures/open?since=2026-09-01T08:00:00Z", 422, "figure.scope_unfit"),
        ("/figures/attended/records?kind=wish", 422, "figure.scope_unfit"),
        ("/figures/satisfaction/records?cursor=x", 400, "http.cursor_malformed"),
    ):
        answer = await hall.ask(path, Role.LEADER)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert (await hall.ask("/figures", Role.STUDENT)).status_code == 403


async def test_a_rebuild_reads_the_stream_into_a_new_generation_and_keeps_when_rows_were_learnt(hall: Hall) -> None:
    events = community().events
    await hall.tell(events)
    before = await hall.until("/boards/community", lambda found: found["events"] == len(events) - 1)
    rows = (await hall.ask("/rows/requests", Role.LEADER)).json()
    lost = (await hall.parts[Rows].page(1, Aggregate.REQUEST, limit=1))[0]
    await hall.app.state.runtime.collection("rows").delete({"_id": f"1:request:{lost.key}"})
    assert (await hall.ask("/boards/community/recount", Role.ADMIN)).json()["same"] is False
    started = await hall.ask("/rebuilds", Role.ADMIN, method="POST")
    assert (started.status_code, started.json()["building"]) == (202, 2)
    refused = await hall.ask("/rebuilds", Role.ADMIN, method="POST")
    assert (refused.status_code, refused.json()["code"]) == (409, "rebuild.running")
    story = Story()
    story.filed("late")
    await hall.tell(story.events)
    done = await hall.until("/rebuilds", lambda found: found["current"] == 2, Role.ADMIN)
    assert done["past"][0]["events"] >= len(events)
    after = await hall.until(
        "/boards/community", lambda found: (found["generation"], found["events"]) == (2, len(events))
    )
    assert after["totals"]["filed"] == before["totals"]["filed"] + 1
    again = (await hall.ask("/rows/requests", Role.LEADER)).json()
    learnt = {row["id"]: row["learnt_at"] for row in again["items"]}
    assert all(learnt[row["id"]] == row["learnt_at"] for row in rows["items"] if row["id"] != lost.key)
    assert (await hall.ask("/boards/community/recount", Role.ADMIN)).json()["same"] is True


async def test_screens_get_the_board_at_once_and_then_at_most_four_times_a_second(hall: Hall) -> None:
    board, story = hall.parts[LiveBoard], Story()
    frames: list[tuple[float, dict[str, Any]]] = []

    async def watch() -> None:
        async for frame in board.watch(None):
            moment = asyncio.get_running_loop().time()
            frames.append((moment, json.loads(frame.raw)))

    watching = asyncio.create_task(watch())
    for number in range(60):
        story.filed(f"r{number:02}")
    for event in story.events:
        await hall.tell([event])
        await asyncio.sleep(0.02)
    await hall.until("/boards/community", lambda found: found["events"] == 60)
    await asyncio.sleep(0.6)
    watching.cancel()
    assert frames[0][1]["totals"]["filed"] == 0
    assert frames[-1][1]["totals"]["filed"] == 60
    seqs = [frame["seq"] for _, frame in frames]
    assert seqs == sorted(set(seqs))
    assert len(frames) <= 4 * (frames[-1][0] - frames[0][0]) + 3
    seen = board.watch(str(frames[-1][1]["seq"]))
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(anext(seen), 0.5)


async def test_a_replica_whose_clock_is_wrong_shows_what_others_learnt(hall: Hall) -> None:
    class Ahead:
        def now(self) -> datetime:
            return SystemClock().now() + timedelta(minutes=2)

    async def first() -> int:
        return 1

    others = LiveRollup(Rows(hall.app.state.runtime.collection("rows"), "another"), first)
    await others.load()
    await others.follow()
    events = community().events
    await hall.tell(events)
    await hall.until("/boards/community", lambda found: found["events"] == len(events) - 1)
    await others.follow()
    assert LiveBoard(others, Ahead()).board().events == len(events) - 1


async def test_a_second_replica_shows_what_the_first_learnt(hall: Hall) -> None:
    settings = hall.app.state.runtime.settings
    other = build(settings)
    async with other.router.lifespan_context(other):
        story = Story()
        for number in range(40):
            story.served(f"r{number:02}")
        await hall.tell(story.events)
        for app in (hall.app, other):
            for _ in range(200):
                if app.state.parts[LiveRollup].rollup.events == len(story.events):
                    break
                await asyncio.sleep(0.05)
            assert app.state.parts[LiveBoard].board().totals.closed_confirmed == 40
