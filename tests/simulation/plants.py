"""Planted bugs: each a small patch of our own code, which the simulation must find within a stated number of seeds.

They show that it bites. Each is a mistake that somebody makes in an afternoon and that all other tests might pass.
"""

import asyncio
import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, cast

import pytest

import services.members.loads.store as loads
import services.members.points.domain as points
import services.members.points.handlers as points_handlers
import services.reporting.rows.store as rows
import services.requests.casework.domain.lifecycle as rules
import services.requests.casework.domain.permissions as allowed
import services.requests.casework.handlers.filing as filing_handlers
import services.requests.clocks.handlers as clocks
import services.requests.legs.domain.offers as legs
import services.requests.logistics.store.open311 as outside
import services.requests.queue.queries as queue
import shared.store.document as documents
from services.reporting.boards.handlers import LiveBoard
from services.requests.casework.domain import triage
from services.requests.casework.domain.change import Change, Decision
from services.requests.casework.domain.request import Ask, Command, Leg, Request
from shared.bus import relay as relays
from shared.bus.outcome import Refused
from shared.bus.relay import Relay
from shared.bus.runner import ConsumerRunner
from shared.contracts.event import Event, Fact
from shared.contracts.members import Role
from shared.contracts.requests.leg import LegQueued
from shared.contracts.stages import LegKind, LegState, Visibility
from shared.ids import new_id
from shared.store import aggregates
from shared.store.aggregates import Unsent
from shared.store.document import Because, Document, Origin, envelope
from shared.store.group_commit import GroupCommit
from shared.store.merging import News
from shared.store.mongo import Collection, Upsert

Plant = Callable[[pytest.MonkeyPatch], None]
"""A bug; its name says which, its docstring what somebody did wrong."""


def ack_before_commit(patch: pytest.MonkeyPatch) -> None:
    """Events are acknowledged when they come, not when their effect is kept."""

    async def take(runner: ConsumerRunner, messages: Sequence[Any]) -> None:
        await asyncio.gather(*(message.ack() for message in messages))
        tries = [message.metadata.num_delivered for message in messages]
        await runner.handle([(message.subject, message.data) for message in messages], tries)

    patch.setattr(ConsumerRunner, "take", take)


def answer_before_write(patch: pytest.MonkeyPatch) -> None:
    """A filing is answered before it is written."""
    add = GroupCommit.add

    async def add_later(group: GroupCommit, row: dict[str, Any]) -> bool:
        writing = asyncio.create_task(add(group, row))
        writing.add_done_callback(lambda done: done.exception())
        return True

    patch.setattr(GroupCommit, "add", add_later)


def clear_before_publishing(patch: pytest.MonkeyPatch) -> None:
    """The outbox is cleared before the stream has acknowledged."""
    send = Relay._send

    async def clear_and_send(relay: Relay, group: Sequence[Unsent], *, wait: bool = False) -> bool:
        await relays._clear(group, kept=wait)
        return await send(relay, group, wait=wait)

    patch.setattr(Relay, "_send", clear_and_send)


def no_relay_sweep(patch: pytest.MonkeyPatch) -> None:
    """Nobody looks for what a crash left in an outbox."""

    async def look_away(_relay: Relay) -> None:
        await asyncio.sleep(0)

    patch.setattr(Relay, "sweep", look_away)


def version_not_in_the_filter(patch: pytest.MonkeyPatch) -> None:
    """A commit does not ask whether the version has moved."""
    update_one = Collection.update_one

    async def update_any(kept: Collection, where: Mapping[str, Any], update: Any) -> bool:
        return await update_one(kept, {name: value for name, value in where.items() if name != "version"}, update)

    patch.setattr(Collection, "update_one", update_any)


def conflict_swallowed(patch: pytest.MonkeyPatch) -> None:
    """Who loses a race is told that all is well."""
    change = documents.change

    async def change_once(kept: Any, document_id: str, *rest: Any, **options: Any) -> Any:
        try:
            return await change(kept, document_id, *rest, **options)
        except documents.Conflict:
            return await kept.load(document_id)

    patch.setattr(documents, "_ATTEMPTS", 1)
    for module in ("services.requests.casework.handlers.casework", "shared.store.commands"):
        patch.setattr(f"{module}.change", change_once)


