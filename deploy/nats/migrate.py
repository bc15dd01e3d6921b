"""Rebuilds the stream under the settings of this release, when the present one cannot be changed into it.

nats-server never takes the rights to schedule, expire and roll up from a stream that has them, so its events move: into
a copy, and back into a stream made right. Every sequence number, header, id and byte is kept, and each durable goes on
behind the last event that it had acknowledged. Whatever is half done when it is interrupted, the next run goes on with:

1. freeze: the old stream takes nothing more; services keep what they tell in their outboxes meanwhile
2. copy, then read both again and compare; the copy is marked as whole, with the place of every durable
3. the old stream is deleted
4. a new stream mirrors the copy, is compared with the mark, gets its durables and becomes a stream of its own
5. the copy is deleted

A `rewrite` may change what events say on their way, for a release that calls things otherwise.
"""

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import orjson
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js import JetStreamManager
from nats.js.api import StreamConfig, StreamInfo, StreamSource, SubjectTransform
from nats.js.errors import Error as JetStreamError
from nats.js.errors import NotFoundError

from deploy.nats.content import AT_ONCE, Content, Message, Rewrite, as_it_is, consumers, content_of, read
from deploy.nats.declared import OURS, consumer_config, stream_config
from deploy.nats.topology import COPIED, Durable
from shared.bus.stream import STREAM
from shared.ids import new_id

COPY: Final = f"{STREAM}-COPY"

Say = Callable[[str], None]

_FROZEN: Final = ("yizhan-frozen.>",)
_GAP: Final = f"{COPIED}.gap"
_TOLD_EVERY: Final = 20_000
_DUPLICATE: Final = 10201
_WINDOW_SECONDS: Final = 0.1
_TRIES: Final = 20
_PATIENCE_SECONDS: Final = 30.0


class MigrationError(Exception):
    """The stream could not be rebuilt; the text says why. Nothing is lost, and the next run goes on."""


def outdated(config: StreamConfig) -> bool:
    """Say whether this stream has rights that an update does not take away."""
    return bool(config.allow_rollup_hdrs or config.allow_msg_schedules or config.allow_msg_ttl)


async def rewritings(manager: JetStreamManager) -> Sequence[str]:
    """Return the names of the rewritings that the stream has gone through."""
    present = await _info(manager, STREAM)
    return [] if present is None else _rewritings(present)


async def needed(manager: JetStreamManager) -> bool:
    """Say whether the stream must be rebuilt, or a rebuilding was interrupted."""
    present = await _info(manager, STREAM)
    return (present is not None and outdated(present.config)) or await _info(manager, COPY) is not None


async def hearers(manager: JetStreamManager, *, seconds: float = 1.0) -> Sequence[str]:
    """Return the durables from which somebody hears while we watch; every service that runs hears from its own."""
    heard: set[str] = set()
    if await _info(manager, STREAM) is not None:
        for _ in range(10):
            heard |= {info.name for info in await consumers(manager, STREAM) if info.num_waiting}
            await asyncio.sleep(seconds / 10)
    return sorted(heard)


async def migrate(
    connection: Client,
    wanted: Mapping[str, Sequence[Durable]],
    *,
    replicas: int = 1,
    rewrite: Rewrite = as_it_is,
    rewriting: str | None = None,
    say: Say = lambda _text: None,
) -> Content | None:
    """Move every event into a stream made right; returns what it holds, or None when nothing had to be done.

    With `rewriting`, a name, each message goes through `rewrite` on its way, once for ever: a stream that went through
    it is left alone. `rewrite` must answer the same for the same message, and keep subjects under `yizhan.`. Services
    should be down: they are given nothing until it has ended. Safe to run again after any interruption, also by the
    next start, which knows no rewriting: it finishes a copy that is whole, and begins any other again.

    Raises:
        MigrationError: when the copy is not the same as the stream, or the broker refuses.
    """
    untyped: Any = connection
    manager: JetStreamManager = untyped.jsm(timeout=_PATIENCE_SECONDS)
    moving = _Moving(connection, manager, wanted, replicas, rewrite if rewriting else as_it_is, rewriting, say)
    try:
        return await moving.run()
    except (JetStreamError, NatsError) as error:
        msg = f"The stream could not be rebuilt ({error}). Nothing is lost: start again when the broker is well."
        raise MigrationError(msg) from error