def no_heard_check(patch: pytest.MonkeyPatch) -> None:
    """Heard marks are not kept. By itself this harms nobody: the tables of states refuse every repetition."""

    def unmarked(event: Event[Fact], at: datetime, service: str) -> Because:
        return Because(actor=service, cause=event.id, correlation=event.correlation, at=at)

    patch.setattr(Because, "event", unmarked)


def no_heard_check_and_no_second_thought(patch: pytest.MonkeyPatch) -> None:
    """Heard marks are not kept, and points are entered under fresh ids."""
    no_heard_check(patch)
    earned = points.earned_by

    def renamed(closed: Any, *rest: Any) -> Any:
        return tuple(points.replace(entry, id=new_id()) for entry in earned(closed, *rest))

    patch.setattr(points, "earned_by", renamed)
    patch.setattr(points_handlers, "earned_by", renamed)


def faults_are_refusals(patch: pytest.MonkeyPatch) -> None:
    """A store that is away counts as a refusal of the event."""
    patch.setattr(ConsumerRunner, "_fault", lambda _runner, error, _event, _attempt: Refused(type(error).__name__))


def id_drawn_not_derived(patch: pytest.MonkeyPatch) -> None:
    """A request's id is drawn, not derived from its key."""
    patch.setattr(filing_handlers, "derive_id", lambda *_parts: new_id())


def event_id_without_its_collection(patch: pytest.MonkeyPatch) -> None:
    """The id of an event names the document and its version, but not the collection."""

    def nameless(origin: Origin, *rest: Any) -> list[Event[Fact]]:
        return envelope(Origin(origin.source, ""), *rest)

    patch.setattr(aggregates, "envelope", nameless)


def last_to_arrive_wins(patch: pytest.MonkeyPatch) -> None:
    """Rows keep what came last, not the later version."""

    def arrived(_path: str, cell: Any) -> Mapping[str, Any]:
        return {"$literal": {"v": cell.v, "values": dict(cell.values), "keep": cell.keep.value}}

    patch.setattr(rows, "_later", arrived)


def board_counts(patch: pytest.MonkeyPatch) -> None:
    """Rows count events instead of remembering which they saw."""
    update, numbers = rows.Rows._update, itertools.count(1_000_000)

    def counting(kept: rows.Rows, generation: int, row: Any) -> Mapping[str, Any]:
        told = update(kept, generation, row)
        counted = {"$setUnion": [{"$ifNull": ["$seen", []]}, [next(numbers) for _ in row.seen]]}
        return {"$set": {**told["$set"], "seen": counted}}

    patch.setattr(rows.Rows, "_update", counting)


def board_follows_its_own_clock(patch: pytest.MonkeyPatch) -> None:
    """A replica looks for others' changes by its own clock."""
    begin = LiveBoard.__init__

    def begin_by_own_clock(board: LiveBoard, live: Any, clock: Any, confidential: Any) -> None:
        async def now() -> datetime:
            return clock.now()

        live._rows.store_time = now
        begin(board, live, clock, confidential)

    patch.setattr(LiveBoard, "__init__", begin_by_own_clock)


def clock_not_checked_again(patch: pytest.MonkeyPatch) -> None:
    """An offer is taken back without looking whether it is still due."""

    async def ring_what_was_seen(casework: Any, document: Document[Request]) -> None:
        at = casework.clock.now()
        because = Because.command(clocks.ACTOR, f"clock:{document.id}", at, correlation=document.id)

        def blindly(request: Request, ask: Ask) -> Decision:
            change = Change(request, ask)
            for leg in request.legs:
                if leg.offer_expires_at is not None:
                    legs.expire(change, leg)
            return change.end()

        await asyncio.sleep(30)
        await clocks.decide_because(casework, document.id, blindly, because)

    patch.setattr(clocks, "ring_clocks", ring_what_was_seen)


def sealed_is_matched(patch: pytest.MonkeyPatch) -> None:
    """A sealed request goes to matching like any other."""

    def open_any(change: Change, leg: Leg, system: str) -> None:
        request = change.request
        if leg.kind is LegKind.OUTSIDE:
            queued = triage.replace(leg, state=triage.LegState.QUEUED, system=system)
            triage._add(change, queued)
            told = {"system": system, "category": request.category, "place": request.place, "urgent": request.urgent}
            change.tell_leg(LegQueued, queued, **told)
        else:
            triage._add(change, leg)
            triage.tell_opened(change, leg)

    patch.setattr(triage, "open_leg", open_any)


def sealed_earns_points(patch: pytest.MonkeyPatch) -> None:
    """Service in the sealed lane earns points."""

    def anybody(closed: Any, *rest: Any) -> Any:
        return earned(closed.model_copy(update={"visibility": triage.Visibility.PUBLIC}), *rest)

    earned = points.earned_by
    patch.setattr(points, "earned_by", anybody)
    patch.setattr(points_handlers, "earned_by", anybody)


def undoing_forgotten_when_it_comes_first(patch: pytest.MonkeyPatch) -> None:
    """A reopening that is told before its closing is forgotten."""
    undo = points.undo

    def undo_what_is_there(sheet: points.Transaction, at: datetime) -> points.Decision:
        return undo(sheet, at) if sheet.entries else (sheet, [])

    patch.setattr(points_handlers, "undo", undo_what_is_there)


def loads_without_versions(patch: pytest.MonkeyPatch) -> None:
    """Matching keeps the last news of a leg, not the latest."""

    async def overwrite(rows: Collection, news: Iterable[News]) -> None:
        last = {one.id: one for one in news}.values()
        await rows.upsert_many(
            [Upsert({"_id": one.id}, {"$set": {**one.cells, "version": one.version}}) for one in last]
        )

    patch.setattr(loads, "merge_newer", overwrite)


def claim_takes_what_is_taken(patch: pytest.MonkeyPatch) -> None:
    """Who claims a leg gets it, even when somebody else has taken it meanwhile."""
    arrows = dict(rules.LEG_ARROWS)
    arrows[Command.CLAIM] = dict.fromkeys((*arrows[Command.CLAIM], LegState.ACCEPTED), LegState.OFFERED)
    patch.setattr(rules, "LEG_ARROWS", arrows)


class _Nameless:
    """A client that sends each order under a key of its own."""

    def __init__(self, client: Any) -> None:
        self.get = client.get
        self._client = client

    async def post(self, url: str, **options: Any) -> Any:
        return await self._client.post(url, **{**options, "headers": {"Idempotency-Key": new_id()}})


def order_sent_without_a_key(patch: pytest.MonkeyPatch) -> None:
    """An order goes out again under another key."""
    begin = outside.Open311.__init__

    def begin_nameless(system: outside.Open311, client: Any, *rest: Any) -> None:
        begin(system, cast("Any", _Nameless(client)), *rest)

    patch.setattr(outside.Open311, "__init__", begin_nameless)


def queue_without_scope(patch: pytest.MonkeyPatch) -> None:
    """The desk's queue shows every building."""
    patch.setattr(queue, "_within", lambda *_narrowing: {})


def sealed_read_by_counsellors(patch: pytest.MonkeyPatch) -> None:
    """Every counsellor of a building reads what is sealed there."""
    readers = frozenset({Role.SEALED_READER, Role.COUNSELLOR})
    for table in ("HANDLERS", "VIEWERS"):
        patch.setattr(allowed, table, {**getattr(allowed, table), Visibility.SEALED: readers})
    patch.setattr(allowed, "_READERS", readers)


PLANTS: tuple[Plant, ...] = (
    ack_before_commit,
    answer_before_write,
    clear_before_publishing,
    no_relay_sweep,
    version_not_in_the_filter,
    conflict_swallowed,
    no_heard_check_and_no_second_thought,
    faults_are_refusals,
    id_drawn_not_derived,
    event_id_without_its_collection,
    last_to_arrive_wins,
    board_counts,
    board_follows_its_own_clock,
    clock_not_checked_again,
    sealed_is_matched,
    sealed_earns_points,
    undoing_forgotten_when_it_comes_first,
    loads_without_versions,
    order_sent_without_a_key,
    claim_takes_what_is_taken,
    queue_without_scope,
    sealed_read_by_counsellors,
)