@dataclass(frozen=True, slots=True)
class _Moving:
    connection: Client
    manager: JetStreamManager
    wanted: Mapping[str, Sequence[Durable]]
    replicas: int
    rewrite: Rewrite
    rewriting: str | None
    say: Say

    async def run(self) -> Content | None:
        done: Content | None = None
        if await self._copy_is_whole():
            self.say("Going on with the rebuilding of the stream that was interrupted ...")
            done = await self._make_from_copy()
        present = await _info(self.manager, STREAM)
        if present is None or not self._to_do(present):
            return done
        await self._copy(present)
        return await self._make_from_copy()

    def _to_do(self, present: StreamInfo) -> bool:
        wished = self.rewriting is not None and self.rewriting not in _rewritings(present)
        return wished or outdated(present.config) or _frozen(present)

    async def _copy_is_whole(self) -> bool:
        """Say whether the copy may stand for the stream; one that was overtaken or begun for another end is removed."""
        copy, present = await _info(self.manager, COPY), await _info(self.manager, STREAM)
        if copy is None:
            return False
        overtaken = present is not None and not _frozen(present) and outdated(present.config)
        whole = "content" in _metadata(copy)
        if overtaken or (not whole and _metadata(copy)["rewritings"] != self._rewritings_after(present)):
            await self.manager.delete_stream(COPY)
            return False
        return whole

    def _rewritings_after(self, present: StreamInfo | None) -> str:
        before = [] if present is None else _rewritings(present)
        return json.dumps([*before, self.rewriting] if self.rewriting else before)

    async def _copy(self, present: StreamInfo) -> None:
        await self.manager.update_stream(replace(present.config, subjects=list(_FROZEN)))
        state = (await self.manager.stream_info(STREAM)).state
        last = state.last_seq
        first = max(state.first_seq if state.messages else last + 1, 1)
        copy = await _info(self.manager, COPY)
        if copy is None:
            copy = await self.manager.add_stream(self._copy_config(first, self._rewritings_after(present)))
        self.say(f"Rebuilding the stream: copying {state.messages:,} events ...")
        for begin in range(max(copy.state.last_seq + 1, first), last + 1, AT_ONCE):
            numbers = range(begin, min(begin + AT_ONCE, last + 1))
            await self._put([self._outgoing(each) for each in await read(self.manager, STREAM, numbers)])
            if begin // _TOLD_EVERY != numbers.stop // _TOLD_EVERY:
                self.say(f"... {numbers.stop - first:,} events copied")
        await self.manager.purge_stream(COPY, subject=_GAP)
        await self._mark(last)

    def _copy_config(self, first: int, rewritings: str) -> StreamConfig:
        return StreamConfig(
            name=COPY,
            subjects=[f"{COPIED}.>"],
            first_seq=first,
            num_replicas=self.replicas,
            duplicate_window=_WINDOW_SECONDS,
            allow_atomic=True,
            metadata={**OURS, "rewritings": rewritings},
        )

    def _outgoing(self, message: Message | None) -> Message:
        """Return what is put in the copy; where the stream has a gap, something that is taken out again."""
        if message is None:
            return _GAP, {}, b""
        subject, headers, data = self.rewrite(*message)
        if not subject.startswith("yizhan."):
            msg = f"The rewriting moved an event from {message[0]} to {subject}, which is no subject of the stream."
            raise MigrationError(msg)
        return f"{COPIED}.{subject}", headers, data

    async def _put(self, messages: Sequence[Message]) -> None:
        """Put all of them, in batches in which no id comes twice.

        The broker takes no id twice within its window, and a stream may well hold one twice: then we wait it out.
        """
        for batch in _without_repetitions(messages):
            for _ in range(_TRIES):
                if await self._commit(batch):
                    break
                await asyncio.sleep(2 * _WINDOW_SECONDS)
            else:
                msg = f"The broker takes an event among {len(batch)} for a repetition. Nothing is lost: start again."
                raise MigrationError(msg)

    async def _commit(self, messages: Sequence[Message]) -> bool:
        """Publish as one batch; False when the broker saw an id in it before."""
        batch = new_id()
        for number, (subject, headers, data) in enumerate(messages[:-1], start=1):
            orders = {"Nats-Batch-Id": batch, "Nats-Batch-Sequence": str(number)}
            await self.connection.publish(subject, data, headers={**headers, **orders})
        subject, headers, data = messages[-1]
        orders = {"Nats-Batch-Id": batch, "Nats-Batch-Sequence": str(len(messages)), "Nats-Batch-Commit": "1"}
        answer = await self.connection.request(subject, data, timeout=_PATIENCE_SECONDS, headers={**headers, **orders})
        told: dict[str, Any] = orjson.loads(answer.data)
        error = told.get("error")
        if error is None and told.get("stream") == COPY:
            return True
        if error is not None and error.get("err_code") == _DUPLICATE:
            return False
        msg = f"The broker refuses the copy ({(error or told).get('description', told)}). Nothing is lost."
        raise MigrationError(msg)

    async def _mark(self, last: int) -> None:
        """Compare, and mark the copy as whole: from here on it stands for the stream."""
        old = await content_of(self.manager, STREAM, self.rewrite)
        copied = await content_of(self.manager, COPY, _uncopied)
        if old != copied or (await self.manager.stream_info(STREAM)).state.last_seq != last:
            await self.manager.delete_stream(COPY)
            msg = f"The copy ({copied}) is not what the stream holds ({old}). It was removed: start again."
            raise MigrationError(msg)
        floors = {info.name: info.ack_floor.stream_seq for info in await consumers(self.manager, STREAM)}  # type: ignore[union-attr]
        config = (await self.manager.stream_info(COPY)).config
        mark = {"content": json.dumps([copied.messages, copied.digest]), "floors": json.dumps(floors)}
        await self.manager.update_stream(replace(config, metadata={**(config.metadata or {}), **mark}))

    async def _make_from_copy(self) -> Content:
        marks = _metadata(await self.manager.stream_info(COPY))
        marked = Content(*json.loads(marks["content"]))
        present = await _info(self.manager, STREAM)
        if present is not None and _frozen(present):
            await self.manager.delete_stream(STREAM)
            present = None
        if present is None:
            present = await self.manager.add_stream(self._mirror_config())
        if present.config.mirror is not None:
            await self._fill(marked)
            await self._make_durables(json.loads(marks["floors"]))
            own = stream_config(self.replicas)
            metadata = {**(own.metadata or {}), "rewritings": marks["rewritings"]}
            await self.manager.update_stream(replace(own, metadata=metadata))
        await self.manager.delete_stream(COPY)
        self.say(f"The stream is rebuilt: {marked.messages:,} events, compared with the old one, in their old places.")
        return marked

    def _mirror_config(self) -> StreamConfig:
        back = SubjectTransform(src=f"{COPIED}.>", dest=">")
        source = StreamSource(name=COPY, subject_transforms=[back])
        return replace(
            stream_config(self.replicas), subjects=None, mirror=source, duplicate_window=0, allow_atomic=None
        )

    async def _fill(self, marked: Content) -> None:
        """Wait until the mirror holds all, and compare."""
        held, since = -1, 0.0
        while (now := (await self.manager.stream_info(STREAM)).state.messages) < marked.messages:
            held, since = (now, 0.0) if now > held else (held, since + 0.05)
            if since > _PATIENCE_SECONDS:
                msg = f"The new stream holds {now:,} of {marked.messages:,} events and takes no more. Start again."
                raise MigrationError(msg)
            await asyncio.sleep(0.05)
        filled = await content_of(self.manager, STREAM)
        if filled != marked:
            await self.manager.delete_stream(STREAM)
            msg = f"The new stream ({filled}) is not what the copy holds ({marked}). It was removed: start again."
            raise MigrationError(msg)

    async def _make_durables(self, floors: Mapping[str, int]) -> None:
        """Let each durable go on behind what it had acknowledged without a gap; what comes twice is harmless."""
        last = (await self.manager.stream_info(STREAM)).state.last_seq
        for durable in (each for own in self.wanted.values() for each in own):
            after = min(floors.get(durable.name, 0), last)
            await self.manager.add_consumer(STREAM, consumer_config(durable, self.replicas, after=after))


def _without_repetitions(messages: Sequence[Message]) -> Iterator[Sequence[Message]]:
    begin = 0
    ids: set[str] = set()
    for place, (_, headers, _) in enumerate(messages):
        message_id = headers.get("Nats-Msg-Id")
        if message_id in ids:
            yield messages[begin:place]
            begin, ids = place, set()
        if message_id is not None:
            ids.add(message_id)
    yield messages[begin:]


def _uncopied(subject: str, headers: Mapping[str, str], data: bytes) -> Message:
    return subject.removeprefix(f"{COPIED}."), headers, data


def _metadata(info: StreamInfo) -> Mapping[str, str]:
    return info.config.metadata or {}


def _rewritings(info: StreamInfo) -> Sequence[str]:
    told: Sequence[str] = json.loads(_metadata(info).get("rewritings", "[]"))
    return told


def _frozen(info: StreamInfo) -> bool:
    return tuple(info.config.subjects or ()) == _FROZEN


async def _info(manager: JetStreamManager, stream: str) -> StreamInfo | None:
    try:
        return await manager.stream_info(stream)
    except NotFoundError:
        return None
